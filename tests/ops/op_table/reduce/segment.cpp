#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/segment.hpp>

#include "ops/op_table/reduce/folds.hpp"

namespace {

using namespace op_table;

constexpr std::int64_t groups = 4;

// Reference of a reduction by id: `fold` of the elements of each column with an id.
check::Function by_id(const Fold& fold) {
  return [=](const Tensors& in) {
    const std::int64_t n = in[1].numel(), width = n ? in[0].numel() / n : in[0].shape().back();
    Shape shape = in[0].shape();
    shape[0] = groups;
    return build(shape, in[0].dtype(), [&](std::int64_t i) {
      Values values;
      for (std::int64_t k = 0; k < n; ++k)
        if (at(in[1], k) == double(i / width)) values.push_back(at(in[0], k * width + i % width));
      return fold(values);
    });
  };
}
// Of a Fold that cannot take nothing.
Fold or_else(double of_none, const Fold& fold) {
  return [=](const Values& v) { return v.empty() ? of_none : fold(v); };
}

const std::vector<check::Sample> rows = {{reals({5, 2}), integers({5}, {0, 3, 3, 1, 0})},
                                         {reals({4}), integers({4}, {2, 2, 2, 2})},
                                         {reals({0, 2}), integers({0}, 0, 3)}};
const std::vector<check::Sample> distinct_rows = {
    {reals({5, 2}).distinct(), integers({5}, {0, 3, 3, 1, 0})},
    {reals({4}).distinct(), integers({4}, {2, 2, 2, 2})},
    {reals({0, 2}), integers({0}, 0, 3)}};

// Elements of x (a, b) with those of `source` that ids send to them along axis 1.
check::Function reached(const Fold& fold, bool include_self) {
  return [=](const Tensors& in) {
    const std::int64_t width = in[0].size(1), n = in[1].size(1);
    return build(in[0].shape(), in[0].dtype(), [&](std::int64_t i) {
      Values values;
      if (include_self) values.push_back(at(in[0], i));
      for (std::int64_t k = 0; k < in[1].numel(); ++k)
        if (k / n == i / width && at(in[1], k) == double(i % width)) values.push_back(at(in[2], k));
      return values.empty() ? at(in[0], i) : fold(values);
    });
  };
}
check::Function reducing(Combine combine, bool include_self) {
  return [=](const Tensors& in) {
    return scatter_reduce(in[0], 1, in[1], in[2], combine, include_self);
  };
}
const std::vector<check::Sample> scattered = {
    {reals({2, 4}).distinct(), integers({2, 3}, {0, 0, 2, 3, 1, 1}), reals({2, 3}).distinct()},
    {reals({2, 4}).distinct(), integers({1, 5}, {0, 0, 2, 0, 1}), reals({1, 5}).distinct()},
    {reals({2, 4}), integers({2, 0}, 0, 3), reals({2, 0})}};

check::Input mask(const Shape& shape, Values values) {
  check::Input input = flags(shape);
  input.values = std::move(values);
  return input;
}

const Register segments({
    {.name = "segment_sum",
     .function = [](const Tensors& in) { return segment_sum(in[0], in[1], groups); },
     .reference = by_id(total),
     .samples = rows,
     .errors = {{{reals({3, 2}), integers({2}, 0, 1)},
                 "segment_sum: ids of (2,) do not name 4 groups of entries of (3, 2)"},
                {{reals({2, 2}), integers({2}, {0, 4})},
                 "segment_sum: index 4 at position (1,) is out of range for 4 groups"},
                {{reals({2}), reals({2})}, "segment_sum: ids must be int64, they are float64"},
                {{integers({2}, 0, 1), integers({2}, 0, 1)},
                 "segment_sum: needs a floating dtype, got int64"}}},
    {.name = "segment_mean",
     .function = [](const Tensors& in) { return segment_mean(in[0], in[1], groups); },
     .reference = by_id(average),
     .samples = {{reals({5, 2}), integers({5}, {0, 3, 2, 1, 0})}},
     .errors = {{[] {
                   return segment_mean(ones({2, 3}), zeros({3}, int64), 2);
                 },
                 "segment_mean: ids of (3,) do not name 2 groups of entries of (2, 3)"}}},
    {.name = "segment_mean, of none",
     .function = [](const Tensors& in) { return segment_mean(in[0], in[1], groups); },
     .reference = by_id(average),
     .samples = {{reals({5, 2}).fixed(), integers({5}, {0, 3, 3, 1, 0})}}},
    {.name = "segment_max",
     .function = [](const Tensors& in) { return segment_max(in[0], in[1], groups); },
     .reference = by_id(or_else(-inf, largest)),
     .samples = distinct_rows,
     .errors = {{[] {
                   return segment_max(ones({2, 3}), ones({2}), 2);
                 },
                 "segment_max: ids must be int64, they are float32"}}},
    {.name = "segment_min",
     .function = [](const Tensors& in) { return segment_min(in[0], in[1], groups); },
     .reference = by_id(or_else(inf, smallest)),
     .samples = distinct_rows,
     .errors = {{[] {
                   return segment_min(ones({2, 3}), full({2}, 2, int64), 2);
                 },
                 "segment_min: index 2 at position (0,) is out of range for 2 groups"}}},
    {.name = "segment_max, gradient of ties",
     .function = gradient_of([](const Tensor& x) {
       return segment_max(x, build({4}, int64, [](std::int64_t i) { return i / 3; }), 2);
     }),
     .reference = given({4}, {0.5, 0.5, 0, 1}),
     .samples = {{reals({4}, {2, 2, 1, 0})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "segment_prod",
     .function = [](const Tensors& in) { return segment_prod(in[0], in[1], groups); },
     .reference = by_id(product),
     .samples = {{reals({5, 2}), integers({5}, {0, 3, 3, 1, 0})},
                 {reals({5}, {0, 2, 0, 3, 4}), integers({5}, {0, 0, 1, 1, 1})},
                 {reals({0, 2}), integers({0}, 0, 3)}},
     .errors = {{[] {
                   return segment_prod(ones({2, 3}), full({2}, -1, int64), 2);
                 },
                 "segment_prod: index -1 at position (0,) is out of range for 2 groups"}},
     .extremes = false},
    {.name = "segment_softmax",
     .function = [](const Tensors& in) { return segment_softmax(in[0], in[1], groups); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[1].numel(), width = n ? in[0].numel() / n : 1;
           return build(in[0].shape(), in[0].dtype(), [&](std::int64_t i) {
             double most = -inf, sum = 0;
             const auto each = [&](auto f) {
               for (std::int64_t k = 0; k < n; ++k)
                 if (at(in[1], k) == at(in[1], i / width)) f(at(in[0], k * width + i % width));
             };
             each([&](double v) { most = v > most || std::isnan(v) ? v : most; });
             const auto power = [&](double v) {
               return v == inf && most == inf ? 1 : std::exp(v - most);
             };
             each([&](double v) { sum += power(v); });
             return power(at(in[0], i)) / sum;
           });
         },
     .samples = rows,
     .errors = {{[] {
                   return segment_softmax(ones({2, 3}), full({2}, 5, int64), 2);
                 },
                 "segment_softmax: index 5 at position (0,) is out of range for 2 groups"}}},
    {.name = "scatter_reduce",
     .function = reducing(Combine::sum, true),
     .reference = reached(total, true),
     .samples = scattered,
     .errors = {{{reals({2, 3}), integers({2, 2}, 0, 1), reals({2, 1})},
                 "scatter_reduce: source (2, 1) and ids (2, 2) must have the same shape"},
                {{reals({2, 3}), integers({2, 1}, {0, 3}), reals({2, 1})},
                 "scatter_reduce: index 3 at position (1, 0) is out of range for axis 1 of (2, 3)"},
                {{reals({2, 3}), integers({3, 1}, 0, 1), reals({3, 1})},
                 "scatter_reduce: ids of (3, 1) do not fit (2, 3) outside axis 1"},
                {{reals({2, 3}), integers({2, 1}, 0, 1), integers({2, 1}, 0, 1)},
                 "scatter_reduce: needs one floating dtype, got float64 and int64"}}},
    {.name = "scatter_reduce, mean",
     .function = reducing(Combine::mean, true),
     .reference = reached(average, true),
     .samples = scattered},
    {.name = "scatter_reduce, mean without self",
     .function = reducing(Combine::mean, false),
     .reference = reached(average, false),
     .samples = scattered,
     .propagates_nan = false},
    {.name = "scatter_reduce, prod",
     .function = reducing(Combine::prod, true),
     .reference = reached(product, true),
     .samples = scattered,
     .extremes = false},
    {.name = "scatter_reduce, amax",
     .function = reducing(Combine::amax, true),
     .reference = reached(largest, true),
     .samples = scattered},
    {.name = "scatter_reduce, amin without self",
     .function = reducing(Combine::amin, false),
     .reference = reached(smallest, false),
     .samples = scattered,
     .propagates_nan = false},
    {.name = "masked_softmax",
     .function = [](const Tensors& in) { return masked_softmax(in[0], in[1], 1); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(1);
           const auto is_in = [&](std::int64_t i) {
             return at(in[1], source_of(i, in[0].shape(), in[1].shape())) != 0;
           };
           return build(in[0].shape(), in[0].dtype(), [&](std::int64_t i) {
             if (!is_in(i)) return 0.0;
             double most = -inf, sum = 0;
             for (std::int64_t k = i / n * n; k < i / n * n + n; ++k)
               if (is_in(k))
                 most = at(in[0], k) > most || std::isnan(at(in[0], k)) ? at(in[0], k) : most;
             for (std::int64_t k = i / n * n; k < i / n * n + n; ++k)
               if (is_in(k)) sum += std::exp(at(in[0], k) - most);
             return std::exp(at(in[0], i) - most) / sum;
           });
         },
     .samples = {{reals({2, 3}), mask({2, 3}, {1, 0, 1, 0, 0, 0})},
                 {reals({2, 3}), mask({3}, {1, 1, 0})},
                 {reals({0, 3}), mask({3}, {1, 1, 0})},
                 {reals({2, 3}, {1, no_number, 2, inf, no_number, -inf}).fixed(),
                  mask({2, 3}, {1, 0, 1, 0, 0, 0})}},
     .errors = {{{reals({2, 3}), mask({2}, {1, 0})},
                 "masked_softmax: a mask of (2,) does not broadcast to (2, 3)"},
                {{reals({2, 3}), reals({3})},
                 "masked_softmax: the mask must be bool, it is float64"},
                {{reals({3}), flags({3})},
                 "masked_softmax: axis 1 is out of range for (3,), which has 1 axes"}},
     .propagates_nan = false,
     .infinities = false},  // of which several share, see softmax
});

}  // namespace
