#include <cinta/ops/reduce/scan.hpp>

#include "ops/op_table/reduce/folds.hpp"

namespace {

using namespace op_table;

// The folds of the first 1, 2, ... elements.
std::function<Values(const Values&)> running(const Fold& fold) {
  return [=](const Values& line) {
    Values result, before;
    for (const double v : line) {
      before.push_back(v);
      result.push_back(fold(before));
    }
    return result;
  };
}

double last_largest(const Values& v) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < v.size(); ++i)
    if (!std::isnan(v[best]) && (std::isnan(v[i]) || v[i] >= v[best])) best = i;
  return double(best);
}
double last_smallest(const Values& v) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < v.size(); ++i)
    if (!std::isnan(v[best]) && (std::isnan(v[i]) || v[i] <= v[best])) best = i;
  return double(best);
}
Values differences(const Values& v) {
  Values result;
  for (std::size_t i = 1; i < v.size(); ++i) result.push_back(v[i] - v[i - 1]);
  return result;
}
double integral(const Values& v, double dx) {
  double sum = 0;
  for (std::size_t i = 1; i < v.size(); ++i) sum += 0.5 * dx * (v[i] + v[i - 1]);
  return sum;
}

const std::vector<check::Sample> lines = {{reals({2, 5})}, {reals({2, 4, 3})}, {reals({0, 2})},
                                          {reals({2, 0})}, {reals({3, 1})},    {reals({1, 700})}};
const std::vector<check::Sample> distinct_lines = {
    {reals({2, 5}).distinct()}, {reals({2, 4, 3}).distinct()}, {reals({0, 2})}, {reals({2, 0})},
    {reals({3, 1}).distinct()}, {integers({3, 6}, 0, 3)}};

const Register scans({
    {.name = "cumsum",
     .function = [](const Tensors& in) { return cumsum(in[0], 1); },
     .reference = along(1, running(total)),
     .samples = lines,
     .errors = {{{reals({2})}, "cumsum: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "cumsum, of whole numbers",
     .function = [](const Tensors& in) { return cumsum(in[0], -2); },
     .reference = along(-2, running(total), int64),
     .samples = {{integers({3, 4}, -9, 9)}, {flags({5, 3})}}},
    {.name = "cumsum, of a number",
     .function = [](const Tensors& in) { return cumsum(in[0], -1); },
     .reference = along(0, running(total)),
     .samples = {{reals({})}}},
    {.name = "cumprod",
     .function = [](const Tensors& in) { return cumprod(in[0], 1); },
     .reference = along(1, running(product)),
     .samples = {{reals({2, 5})},
                 {reals({2, 4, 3})},
                 {reals({0, 2})},
                 {reals({2, 0})},
                 {reals({3, 1})},
                 {integers({3, 5}, -3, 3)}},
     .errors = {{{reals({2})}, "cumprod: axis 1 is out of range for (2,), which has 1 axes"}},
     .extremes = false},  // a product of the largest numbers has no gradient in float32
    {.name = "cumprod, with zeros",
     .function = [](const Tensors& in) { return cumprod(in[0], 0); },
     .reference = along(0, running(product)),
     .samples = {{reals({4}, {2, 0, 3, 4})}, {reals({3}, {0, 2, 3})}, {reals({4}, {2, 0, 0, 3})}},
     .extremes = false},
    {.name = "cumprod, gradients at zeros",
     .function = gradient_of([](const Tensor& x) { return cumprod(x, 1); }),
     .reference = given({3, 4}, {1, 32, 0, 0, 33, 0, 0, 0, 1, 2, 0, 0}),
     .samples = {{reals({3, 4}, {2, 0, 3, 4, 0, 2, 3, 4, 2, 0, 0, 3})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cummax",
     .function = [](const Tensors& in) { return both(cummax(in[0], 1)); },
     .reference = with(along(1, running(largest)), along(1, running(last_largest), int64)),
     .samples = distinct_lines,
     .errors = {{{reals({2})}, "cummax: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "cummin",
     .function = [](const Tensors& in) { return both(cummin(in[0], 0)); },
     .reference = with(along(0, running(smallest)), along(0, running(last_smallest), int64)),
     .samples = distinct_lines,
     .errors = {{[] {
                   return cummin(ones({2, 3}), 2);
                 },
                 "cummin: axis 2 is out of range for (2, 3), which has 2 axes"}}},
    {.name = "cummax, gradient of ties",
     .function = gradient_of([](const Tensor& x) { return cummax(x, 0).values; }),
     .reference = given({5}, {2, 0, 1, 1, 1}),
     .samples = {{reals({5}, {1, 0, 1, 2, 2}).fixed()}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "logcumsumexp",
     .function = [](const Tensors& in) { return logcumsumexp(in[0], 1); },
     .reference = along(1, running(log_sum_exp), float64),
     .samples = {{reals({2, 5})},
                 {reals({2, 4, 3})},
                 {reals({0, 2})},
                 {reals({2, 0})},
                 {reals({2, 4}, -900, 900)},
                 {integers({2, 3}, -9, 9)}},
     .errors = {{{reals({})}, "logcumsumexp: axis 1 is out of range for (), which has 0 axes"}}},
    {.name = "logcumsumexp, of -inf",
     .function = [](const Tensors& in) { return logcumsumexp(in[0], 1); },
     .reference = along(1, running(log_sum_exp)),
     .samples = {{reals({2, 4}, {-inf, -inf, 0, 1, -1, inf, 0, -inf}).fixed()}}},
    {.name = "logcumsumexp, gradients of -inf and inf",
     .function = gradient_of([](const Tensor& x) { return logcumsumexp(x, 1); }),
     .reference = given({2, 3}, {0, 0, 1, 1, 2, 0}),
     .samples = {{reals({2, 3}, {-inf, -inf, 3, 0, inf, 3})}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "linear_recurrence",
     .function =
         [](const Tensors& in) { return detail::linear_recurrence(in[0], in[1], 1, false); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(1);
           Values y;
           for (std::int64_t i = 0; i < in[0].numel(); ++i)
             y.push_back(at(in[1], i) + (i % n ? at(in[0], i) * y.back() : 0));
           return build(in[0].shape(), in[0].dtype(),
                        [&](std::int64_t i) { return y[std::size_t(i)]; });
         },
     .samples = {{reals({2, 5}), reals({2, 5})}, {reals({2, 0}), reals({2, 0})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},  // of what is only used on finite numbers
    {.name = "linear_recurrence, backwards",
     .function = [](const Tensors& in) { return detail::linear_recurrence(in[0], in[1], 0, true); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(0);
           Values y(std::size_t(n), 0);
           for (std::int64_t i = n - 1; i >= 0; --i) {
             y[std::size_t(i)] = at(in[1], i);
             if (i + 1 < n) y[std::size_t(i)] += at(in[0], i) * y[std::size_t(i + 1)];
           }
           return build(in[0].shape(), in[0].dtype(),
                        [&](std::int64_t i) { return y[std::size_t(i)]; });
         },
     .samples = {{reals({5}), reals({5})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
});

const Register differences_of_neighbours({
    {.name = "diff",
     .function = [](const Tensors& in) { return diff(in[0], 1, 1); },
     .reference = along(1, differences),
     .samples = {{reals({2, 5})},
                 {reals({2, 4, 3})},
                 {reals({2, 1})},
                 {reals({2, 0})},
                 {integers({2, 4}, -9, 9)}},
     .errors = {{{reals({2})}, "diff: axis 1 is out of range for (2,), which has 1 axes"},
                {[] { return diff(ones({2}), -1); },
                 "diff: the number of times must not be negative, got -1"},
                {[] { return diff(zeros({2}, boolean)); },
                 "diff: of bools there are no differences; convert with to() first"}},
     .propagates_nan = false},  // of one element nothing is left
    {.name = "diff, twice",
     .function = [](const Tensors& in) { return diff(in[0], 2); },
     .reference = along(-1, [](const Values& v) { return differences(differences(v)); }),
     .samples = {{reals({2, 5})}, {reals({3})}}},
    {.name = "diff, not at all",
     .function = [](const Tensors& in) { return diff(in[0], 0); },
     .reference = along(-1, [](const Values& v) { return v; }),
     .samples = {{reals({2, 5})}}},
    {.name = "trapezoid",
     .function = [](const Tensors& in) { return trapezoid(in[0], 0.5, 1); },
     .reference = over({1}, false, [](const Values& v) { return integral(v, 0.5); }),
     .samples = {{reals({2, 5})}, {reals({2, 4, 3})}, {reals({2, 1})}, {integers({2, 4}, -9, 9)}},
     .errors = {{{reals({2})}, "trapezoid: axis 1 is out of range for (2,), which has 1 axes"}},
     .propagates_nan = false},
    {.name = "trapezoid, at places",
     .function = [](const Tensors& in) { return trapezoid(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(1);
           return build({in[0].size(0)}, in[0].dtype(), [&](std::int64_t row) {
             const auto x = [&](std::int64_t i) {
               return at(in[1], in[1].rank() == 1 ? i : row * n + i);
             };
             double sum = 0;
             for (std::int64_t i = 1; i < n; ++i)
               sum +=
                   0.5 * (x(i) - x(i - 1)) * (at(in[0], row * n + i) + at(in[0], row * n + i - 1));
             return sum;
           });
         },
     .samples = {{reals({2, 4}), reals({4})}, {reals({2, 4}), reals({2, 4})}},
     .errors = {{{reals({2, 4}), reals({3})},
                 "trapezoid: places of (3,) do not broadcast to (2, 4)"}},
     .extremes = false},  // differences of the largest numbers cancel
});

}  // namespace
