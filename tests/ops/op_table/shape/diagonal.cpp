#include <cinta/ops/shape/grid.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/diagonal.hpp>
#include <limits>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// Elements on one side of a diagonal.
check::Function triangle(bool lower, std::int64_t offset) {
  return [=](const Tensors& in) {
    const Shape& s = in[0].shape();
    const std::int64_t rows = s[s.rank() - 2], columns = s[s.rank() - 1];
    return build(s, in[0].dtype(), [&](std::int64_t i) {
      const std::int64_t above = i % columns - i / columns % rows;
      return (lower ? above <= offset : above >= offset) ? at(in[0], i) : 0;
    });
  };
}

// Vectors along the diagonal `offset` of square matrices, batches first.
check::Function embedded(std::int64_t offset) {
  return [=](const Tensors& in) {
    const std::int64_t n = in[0].shape().back(), size = n + std::abs(offset);
    const std::int64_t batch = in[0].rank() == 2 ? in[0].size(0) : 1;
    const Shape shape = in[0].rank() == 2 ? Shape{batch, size, size} : Shape{size, size};
    return build(shape, in[0].dtype(), [&](std::int64_t i) {
      const std::int64_t row = i / size % size, column = i % size;
      const std::int64_t k = std::min(row, column);
      return column - row == offset ? at(in[0], i / (size * size) * n + k) : 0;
    });
  };
}

const std::vector<check::Sample> matrices = {{reals({3, 4})},
                                             {reals({2, 4, 3})},
                                             {reals({0, 3})},
                                             {reals({3, 0})},
                                             {integers({3, 3}, -9, 9)}};

const Register here({
    {.name = "diagonal",
     .function = [](const Tensors& in) { return diagonal(in[0], 1); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = std::min(in[0].size(0), in[0].size(1) - 1);
           return moved(in[0], {in[0].size(2), n}, [](const Coordinates& i) {
             return Coordinates{i[1], i[1] + 1, i[0]};
           });
         },
     .samples = {{reals({3, 4, 2})}, {reals({3, 2, 1})}, {reals({2, 1, 2})}, {flags({3, 3, 2})}},
     .errors = {{{reals({3})}, "diagonal: axis 1 is out of range for (3,), which has 1 axes"},
                {[] {
                   return diagonal(ones({2, 2}), 0, 1, -1);
                 },
                 "diagonal: needs two axes, got 1 and -1 of (2, 2)"}},
     .propagates_nan = false},
    {.name = "diagonal, of other axes",
     .function = [](const Tensors& in) { return diagonal(in[0], -1, -1, 0); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {2, 3}, [](const Coordinates& i) {
             return Coordinates{i[1], i[0], i[1] + 1};
           });
         },
     .samples = {{reals({3, 2, 4})}},
     .propagates_nan = false},
    {.name = "diagonal, outside",
     .function = [](const Tensors& in) { return diagonal(in[0], -9); },
     .reference =
         [](const Tensors& in) { return build({0}, in[0].dtype(), [](auto) { return 0; }); },
     .samples = {{reals({3, 4})}},
     .propagates_nan = false},
    {.name = "diag_embed",
     .function = [](const Tensors& in) { return diag_embed(in[0], 1); },
     .reference = embedded(1),
     .samples = {{reals({3})}, {reals({2, 3})}, {reals({0})}, {flags({2})}},
     .errors = {{{reals({})}, "diag_embed: needs at least one axis"},
                {[] { return diag_embed(ones({2}), 0, 0, -2); },
                 "diag_embed: needs two axes, got 0 and -2 of (2, 2)"},
                {[] {
                   return diag_embed(ones({2, 3}), 0, 3, 0);
                 },
                 "diag_embed: axis 3 is out of range for (2, 3), which gets 3 axes"},
                {[] { return diag_embed(ones({2}), std::numeric_limits<std::int64_t>::max()); },
                 "diag_embed: more elements than 64 bits can count"}}},
    {.name = "diag_embed, other axes",
     .function = [](const Tensors& in) { return diag_embed(in[0], -1, 2, 0); },
     .reference =
         [](const Tensors& in) {
           // Rows are axis 2, columns axis 0.
           return build({3, 3, 3}, in[0].dtype(), [&](std::int64_t i) {
             const std::int64_t column = i / 9, batch = i / 3 % 3, row = i % 3;
             return row - column == 1 ? at(in[0], batch * 2 + column) : 0;
           });
         },
     .samples = {{reals({3, 2})}}},
    {.name = "diag",
     .function = [](const Tensors& in) { return diag(in[0], -1); },
     .reference = embedded(-1),
     .samples = {{reals({3})}, {reals({0})}},
     .errors = {{{reals({2, 2, 2})},
                 "diag: needs a vector or a matrix, got the shape (2, 2, 2); diagonal() and "
                 "diag_embed() take more axes"}}},
    {.name = "diag, of a matrix",
     .function = [](const Tensors& in) { return diag(in[0]); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {2}, [](const Coordinates& i) { return Coordinates{i[0], i[0]}; });
         },
     .samples = {{reals({3, 2})}},
     .propagates_nan = false},
    {.name = "tril",
     .function = [](const Tensors& in) { return tril(in[0], 1); },
     .reference = triangle(true, 1),
     .samples = matrices,
     .errors = {{{reals({3})}, "tril: needs matrices, got the shape (3,)"}},
     .propagates_nan = false},
    {.name = "tril, all of it",
     .function =
         [](const Tensors& in) { return tril(in[0], std::numeric_limits<std::int64_t>::max()); },
     .reference = [](const Tensors& in) { return same_order(in[0].shape())(in); },
     .samples = {{reals({2, 3})}}},
    {.name = "triu",
     .function = [](const Tensors& in) { return triu(in[0], -1); },
     .reference = triangle(false, -1),
     .samples = matrices,
     .errors = {{{reals({})}, "triu: needs matrices, got the shape ()"}},
     .propagates_nan = false},
    {.name = "block_diag",
     .function = [](const Tensors& in) { return block_diag(in); },
     .reference =
         [](const Tensors& in) {
           const Tensor &a = in[0], &b = in[1], &c = in[2];
           const std::int64_t rows = a.size(0), columns = a.size(1), n = b.size(0);
           return build({rows + 2, columns + n + 1}, in[0].dtype(), [&](std::int64_t flat) {
             const std::int64_t i = flat / (columns + n + 1), j = flat % (columns + n + 1);
             if (i < rows) return j < columns ? at(a, i * columns + j) : 0;
             if (i == rows) return j >= columns && j < columns + n ? at(b, j - columns) : 0;
             return j == columns + n ? at(c, 0) : 0;
           });
         },
     .samples = {{reals({2, 3}), reals({2}), reals({})},
                 {reals({2, 0}), reals({1}), reals({})},
                 {reals({0, 2}), reals({0}), reals({})}},
     .errors = {{[] { return block_diag({}); }, "block_diag: needs at least one matrix"},
                {{reals({1, 2, 3})},
                 "block_diag: a block has the shape (1, 2, 3), more than two axes"}}},
    {.name = "meshgrid",
     .function = [](const Tensors& in) { return meshgrid(in); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[1].numel();
           const Shape grid{in[0].numel(), n};
           return Tensors{
               build(grid, in[0].dtype(), [&](std::int64_t i) { return at(in[0], i / n); }),
               build(grid, in[1].dtype(), [&](std::int64_t i) { return at(in[1], i % n); })};
         },
     .samples = {{reals({3}), reals({2})}, {reals({}), reals({2})}, {reals({0}), reals({2})}},
     .errors = {{{reals({3}), reals({2, 1})}, "meshgrid: needs vectors, got the shape (2, 1)"}}},
    {.name = "meshgrid, xy",
     .function = [](const Tensors& in) { return meshgrid(in, Indexing::xy); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].numel(), m = in[2].numel();
           const Shape grid{in[1].numel(), n, m};
           return Tensors{
               build(grid, in[0].dtype(), [&](std::int64_t i) { return at(in[0], i / m % n); }),
               build(grid, in[1].dtype(), [&](std::int64_t i) { return at(in[1], i / m / n); }),
               build(grid, in[2].dtype(), [&](std::int64_t i) { return at(in[2], i % m); })};
         },
     .samples = {{reals({3}), reals({2}), reals({4})}}},
    {.name = "cartesian_prod",
     .function = [](const Tensors& in) { return cartesian_prod(in); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].numel(), m = in[1].numel();
           return build({n * m, 2}, in[0].dtype(), [&](std::int64_t i) {
             return i % 2 == 0 ? at(in[0], i / 2 / m) : at(in[1], i / 2 % m);
           });
         },
     .samples = {{reals({3}), reals({2})}, {reals({1}), reals({2})}},
     .errors = {{[] { return cartesian_prod({}); }, "cartesian_prod: needs at least one vector"},
                {{reals({3}), reals({})}, "cartesian_prod: needs vectors, got the shape ()"}}},
    {.name = "cartesian_prod, of one",
     .function = [](const Tensors& in) { return cartesian_prod(in); },
     .reference =
         [](const Tensors& in) {
           return same_order({in[0].numel(), 1})(in);
         },
     .samples = {{reals({3})}, {reals({0})}}},
    {.name = "hstack",
     .function = [](const Tensors& in) { return hstack(in); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].numel();
           return build({n + in[1].numel()}, in[0].dtype(),
                        [&](std::int64_t i) { return i < n ? at(in[0], i) : at(in[1], i - n); });
         },
     .samples = {{reals({3}), reals({2})}, {reals({}), reals({})}, {reals({0}), reals({2})}},
     .errors = {{[] { return hstack({}); }, "hstack: needs at least one tensor"},
                {{reals({2, 3}), reals({1, 3})},
                 "hstack: (2, 3) and (1, 3) differ outside axis 1"}}},
    {.name = "hstack, of matrices",
     .function = [](const Tensors& in) { return hstack(in); },
     .reference =
         [](const Tensors& in) {
           return build({2, 5}, in[0].dtype(), [&](std::int64_t i) {
             return i % 5 < 3 ? at(in[0], i / 5 * 3 + i % 5) : at(in[1], i / 5 * 2 + i % 5 - 3);
           });
         },
     .samples = {{reals({2, 3}), reals({2, 2})}}},
    {.name = "vstack",
     .function = [](const Tensors& in) { return vstack(in); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].numel(), width = in[0].shape().back();
           return build({(n + in[1].numel()) / width, width}, in[0].dtype(),
                        [&](std::int64_t i) { return i < n ? at(in[0], i) : at(in[1], i - n); });
         },
     .samples = {{reals({3}), reals({3})},
                 {reals({2, 3}), reals({3})},
                 {reals({0, 2}), reals({2})}},
     .errors = {{{reals({2, 3}), reals({2})}, "vstack: (2, 3) and (1, 2) differ outside axis 0"}}},
});

}  // namespace
