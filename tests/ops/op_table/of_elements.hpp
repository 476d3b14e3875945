#pragma once
// Rows of functions that are of tensors and of a map's elements too.

#include <cinta/ops/map/map.hpp>

#include "ops/op_table/reference.hpp"

namespace op_table {

template <class F>
std::vector<Row> both_of(F f, Row row) {
  row.function = [f](const Tensors& in) { return f(in[0]); };
  row.errors = {{[f] { return f(Tensor()); }, row.name + ": input 0 is an undefined tensor"}};
  row.elementwise = true;
  Row of_elements = row;
  of_elements.name = "map: " + row.name;
  // At the row's place, which is what errors and nodes have to name.
  of_elements.function = [f, site = row.site](const Tensors& in) {
    return map(f, Operand(in[0], site));
  };
  of_elements.errors = {};
  std::erase_if(of_elements.samples,
                [](const check::Sample& sample) { return !is_floating(sample[0].dtype); });
  return {row, of_elements};
}
/// A row for the function of tensors, one for that of elements.
struct Functions : Register {
  template <class F>
  Functions(F f, const Row& row) : Register(both_of(f, row)) {}
};

template <class F>
std::vector<Row> both_of_two(F f, Row row, bool elementwise) {
  row.function = [f](const Tensors& in) { return f(in[0], in[1]); };
  if (row.errors.empty())
    row.errors = {
        {[f] { return f(Tensor(), 1.0); }, row.name + ": an operand is an undefined tensor"},
        {{reals({2}), reals({3})},
         row.name + ": (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}};
  row.elementwise = elementwise;
  Row of_elements = row;
  of_elements.name = "map: " + row.name;
  of_elements.function = [f, site = row.site](const Tensors& in) {
    return map(f, Operand(in[0], site), in[1]);
  };
  of_elements.errors = {};
  std::erase_if(of_elements.samples,
                [](const check::Sample& sample) { return !is_floating(sample[0].dtype); });
  return {row, of_elements};
}
/// The same for functions of two operands; not `elementwise` where other shapes than the samples'
/// would draw what makes no sense.
struct Functions2 : Register {
  template <class F>
  Functions2(F f, const Row& row, bool elementwise = true)
      : Register(both_of_two(f, row, elementwise)) {}
};

}  // namespace op_table
