#include "ops/op_table/op_table.hpp"

namespace op_table {

std::vector<Row>& rows() {
  static std::vector<Row> all;
  return all;
}

check::Function each_of(std::function<double(const double*)> f, Dtype dtype) {
  return [f = std::move(f), dtype](const Tensors& in) {
    Shape shape;
    for (const Tensor& x : in) shape = broadcast_shapes("reference", shape, x.shape());
    std::vector<double> element(in.size());
    return build(shape, dtype, [&](std::int64_t i) {
      for (std::size_t k = 0; k < in.size(); ++k)
        element[k] = at(in[k], source_of(i, shape, in[k].shape()));
      return f(element.data());
    });
  };
}

check::Function each_of_one(double (*f)(double), Dtype dtype) {
  return each_of([f](const double* x) { return f(x[0]); }, dtype);
}

check::Function each_of_two(double (*f)(double, double), Dtype dtype) {
  return each_of([f](const double* x) { return f(x[0], x[1]); }, dtype);
}

}  // namespace op_table
