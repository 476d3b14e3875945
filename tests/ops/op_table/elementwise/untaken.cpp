// What does not matter has no gradient: where the incoming gradient is 0, that of an elementwise
// operation is 0 too, be its slope infinite or NaN there. So where(x > 0, sqrt(x), 0) has one.

#include <cinta/autograd/check/detail/driver/samples.hpp>
#include <cinta/cinta.hpp>
#include <cinta/ops/map/map.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/op_table.hpp"
#include "support/catch_compat.hpp"

namespace {

using namespace op_table;

constexpr double inf = std::numeric_limits<double>::infinity();

// Rules that a user writes, in operations, do not have this property.
bool by_hand(const Row& row) { return std::string(row.site.file).ends_with("user_op.cpp"); }

void check_row(const Row& row, double special, Dtype dtype, bool create_graph) {
  Tensors x = check::converted(check::draw(row.samples.front(), 1), dtype), leaves;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (!is_floating(x[k].dtype())) continue;
    fill_(x[k], special);
    if (row.samples.front()[k].differentiable) leaves.push_back(x[k].requires_grad_());
  }
  const Tensor y = row.function(x).front();
  if (!y.requires_grad()) return;
  const Tensor dy = zeros(y.shape(), y.dtype());
  for (const Tensor& gradient :
       grad({y}, leaves, {.grad_outputs = {dy}, .create_graph = create_graph})) {
    CAPTURE(row.name, special, name_of(dtype), create_graph);
    for (double element : to(gradient.detach(), float64).to_vector<double>()) REQUIRE(element == 0);
  }
}

}  // namespace

TEST_CASE("an elementwise operation has no gradient where nothing depends on it", "[elementwise]") {
  int rows = 0;
  for (const Row& row : op_table::rows()) {
    if (!row.elementwise || !row.differentiable || by_hand(row)) continue;
    ++rows;
    for (double special : {0.0, -1.0, 1.0, 1000.0, inf, -inf, double(NAN)})
      for (Dtype dtype : {float32, float64})
        for (bool create_graph : {false, true}) check_row(row, special, dtype, create_graph);
  }
  CHECK(rows > 40);
}

TEST_CASE("the branch that is not taken, of tensors and in a map", "[elementwise]") {
  const auto gradient = [](auto f, const std::vector<double>& at) {
    Tensor x = from_data(at, {std::int64_t(at.size())}).requires_grad_();
    sum(f(x)).backward();
    return x.grad().to_vector<double>();
  };
  using Values = std::vector<double>;
  CHECK(gradient([](const Tensor& x) { return where(gt(x, 0), sqrt(x), 0.0); }, {0, -1, 4}) ==
        Values{0, 0, 0.25});
  CHECK(gradient([](const Tensor& x) { return where(lt(x, 80), exp(x), 1 / (x - 1000)); },
                 {0, 1000})[0] == 1);
  const auto in_map = [](auto f) { return [f](const Tensor& x) { return map(f, x); }; };
  CHECK(gradient(in_map([](auto v) { return where(v > 0, sqrt(v), 0.0 * v); }), {0, -1, 4}) ==
        Values{0, 0, 0.25});
  CHECK(gradient(in_map([](auto v) { return maximum(sqrt(v * v), 1e-10); }), {0, 3}) ==
        Values{0, 1});
  // README's own function, where exp of what is not taken overflows.
  for (const double v : {2.0, 89.0, 1000.0}) {
    const Tensor x = full({1, 3}, v).requires_grad_(), scale = ones({3}).requires_grad_();
    sum(map([](auto z, auto s) { return where(z > 0, z, exp(z) - 1) * s; }, x, scale)).backward();
    CHECK(x.grad().to_vector<float>() == std::vector<float>(3, 1));
    CHECK(scale.grad().to_vector<float>() == std::vector<float>(3, float(v)));
  }
  // Nested, both branches of one choice, and one value in two branches.
  CHECK(gradient(in_map([](auto v) {
                   return where(v > 0, where(v > 1, log(v - 1), 1 / v), where(v < -1, sqrt(-v), v));
                 }),
                 {2, 0.5, 0, -4}) == Values{1, -4, 1, -0.25});
  CHECK(gradient(in_map([](auto v) {
                   const auto root = sqrt(v);
                   return where(v > 1, root, 2 * v) + where(v > 4, root * root, v);
                 }),
                 {0, 4, 16}) == Values{3, 1.25, 1.125});
}

TEST_CASE("writes in place have the rules of the operations that they are", "[elementwise]") {
  const auto gradients = [](const Tensor& (*write)(const Tensor&, const Operand&), double operand) {
    Tensor x = tensor({2}, float64).requires_grad_(),
           y = tensor({operand}, float64).requires_grad_();
    const Tensor z = clone(x);
    write(z, y);
    const Tensors result = grad({z}, {x, y}, {.grad_outputs = {tensor({0}, float64)}});
    return std::vector<double>{result[0].item(), result[1].item()};
  };
  CHECK(gradients(mul_, inf) == std::vector<double>{0, 0});
  CHECK(gradients(div_, 0) == std::vector<double>{0, 0});
}

TEST_CASE("a gradient of 0 still has its own gradient, at a minimum", "[elementwise]") {
  Tensor x = tensor({0, 0}, float64).requires_grad_();
  for (bool fused : {false, true}) {
    const Tensor y = fused ? map([](auto v) { return square(v) * exp(v); }, x) : square(x) * exp(x);
    const Tensor first = grad({sum(y)}, {x}, {.create_graph = true})[0];
    CHECK(first.detach().to_vector<double>() == std::vector<double>{0, 0});
    CHECK(grad({sum(first)}, {x})[0].to_vector<double>() == std::vector<double>{2, 2});
  }
}
