#include <cinta/ops/sort/search.hpp>
#include <cinta/ops/sort/sort.hpp>
#include <limits>
#include <numeric>

#include "ops/op_table/reduce/folds.hpp"

namespace {

using namespace op_table;

// Places of a line in order: NaN is above all numbers, of equals the first comes first.
std::vector<std::size_t> order(const Values& v, bool descending = false) {
  std::vector<std::size_t> places(v.size());
  std::iota(places.begin(), places.end(), 0);
  std::stable_sort(places.begin(), places.end(), [&](std::size_t i, std::size_t j) {
    const double a = descending ? v[j] : v[i], b = descending ? v[i] : v[j];
    return a < b || (!std::isnan(a) && std::isnan(b));
  });
  return places;
}
using Choice = std::function<std::vector<std::size_t>(const Values&)>;
// The elements of each line that are chosen, and where they are.
check::Function chosen(int axis, const Choice& choice) {
  const auto values = [=](const Values& v) {
    Values result;
    for (const std::size_t i : choice(v)) result.push_back(v[i]);
    return result;
  };
  const auto places = [=](const Values& v) {
    const std::vector<std::size_t> all = choice(v);
    return Values(all.begin(), all.end());
  };
  return with(along(axis, values), along(axis, places, int64));
}
// Without the axis, of which one element is left.
check::Function dropped(const check::Function& reference, int axis) {
  return [=](const Tensors& in) {
    Tensors all = reference(in);
    for (Tensor& y : all) {
      Shape shape = Shape::filled(y.rank() - 1);
      for (int i = 0; i < shape.rank(); ++i) shape[i] = y.shape()[i < axis ? i : i + 1];
      y = build(shape, y.dtype(), [x = y](std::int64_t i) { return at(x, i); });
    }
    return all;
  };
}
std::vector<std::size_t> first(std::vector<std::size_t> places, std::size_t k) {
  places.resize(std::min(k, places.size()));
  return places;
}

const std::vector<check::Sample> lines = {
    {reals({2, 5}).distinct()},
    {reals({3, 4, 2}).distinct()},
    {reals({0, 4})},
    {reals({3, 4}, {2, 0, -0.0, 2, 1, inf, -inf, no_number, no_number, 3, no_number, -1}).fixed()},
    {integers({3, 6}, 0, 3)},
    {flags({3, 5})}};

// The middle: the first NaN, or else the lower of two.
std::vector<std::size_t> middle(const Values& v) {
  const auto no_number = std::find_if(v.begin(), v.end(), [](double x) { return std::isnan(x); });
  if (no_number != v.end()) return {std::size_t(no_number - v.begin())};
  return {order(v)[(v.size() - 1) / 2]};
}
std::vector<std::size_t> most_common(const Values& v) {
  std::size_t best = 0, most = 0;
  for (const std::size_t i : order(v)) {
    const auto count = std::size_t(std::count_if(v.begin(), v.end(), [&](double x) {
      return x == v[i] || (std::isnan(x) && std::isnan(v[i]));
    }));
    if (count > most) most = count, best = i;
  }
  return {best};
}
Fold share(double q, bool skip_nan = false) {
  return [=](Values v) {
    const auto is_nan = [](double x) { return std::isnan(x); };
    if (skip_nan)
      v.erase(std::remove_if(v.begin(), v.end(), is_nan), v.end());
    else if (std::any_of(v.begin(), v.end(), is_nan))
      return no_number;
    if (v.empty()) return no_number;
    std::sort(v.begin(), v.end());
    const double place = q * double(v.size() - 1);
    const auto i = std::size_t(place);
    const double rest = place - double(i);
    if (rest == 0) return v[i];
    return v[i] == v[i + 1] ? v[i] : (1 - rest) * v[i] + rest * v[i + 1];
  };
}

const Register sorts({
    {.name = "sort",
     .function = [](const Tensors& in) { return both(sort(in[0], 1)); },
     .reference = chosen(1, [](const Values& v) { return order(v); }),
     .samples = lines,
     .errors = {{{reals({2})}, "sort: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "sort, descending",
     .function = [](const Tensors& in) { return both(sort(in[0], 0, true)); },
     .reference = chosen(0, [](const Values& v) { return order(v, true); }),
     .samples = lines},
    {.name = "sort, many elements",
     .function = [](const Tensors& in) { return both(sort(in[0])); },
     .reference = chosen(-1, [](const Values& v) { return order(v); }),
     .samples = {{reals({2, 700}).distinct()},
                 {integers({1, 900}, -20, 20)},
                 {reals({1500}).fixed()}},
     .extremes = false},
    {.name = "sort, of a number",
     .function = [](const Tensors& in) { return both(sort(in[0])); },
     .reference = chosen(-1, [](const Values& v) { return order(v); }),
     .samples = {{reals({})}, {reals({0})}}},
    {.name = "argsort",
     .function = [](const Tensors& in) { return argsort(in[0], 1, true); },
     .reference = along(
         1,
         [](const Values& v) {
           const auto places = order(v, true);
           return Values(places.begin(), places.end());
         },
         int64),
     .samples = lines,
     .errors = {{{reals({2})}, "argsort: axis 1 is out of range for (2,), which has 1 axes"}},
     .differentiable = false},
    {.name = "topk",
     .function = [](const Tensors& in) { return both(topk(in[0], 3, 1)); },
     .reference = chosen(1, [](const Values& v) { return first(order(v, true), 3); }),
     .samples = lines,
     .errors = {{{reals({2, 2})}, "topk: k = 3 of the 2 elements along axis 1 of (2, 2)"},
                {[] { return topk(ones({2}), -1); },
                 "topk: k = -1 of the 2 elements along axis 0 of (2,)"}},
     .propagates_nan = true},
    {.name = "topk, the smallest of many, as they come",
     .function =
         [](const Tensors& in) {
           return both(topk(in[0], 20, -1, {.largest = false, .sorted = false}));
         },
     .reference = chosen(-1,
                         [](const Values& v) {
                           auto places = first(order(v), 20);
                           std::sort(places.begin(), places.end());
                           return places;
                         }),
     .samples = {{reals({2, 100}).distinct()},
                 {reals({1, 6000}).fixed()},
                 {integers({2, 6000}, 0, 9)}},
     .propagates_nan = false,
     .extremes = false},
    {.name = "topk, none",
     .function = [](const Tensors& in) { return both(topk(in[0], 0)); },
     .reference = chosen(-1, [](const Values&) { return std::vector<std::size_t>(); }),
     .samples = {{reals({2, 3})}},
     .propagates_nan = false},
    {.name = "kthvalue",
     .function = [](const Tensors& in) { return both(kthvalue(in[0], 2, 1)); },
     .reference = dropped(chosen(1,
                                 [](const Values& v) {
                                   return std::vector<std::size_t>{v.empty() ? 0 : order(v)[1]};
                                 }),
                          1),
     .samples = lines,
     .errors = {{{reals({2, 1})}, "kthvalue: k = 2 of the 1 elements along axis 1 of (2, 1)"},
                {[] { return kthvalue(ones({2}), 0); },
                 "kthvalue: k = 0 of the 2 elements along axis 0 of (2,)"}},
     .propagates_nan = false},
    {.name = "kthvalue, of many, kept",
     .function = [](const Tensors& in) { return both(kthvalue(in[0], 3000, -1, keepdims)); },
     .reference = chosen(-1,
                         [](const Values& v) { return std::vector<std::size_t>{order(v)[2999]}; }),
     .samples = {{reals({1, 6000}).fixed()}, {integers({2, 6000}, 0, 9)}},
     .propagates_nan = false},
    {.name = "median_with_indices",
     .function = [](const Tensors& in) { return both(median_with_indices(in[0], 1)); },
     .reference = dropped(chosen(1, middle), 1),
     .samples = lines,
     .errors = {{{reals({2, 0})}, "median_with_indices: no elements to choose from in (2, 0)"}}},
    {.name = "median",
     .function = [](const Tensors& in) { return median(in[0]); },
     .reference = over({}, false, [](const Values& v) { return v[middle(v)[0]]; }),
     .samples = {{reals({2, 3}).distinct()}, {reals({})}, {reals({3}, {1, 2, inf}).fixed()}},
     .errors = {{{reals({0, 2})}, "median: no elements to choose from in (0, 2)"}}},
    {.name = "mode",
     .function = [](const Tensors& in) { return both(mode(in[0], 1)); },
     .reference = dropped(chosen(1, most_common), 1),
     .samples =
         {{reals({2, 6}, {1, 0, 1, 0, 2, 2, no_number, 1, no_number, 1, no_number, 3}).fixed()},
          {reals({2, 3}).distinct()},
          {integers({3, 9}, 0, 3)},
          {flags({3, 5})}},
     .errors = {{{reals({2, 0})}, "mode: no elements to choose from in (2, 0)"}},
     .propagates_nan = false},
    {.name = "quantile",
     .function =
         [](const Tensors& in) {
           return quantile(in[0], 0.3, {0, -1});
         },
     .reference = over({0, 2}, false, share(0.3)),
     .samples = {{reals({3, 2, 2}).distinct()},
                 {reals({1, 2, 1}).distinct()},
                 {reals({2, 0, 2})},
                 {integers({2, 2, 3}, -9, 9)}},
     .errors = {{{reals({0, 2, 1})}, "quantile: no elements to choose from in (0, 2, 1)"},
                {[] { return quantile(ones({2}), 1.5); },
                 "quantile: q must lie in [0, 1], got 1.5"},
                {[] { return quantile(ones({2}), no_number); },
                 "quantile: q must lie in [0, 1], got nan"}}},
    {.name = "quantile, beside infinities",
     .function = [](const Tensors& in) { return quantile(in[0], 0.25, 1, {.keepdims = true}); },
     .reference = over({1}, true, share(0.25)),
     .samples = {{reals({3, 3}, {-inf, -inf, 1, 0, inf, inf, inf, 1, 2}).fixed()},
                 {reals({2, 5}, {-inf, -1, 0, inf, no_number, 5, 4, inf, -inf, 2}).fixed()}}},
    {.name = "quantile, of many",
     .function = [](const Tensors& in) { return quantile(in[0], 0.5); },
     .reference = over({}, false, share(0.5)),
     .samples = {{reals({6000}).fixed()}, {reals({2, 50}).distinct()}},
     .extremes = false},
    {.name = "quantile, the other interpolations",
     .function =
         [](const Tensors& in) {
           Tensors all;
           for (const Interpolation between : {Interpolation::lower, Interpolation::higher,
                                               Interpolation::nearest, Interpolation::midpoint})
             all.push_back(quantile(in[0], 0.4, {}, {.interpolation = between}));
           return all;
         },
     .reference =
         [](const Tensors& in) {
           const auto at_share = [&](double q) { return over({}, false, share(q))(in)[0]; };
           return Tensors{at_share(1.0 / 3), at_share(2.0 / 3), at_share(1.0 / 3), at_share(0.5)};
         },
     .samples = {{reals({4}).distinct()}}},
    {.name = "nanquantile",
     .function = [](const Tensors& in) { return nanquantile(in[0], 0.3, 1); },
     .reference = over({1}, false, share(0.3, true)),
     .samples = {{reals({3, 4}, {1, no_number, 2, 4, no_number, no_number, no_number, no_number,
                                 no_number, 3, no_number, no_number})
                      .fixed()},
                 {reals({2, 5}).distinct()}},
     .errors = {{{reals({2, 0})}, "nanquantile: no elements to choose from in (2, 0)"}},
     .propagates_nan = false},
});

// Where a value would be put among sorted ones.
double put_before(const Tensor& sorted, std::int64_t row, double v, bool right) {
  const std::int64_t n = sorted.shape().back();
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double s = at(sorted, row * n + i);
    count += std::isnan(v) ? right || !std::isnan(s) : right ? s <= v : s < v;
  }
  return double(count);
}

const Register searches({
    {.name = "searchsorted",
     .function = [](const Tensors& in) { return searchsorted(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return build(in[1].shape(), int64, [&](std::int64_t i) {
             const std::int64_t row = in[0].rank() == 1 ? 0 : i / in[1].shape().back();
             return put_before(in[0], row, at(in[1], i), false);
           });
         },
     .samples = {{reals({4}, {-1, 0, 0, 2}), reals({3, 5})},
                 {reals({4}, {-1, 0, 0, 2}), reals({5}, {0, -1, 2, 3, no_number})},
                 {reals({2, 3}, {0, 1, 2, -2, 0, 3}), reals({2, 4})},
                 {reals({0}), reals({2})},
                 {integers({3}, {1, 3, 3}), integers({6}, 0, 4)}},
     .errors = {{{reals({2, 3}), reals({3, 3})},
                 "searchsorted: sorted of (2, 3) has neither one axis nor the shape of values (3, "
                 "3) but for the last axis"},
                {{reals({2}), integers({3}, 0, 1)},
                 "searchsorted: one dtype is needed, got float64 and int64"}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,  // what is no longer sorted
     .extremes = false},
    {.name = "bucketize",
     .function = [](const Tensors& in) { return bucketize(in[0], in[1], true); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), int64,
                        [&](std::int64_t i) { return put_before(in[1], 0, at(in[0], i), true); });
         },
     .samples = {{reals({6}, {-3, -1, 0, 1, 2, no_number}), reals({4}, {-1, 0, 0, 2})}},
     .errors = {{{reals({2}), reals({2, 3})},
                 "bucketize: boundaries must have one axis, their shape is (2, 3)"}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "unique",
     .function =
         [](const Tensors& in) {
           const UniqueValues found = unique(in[0]);
           return Tensors{found.values, found.inverse, found.counts};
         },
     .reference =
         [](const Tensors& in) {
           Values all;
           for (std::int64_t i = 0; i < in[0].numel(); ++i) all.push_back(at(in[0], i));
           Values values, counts, inverse(all.size());
           for (const std::size_t i : order(all)) {
             const double v = all[i];
             if (values.empty() ||
                 !(v == values.back() || (std::isnan(v) && std::isnan(values.back())))) {
               values.push_back(v);
               counts.push_back(0);
             }
             ++counts.back();
             inverse[i] = double(values.size() - 1);
           }
           const Shape found{std::int64_t(values.size())};
           const auto from = [](const Values& v) {
             return [&v](std::int64_t i) { return v[std::size_t(i)]; };
           };
           return Tensors{build(found, in[0].dtype(), from(values)),
                          build(in[0].shape(), int64, from(inverse)),
                          build(found, int64, from(counts))};
         },
     .samples = {{reals({2, 4}, {1, 0, no_number, 1, -0.0, inf, no_number, -2})},
                 {integers({6}, {3, 1, 3, 3, 0, 1})},
                 {reals({}, std::vector<double>{2})},
                 {reals({0})}},
     .errors = {{[] { return unique(Tensor()); }, "unique: input 0 is an undefined tensor"}},
     .differentiable = false,
     .strided = false},
    {.name = "bincount",
     .function = [](const Tensors& in) { return bincount(in[0], 5); },
     .reference =
         [](const Tensors& in) {
           return build({5}, int64, [&](std::int64_t k) {
             std::int64_t count = 0;
             for (std::int64_t i = 0; i < in[0].numel(); ++i) count += at(in[0], i) == double(k);
             return count;
           });
         },
     .samples = {{integers({2, 6}, 0, 4)}, {integers({0}, 0, 4)}},
     .errors = {{{integers({2}, {1, 5})},
                 "bincount: index 5 at position (1,) is out of range for 5 counts"},
                {{integers({2}, {-1, 4})},
                 "bincount: index -1 at position (0,) is out of range for 5 counts"},
                {[] { return bincount(zeros({0}, int64), -1); },
                 "bincount: the size must not be negative, got -1"},
                {[] {
                   return bincount(full({1}, std::numeric_limits<std::int64_t>::max(), int64));
                 },
                 "bincount: (9223372036854775807,) float64 has more bytes than 64 bits can count"},
                {{reals({2})}, "bincount: ids must be int64, they are float64"}}},
    {.name = "bincount, of weights",
     .function = [](const Tensors& in) { return bincount(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return build({4}, float64, [&](std::int64_t k) {
             double sum = 0;
             for (std::int64_t i = 0; i < in[0].numel(); ++i)
               if (at(in[0], i) == double(k)) sum += at(in[1], i);
             return sum;
           });
         },
     .samples = {{integers({5}, {0, 3, 3, 1, 0}), reals({5})}},
     .errors = {{{integers({2}, 0, 1), reals({3})},
                 "bincount: weights (3,) and ids (2,) must have the same shape"},
                {{integers({2}, 0, 1), integers({2}, 0, 1)},
                 "bincount: weights must be floating, they are int64"}},
     .strided = false},
    {.name = "histogram",
     .function =
         [](const Tensors& in) {
           const Histogram found = histogram(in[0], 4, -1, 1);
           return Tensors{found.counts, found.edges};
         },
     .reference =
         [](const Tensors& in) {
           Values counts(4, 0);
           for (std::int64_t i = 0; i < in[0].numel(); ++i)
             for (int k = 0; k < 4; ++k) {
               const double v = at(in[0], i), low = -1 + 0.5 * k;
               counts[std::size_t(k)] += v >= low && (v < low + 0.5 || (k == 3 && v == 1));
             }
           return Tensors{build({4}, int64, [&](std::int64_t i) { return counts[std::size_t(i)]; }),
                          build({5}, float64, [](std::int64_t i) { return -1 + 0.5 * double(i); })};
         },
     .samples = {{reals({40})},
                 {reals({2, 4}, {-1, -0.5, 0, 0.5, 1, 1.5, no_number, -inf})},
                 {reals({0})}},
     .errors = {{{integers({2}, 0, 1)}, "histogram: x must be floating, it is int64"},
                {[] { return histogram(ones({2}), 0, 0, 1).counts; },
                 "histogram: the number of bins must be positive, got 0"},
                {[] { return histogram(ones({2}), 2, 1, 1).counts; },
                 "histogram: low and high must be finite and low below high, got 1 and 1"},
                {[] { return histogram(ones({2}), 2, -1e308, 1e308).counts; },
                 "histogram: from -1e+308 to 1e+308 is further than a number can be"}},
     .differentiable = false,
     .propagates_nan = false},
    // Of three probabilities that are not 0 all three come, in whatever order.
    {.name = "multinomial",
     .function = [](const Tensors& in) { return sort(multinomial(in[0], 3)).values; },
     .reference =
         [](const Tensors& in) {
           return build({in[0].size(0), 3}, int64, [](std::int64_t i) { return 2 * (i % 3); });
         },
     .samples = {{reals({2, 6}, {1, 0, 2, 0, 3, 0, 1e-9, 0, 1, 0, 1e9, 0})}, {reals({0, 6})}},
     .errors = {{{reals({2, 4}, {1, 0, 0, 0, 1, 1, 1, 1})},
                 "multinomial: fewer than 3 probabilities of a row are not 0"},
                {{reals({4}, {1, -1, 1, 1})},
                 "multinomial: probabilities must not be negative and be finite"},
                {{reals({})}, "multinomial: probabilities need at least one axis"},
                {{integers({3}, 1, 2)},
                 "multinomial: probabilities must be floating, they are int64"},
                {[] { return multinomial(ones({2}), -1); },
                 "multinomial: the count must not be negative, got -1"}},
     .differentiable = false,
     .propagates_nan = false,
     .infinities = false,  // which are refused
     .extremes = false,
     .strided = false},
});

}  // namespace
