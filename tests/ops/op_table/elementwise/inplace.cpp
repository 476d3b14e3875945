#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// An operation in place as a function: it changes a copy of in[0].
template <class Write>
check::Function on_copy(Write write) {
  return [write](const Tensors& in) {
    Tensor x = clone(in[0]);
    write(x, in);
    return x;
  };
}

// f(x, y) for each element of in[0], with y from in[1] broadcast to it.
template <class F>
check::Function updated(F f) {
  return [f](const Tensors& in) {
    return build(in[0].shape(), float64, [&](std::int64_t i) {
      return f(at(in[0], i), at(in[1], source_of(i, in[0].shape(), in[1].shape())));
    });
  };
}

// in[0], which is (3, 4), with f(x, y) in rows 1 and 2 of column 3; y are the two of in[1].
template <class F>
check::Function updated_in_part(F f) {
  return [f](const Tensors& in) {
    return build({3, 4}, float64, [&](std::int64_t i) {
      const bool inside = i == 7 || i == 11;
      return inside ? f(at(in[0], i), at(in[1], i / 8)) : at(in[0], i);
    });
  };
}

// That part of x, as a view of a view of a view.
Tensor part(const Tensor& x) { return select(slice(transpose(x), 1, 1, 3), 0, -1); }

std::vector<check::Sample> pairs(double low, double high) {
  return {{reals({3, 4}), reals({3, 4}, low, high)}, {reals({3, 4}), reals({4}, low, high)},
          {reals({2, 3}), reals({2, 1}, low, high)}, {reals({2, 3}), reals({}, low, high)},
          {reals({}), reals({}, low, high)},         {reals({0, 3}), reals({3}, low, high)},
          {reals({1, 1}), reals({1}, low, high)},    {reals({5, 40}), reals({5, 40}, low, high)}};
}

constexpr auto plus = [](double x, double y) { return x + y; };
constexpr auto minus = [](double x, double y) { return x - y; };
constexpr auto times = [](double x, double y) { return x * y; };
constexpr auto over = [](double x, double y) { return x / y; };
constexpr auto second = [](double, double y) { return y; };

std::vector<Row> arithmetic(const char* name, const Tensor& (*write)(const Tensor&, const Operand&),
                            auto f, double low, double high) {
  const std::string prefix = std::string(name) + ": ";
  Row whole{
      .name = name,
      .function = on_copy([write](const Tensor& x, const Tensors& in) { write(x, in[1]); }),
      .reference = updated(f),
      .samples = pairs(low, high),
      .errors = {
          {{reals({3}), reals({2, 3}, low, high)}, prefix + "(2, 3) does not broadcast to (3,)"},
          {{reals({2, 1}), reals({2, 3})}, prefix + "(2, 3) does not broadcast to (2, 1)"},
          {{integers({2}, 1, 2), reals({2})},
           prefix + "a result of float64 does not fit into a tensor of int64; convert it with "
                    "to() first, or write the operation out of place"},
          {[write] {
             write(broadcast_to(ones({3}), {2, 3}), 1.0);
           },
           prefix + "several elements of a tensor of shape (2, 3) and strides (0, 1) share a "
                    "place in memory; write to a clone() of it"},
          {[write] { write(ones({2}).requires_grad_(), 1.0); },
           prefix + "writes to a leaf that requires gradients, and a leaf has no history to "
                    "record it in; write under NoGrad, or to a clone() of it"},
          {[write] { write(slice(ones({2}).requires_grad_(), 0, 0, 1), 1.0); },
           prefix + "writes to a view of a leaf that requires gradients, and a leaf has no "
                    "history to record it in; write under NoGrad, or to a clone() of it"}}};
  Row in_part{
      .name = std::string(name) + " on a part",
      .function = on_copy([write](const Tensor& x, const Tensors& in) { write(part(x), in[1]); }),
      .reference = updated_in_part(f),
      .samples = {{reals({3, 4}), reals({2}, low, high)}}};
  return {whole, in_part};
}

const Register add_rows(arithmetic("add_", add_, plus, -2, 2));
const Register sub_rows(arithmetic("sub_", sub_, minus, -2, 2));
const Register mul_rows(arithmetic("mul_", mul_, times, -2, 2));
const Register div_rows(arithmetic("div_", div_, over, 0.5, 2));

const Register here({
    {.name = "copy_",
     .function = on_copy([](const Tensor& x, const Tensors& in) { copy_(x, in[1]); }),
     .reference = updated(second),
     .samples = pairs(-2, 2),
     .errors = {{{reals({3}), reals({2, 3})}, "copy_: (2, 3) does not broadcast to (3,)"},
                {[] { copy_(ones({2}), Tensor()); }, "copy_: input 1 is an undefined tensor"}},
     .propagates_nan = false},
    {.name = "copy_ to a part",
     .function = on_copy([](const Tensor& x, const Tensors& in) { copy_(part(x), in[1]); }),
     .reference = updated_in_part(second),
     .samples = {{reals({3, 4}), reals({2})}},
     .propagates_nan = false},
    {.name = "copy_ to a part of what is not dense",
     .function =
         [](const Tensors& in) {
           const Tensor x = transpose(zeros({3, 4}, in[0].dtype())).detach();  // strides (1, 4)
           copy_(x, transpose(in[0]));
           copy_(part(transpose(x)), in[1]);
           return transpose(x);
         },
     .reference = updated_in_part(second),
     .samples = {{reals({3, 4}), reals({2})}},
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "fill_ of a part",
     .function = on_copy([](const Tensor& x, const Tensors&) { fill_(part(x), 1.5); }),
     .reference =
         [](const Tensors& in) {
           return build({3, 4}, float64,
                        [&](std::int64_t i) { return i == 7 || i == 11 ? 1.5 : at(in[0], i); });
         },
     .samples = {{reals({3, 4})}},
     .errors = {{[] { return fill_(Tensor(), 1); }, "fill_: input 0 is an undefined tensor"}},
     .propagates_nan = false},
    {.name = "zero_ of a part",
     .function = on_copy([](const Tensor& x, const Tensors&) { zero_(part(x)); }),
     .reference =
         [](const Tensors& in) {
           return build({3, 4}, float64,
                        [&](std::int64_t i) { return i == 7 || i == 11 ? 0 : at(in[0], i); });
         },
     .samples = {{reals({3, 4})}},
     .errors = {{[] { return zero_(Tensor()); }, "zero_: input 0 is an undefined tensor"}},
     .propagates_nan = false},
    {.name = "masked_fill_",
     .function = on_copy([](const Tensor& x, const Tensors& in) { masked_fill_(x, in[1], in[2]); }),
     .reference =
         [](const Tensors& in) {
           const Shape& shape = in[0].shape();
           return build(shape, float64, [&](std::int64_t i) {
             return at(in[1], source_of(i, shape, in[1].shape())) != 0
                        ? at(in[2], source_of(i, shape, in[2].shape()))
                        : at(in[0], i);
           });
         },
     .samples = {{reals({3, 4}), flags({3, 4}), reals({})},
                 {reals({3, 4}), flags({3, 1}), reals({4})},
                 {reals({}), flags({}), reals({})},
                 {reals({2, 0}), flags({0}), reals({})}},
     .errors = {{{reals({2}), reals({2}), reals({})},
                 "masked_fill_: the mask must be bool, it is float64"},
                {{reals({2}), flags({3, 2}), reals({})},
                 "masked_fill_: (3, 2) does not broadcast to (2,)"},
                {{integers({2}, 0, 1), flags({2}), reals({})},
                 "masked_fill_: a result of float64 does not fit into a tensor of int64; convert "
                 "it with to() first, or write the operation out of place"}},
     .propagates_nan = false},
    {.name = "index_put_",
     .function = on_copy([](const Tensor& x, const Tensors& in) { index_put_(x, {in[1]}, in[2]); }),
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].size(1);
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             double value = at(in[0], i);
             for (std::int64_t k = 0; k < in[1].numel(); ++k) {
               const Shape places{in[1].numel(), width};
               if (at(in[1], k) == double(std::int64_t(i / width)))
                 value = at(in[2], source_of(k * width + i % width, places, in[2].shape()));
             }
             return value;
           });
         },
     .samples = {{reals({4, 3}), integers({2}, {2, 0}), reals({2, 3})},
                 {reals({4, 3}), integers({3}, {2, 0, 2}), reals({3, 3})},
                 {reals({4, 3}), integers({3}, {1, 1, 1}), reals({3, 1})},
                 {reals({4, 1}), integers({2}, {1, 3}), reals({})},
                 {reals({4, 3}), integers({0}, 0, 1), reals({0, 3})}},
     .errors = {{{reals({4, 3}), integers({2}, {2, 4}), reals({3})},
                 "index_put_: index 4 at position (1,) is out of range for axis 0 of (4, 3)"},
                {{reals({4, 3}), reals({2}), reals({3})},
                 "index_put_: ids must be int64, they are float64"},
                {{reals({4, 3}), integers({2}, 0, 1), reals({3, 3})},
                 "index_put_: (3, 3) does not broadcast to (2, 3)"},
                {[] { index_put_(ones({2}), {}, 1); },
                 "index_put_: 0 tensors of ids for the 1 axes of (2,)"},
                {[] {
                   index_put_(ones({2}), {zeros({1}, int64), zeros({1}, int64)}, 1);
                 },
                 "index_put_: 2 tensors of ids for the 1 axes of (2,)"}},
     .propagates_nan = false},
    {.name = "index_put_ by two axes, into a part",
     .function = on_copy([](const Tensor& x, const Tensors& in) {
       index_put_(transpose(x, 0, 1), {in[1], in[2]}, in[3]);
     }),
     .reference =
         [](const Tensors& in) {  // x (2, 4, 2): x[id2, id1, :] = values
           return build({2, 4, 2}, float64, [&](std::int64_t i) {
             double value = at(in[0], i);
             for (std::int64_t k = 0; k < 3; ++k)
               if (at(in[2], k) == double(std::int64_t(i / 8)) &&
                   at(in[1], k) == double(std::int64_t(i / 2 % 4)))
                 value = at(in[3], 2 * k + i % 2);
             return value;
           });
         },
     .samples = {{reals({2, 4, 2}), integers({3}, {3, 0, 3}), integers({3}, {1, 0, 1}),
                  reals({3, 2})}},
     .propagates_nan = false},
    {.name = "index_put_ that adds",
     .function = on_copy([](const Tensor& x, const Tensors& in) {
       index_put_(x, {in[1], in[2]}, in[3], true);
     }),
     .reference =
         [](const Tensors& in) {  // x (3, 4), ids (2, 1) and (2,)
           return build({3, 4}, float64, [&](std::int64_t i) {
             double value = at(in[0], i);
             for (std::int64_t k = 0; k < 4; ++k)
               if (at(in[1], k / 2) == double(std::int64_t(i / 4)) &&
                   at(in[2], k % 2) == double(i % 4))
                 value += at(in[3], k);
             return value;
           });
         },
     .samples = {{reals({3, 4}), integers({2, 1}, {2, 2}), integers({2}, {1, 3}), reals({2, 2})}}},
    {.name = "index_fill_",
     .function = on_copy([](const Tensor& x, const Tensors& in) {
       index_fill_(x, -1, in[1], in[2]);
     }),
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].size(-1);
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             for (std::int64_t k = 0; k < in[1].numel(); ++k)
               if (at(in[1], k) == double(i % width)) return at(in[2], 0);
             return at(in[0], i);
           });
         },
     .samples = {{reals({3, 4}), integers({2}, {3, 1}), reals({})},
                 {reals({4}), integers({2}, {3, 3}), reals({})},
                 {reals({2, 2, 3}), integers({1}, {0}), reals({})}},
     .errors = {{{reals({3, 4}), integers({1}, {4}), reals({})},
                 "index_fill_: index 4 at position (0,) is out of range for axis 1 of (3, 4)"},
                {{reals({3, 4}), integers({1, 1}, {0}), reals({})},
                 "index_fill_: ids must have one axis, their shape is (1, 1)"},
                {{reals({3, 4}), integers({1}, {0}), reals({1})},
                 "index_fill_: the value must be 0-dim, its shape is (1,)"}},
     .propagates_nan = false},
    {.name = "as_strided",
     .function =
         [](const Tensors& in) {
           return as_strided(contiguous(in[0]), {3, 2}, {2, -1}, 1);
         },
     .reference =
         [](const Tensors& in) {
           return build({3, 2}, float64,
                        [&](std::int64_t i) { return at(in[0], 1 + i / 2 * 2 - i % 2); });
         },
     .samples = {{reals({2, 4})}, {reals({6})}},
     .errors = {{{reals({5})}, "as_strided: elements 0 to 5 do not lie within the 5 of x"},
                {[] {
                   as_strided(ones({4}), {2, 2}, {1});
                 },
                 "as_strided: shape (2, 2) and strides (1,) differ in length"},
                {[] { as_strided(ones({4}), {-1}, {1}); }, "as_strided: negative size in (-1,)"},
                {[] {
                   as_strided(transpose(ones({2, 3})), {2}, {1});
                 },
                 "as_strided: the elements of x do not lie densely; pass contiguous(x)"}},
     .propagates_nan = false},
    {.name = "as_strided with overlapping windows",
     .function =
         [](const Tensors& in) {
           return as_strided(contiguous(in[0]), {3, 2, 3}, {2, 0, 1});
         },
     .reference =
         [](const Tensors& in) {
           return build({3, 2, 3}, float64,
                        [&](std::int64_t i) { return at(in[0], i / 6 * 2 + i % 3); });
         },
     .samples = {{reals({7})}}},
});

}  // namespace
