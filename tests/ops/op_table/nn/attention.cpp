#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/nn/sequence/attention.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>
#include <limits>
#include <span>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

constexpr double inf = std::numeric_limits<double>::infinity(), p = 0.4;

// What the reference is told. Inputs are query, key, value and perhaps a mask.
struct Case {
  bool causal = false, grouped = false, dropped = false;
  double scale = 0;  // 0: as is usual
};

Shape without(const Shape& s, int last) {
  return Shape(std::span<const std::int64_t>(s.begin(), s.end() - last));
}

// One query after the other, by the definition.
check::Function attend(Case c) {
  return [c](const Tensors& in) {
    const int axes = c.grouped ? 3 : 2;
    const Tensor &q = in[0], &k = in[1], &v = in[2];
    const std::int64_t length = q.size(-2), keys = k.size(-2), width = q.size(-1),
                       wide = v.size(-1), heads = c.grouped ? q.size(-3) : 1,
                       group = c.grouped ? heads / k.size(-3) : 1;
    const Shape batch = broadcast_shapes(
        "reference",
        broadcast_shapes("reference", without(q.shape(), axes), without(k.shape(), axes)),
        without(v.shape(), axes));
    std::vector<std::int64_t> sizes(batch.begin(), batch.end());
    if (c.grouped) sizes.push_back(heads);
    std::vector<std::int64_t> of_scores = sizes;
    of_scores.insert(of_scores.end(), {length, keys});
    sizes.insert(sizes.end(), {length, wide});
    const Shape scores_shape{std::span<const std::int64_t>(of_scores)};
    const double scale =
        c.scale != 0 ? c.scale : 1 / std::sqrt(double(std::max<std::int64_t>(width, 1)));

    return build(Shape(std::span<const std::int64_t>(sizes)), float64, [&](std::int64_t flat) {
      const std::int64_t column = flat % wide, row = flat / wide % length,
                         matrix = flat / wide / length, head = matrix % heads,
                         sample = matrix / heads;
      const auto first = [&](const Tensor& x, std::int64_t mine, std::int64_t all) {
        return source_of(sample, batch, without(x.shape(), axes)) * all + mine;
      };
      const std::int64_t of_q = first(q, head, heads) * length + row,
                         of_k = first(k, head / group, heads / group) * keys,
                         of_v = first(v, head / group, heads / group) * keys;
      std::vector<double> s;
      double top = -inf;
      for (std::int64_t j = 0; j < keys; ++j) {
        double dot = 0;
        for (std::int64_t i = 0; i < width; ++i)
          dot += at(q, of_q * width + i) * at(k, (of_k + j) * width + i);
        const std::int64_t place = (matrix * length + row) * keys + j;
        double score = dot * scale;
        if (in.size() > 3) {
          const double mask = at(in[3], source_of(place, scores_shape, in[3].shape()));
          score = in[3].dtype() == boolean ? (mask != 0 ? score : -inf) : score + mask;
        }
        if (c.causal && j > row) score = -inf;
        s.push_back(score);
        top = std::max(top, score);
      }
      double total = 0, sum = 0;
      for (std::int64_t j = 0; j < keys; ++j) {
        double& weight = s[std::size_t(j)];
        // Infinite scores share what there is.
        if (top == inf)
          weight = weight == inf ? 1 : weight * 0 == 0 ? 0 : weight == -inf ? 0 : weight;
        else
          weight = top == -inf && weight == -inf ? 0 : std::exp(weight - top);
        total += weight;
        const std::int64_t place = (matrix * length + row) * keys + j;
        const bool gone = c.dropped && kernels::mask_number({7, 0}, std::uint64_t(place)) <
                                           kernels::dropout_threshold(p);
        if (c.dropped) weight = gone ? 0 : weight / (1 - p);
        sum += weight * at(v, (of_v + j) * wide + column);
      }
      return total == 0 ? 0 : sum / total;
    });
  };
}

check::Function attention(AttentionOptions options) {
  return [options](const Tensors& in) {
    AttentionOptions all = options;
    if (in.size() > 3) all.attn_mask = in[3];
    manual_seed(7);
    return scaled_dot_product_attention(in[0], in[1], in[2], all);
  };
}

std::vector<check::Sample> shapes() {
  return {{reals({3, 2}), reals({4, 2}), reals({4, 3})},
          {reals({2, 3, 4}), reals({2, 5, 4}), reals({2, 5, 2})},
          {reals({2, 2, 2, 3}), reals({2, 2, 2, 3}), reals({2, 2, 2, 3})},
          {reals({1, 1}), reals({1, 1}), reals({1, 1})},
          {reals({2, 1, 2, 2}), reals({3, 2, 2}), reals({1, 2, 1})},
          {reals({19, 3}), reals({3, 3}), reals({3, 17})}};
}

// Masks given, so that rows of a kind are there: all, some, none.
const std::vector<double> some = {1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1};

const Register here({
    {.name = "scaled_dot_product_attention",
     .function = attention({}),
     .reference = attend({}),
     .samples = shapes(),
     .errors =
         {{{reals({3, 2}), reals({4, 3}), reals({4, 3})},
           "scaled_dot_product_attention: query float64 (3, 2), key float64 (4, 3), value float64 "
           "(4, 3): widths 2 and 3 of query and key differ"},
          {{reals({3, 2}), reals({4, 2}), reals({5, 3})},
           "scaled_dot_product_attention: query float64 (3, 2), key float64 (4, 2), value float64 "
           "(5, 3): lengths 4 and 5 of key and value differ"},
          {{reals({2}), reals({4, 2}), reals({4, 3})},
           "scaled_dot_product_attention: query float64 (2,), key float64 (4, 2), value float64 "
           "(4, 3): needs (..., L, E), (..., S, E), (..., S, Ev)"},
          {{reals({2, 3, 2}), reals({3, 4, 2}), reals({3, 4, 2})},
           "scaled_dot_product_attention: query float64 (2, 3, 2), key float64 (3, 4, 2), value "
           "float64 (3, 4, 2): leading axes (2,), (3,) and (3,) do not broadcast"},
          {{integers({3, 2}, 0, 1), reals({4, 2}), reals({4, 3})},
           "scaled_dot_product_attention: query int64 (3, 2), key float64 (4, 2), value float64 "
           "(4, 3): needs one floating dtype for all; convert with to()"},
          {[] {
             const Tensor x = ones({2, 2});
             return scaled_dot_product_attention(x, x, x, {.dropout_p = 1});
           },
           "scaled_dot_product_attention: dropout_p must lie in [0, 1), got 1"},
          {[] {
             const Tensor x = ones({2, 3});
             return scaled_dot_product_attention(x, x, x, {.attn_mask = ones({2, 3})});
           },
           "scaled_dot_product_attention: attn_mask (2, 3) does not broadcast to the scores' (2, "
           "2)"},
          {[] {
             const Tensor x = ones({2, 3});
             return scaled_dot_product_attention(x, x, x, {.attn_mask = ones({3, 2, 2})});
           },
           "scaled_dot_product_attention: attn_mask (3, 2, 2) does not broadcast to the scores' "
           "(2, 2)"},
          {[] {
             const Tensor x = ones({2, 3});
             return scaled_dot_product_attention(x, x, x, {.attn_mask = ones({2, 2}, int64)});
           },
           "scaled_dot_product_attention: attn_mask must be bool or float32 like the query, it is "
           "int64"},
          {[] {
             const Tensor x = ones({2, 3}, float64);
             return scaled_dot_product_attention(x, x, x, {.attn_mask = ones({2, 2})});
           },
           "scaled_dot_product_attention: attn_mask must be bool or float64 like the query, it is "
           "float32"},
          {[] {
             return scaled_dot_product_attention(ones({2, 2}), Tensor(), ones({2, 2}));
           },
           "scaled_dot_product_attention: input 1 is an undefined tensor"}}},
    {.name = "scaled_dot_product_attention, causal",
     .function = attention({.is_causal = true, .scale = 0.7}),
     .reference = attend({.causal = true, .scale = 0.7}),
     .samples = {{reals({3, 2}), reals({4, 2}), reals({4, 3})},
                 {reals({2, 4, 3}), reals({2, 4, 3}), reals({2, 4, 2})},
                 {reals({5, 2}), reals({2, 2}), reals({2, 2})},
                 {reals({19, 2}), reals({19, 2}), reals({19, 2})}},
     .propagates_nan = false,  // of a key that nobody sees
     .infinities = false},     // 0 times infinity, of what is not seen
    {.name = "scaled_dot_product_attention, bool mask",
     .function = attention({}),
     .reference = attend({}),
     .samples = {{reals({3, 2}), reals({4, 2}), reals({4, 3}),
                  check::Input{.shape = {3, 4}, .dtype = boolean, .values = some}},
                 {reals({2, 3, 2}), reals({2, 4, 2}), reals({2, 4, 3}),
                  check::Input{
                      .shape = {2, 1, 4}, .dtype = boolean, .values = {0, 1, 0, 1, 1, 1, 0, 0}}},
                 {reals({2, 3, 2}), reals({4, 2}), reals({4, 3}),
                  check::Input{.shape = {3, 1}, .dtype = boolean, .values = {1, 0, 1}}}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "scaled_dot_product_attention, causal and masked",
     .function = attention({.is_causal = true}),
     .reference = attend({.causal = true}),
     .samples = {{reals({3, 2}), reals({4, 2}), reals({4, 3}),
                  // the first query sees nothing: neither of both masks says so alone
                  check::Input{.shape = {1, 4}, .dtype = boolean, .values = {0, 1, 0, 1}}}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "scaled_dot_product_attention, added mask",
     .function = attention({}),
     .reference = attend({}),
     .samples = {{reals({3, 2}), reals({4, 2}), reals({4, 3}), reals({3, 4})},
                 {reals({2, 3, 2}), reals({2, 4, 2}), reals({2, 4, 3}), reals({2, 1, 4})},
                 {reals({3, 2}), reals({4, 2}), reals({4, 3}), reals({3, 4}).fixed()}}},
    {.name = "scaled_dot_product_attention, added mask of nothing",
     .function = attention({}),
     .reference = attend({}),
     .samples = {{reals({2, 2}), reals({3, 2}), reals({3, 3}),
                  reals({2, 3}, {-inf, -inf, -inf, 0.5, -inf, 0.25}).fixed()}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},  // a mask of -inf plus an infinite score has no value
    {.name = "scaled_dot_product_attention, grouped heads",
     .function = attention({.enable_gqa = true}),
     .reference = attend({.grouped = true}),
     .samples = {{reals({4, 3, 2}), reals({2, 3, 2}), reals({2, 3, 2})},
                 {reals({2, 6, 2, 3}), reals({2, 2, 3, 3}), reals({2, 2, 3, 2})},
                 {reals({2, 3, 2, 2}), reals({1, 1, 3, 2}), reals({2, 1, 3, 2}),
                  flags({1, 3, 2, 3})}},
     .errors = {{{reals({4, 3, 2}), reals({3, 3, 2}), reals({3, 3, 2})},
                 "scaled_dot_product_attention: query float64 (4, 3, 2), key float64 (3, 3, 2), "
                 "value float64 (3, 3, 2): 4 heads of queries do not share 3 of keys and 3 of "
                 "values evenly"},
                {{reals({4, 3, 2}), reals({2, 3, 2}), reals({4, 3, 2})},
                 "scaled_dot_product_attention: query float64 (4, 3, 2), key float64 (2, 3, 2), "
                 "value float64 (4, 3, 2): 4 heads of queries do not share 2 of keys and 4 of "
                 "values evenly"},
                {{reals({3, 2}), reals({3, 2}), reals({3, 2})},
                 "scaled_dot_product_attention: query float64 (3, 2), key float64 (3, 2), value "
                 "float64 (3, 2): needs (..., Hq, L, E), (..., H, S, E), (..., H, S, Ev)"}},
     .propagates_nan = false,  // of what the mask hides
     .infinities = false},
    {.name = "scaled_dot_product_attention, dropout",
     .function = attention({.dropout_p = p}),
     .reference = attend({.dropped = true}),
     .samples = {{reals({3, 2}), reals({4, 2}), reals({4, 3})},
                 {reals({2, 9, 3}), reals({2, 9, 3}), reals({2, 9, 2})}},
     .propagates_nan = false,  // what is dropped is gone
     .infinities = false},
    {.name = "scaled_dot_product_attention, dropout of groups",
     .function = attention({.dropout_p = p, .is_causal = true, .enable_gqa = true}),
     .reference = attend({.causal = true, .grouped = true, .dropped = true}),
     .samples = {{reals({2, 4, 3, 2}), reals({2, 2, 3, 2}), reals({2, 2, 3, 2})}},
     .propagates_nan = false,
     .infinities = false},
    // Among many keys some scores of large inputs lie so close that their rounding shows.
    {.name = "scaled_dot_product_attention of many keys",
     .function = attention({}),
     .reference = attend({}),
     .samples = {{reals({1, 5}), reals({19, 5}), reals({19, 2})},
                 {reals({2, 3}), reals({67, 3}), reals({67, 2})}},
     .extremes = false},
    // Nothing to look for NaN in, or nothing to see.
    {.name = "scaled_dot_product_attention without elements",
     .function = attention({}),
     .reference = attend({}),
     .samples = {{reals({0, 2}), reals({3, 2}), reals({3, 2})},
                 {reals({2, 2}), reals({0, 2}), reals({0, 3})},
                 {reals({2, 0}), reals({3, 0}), reals({3, 2})},
                 {reals({2, 2}), reals({3, 2}), reals({3, 0})},
                 {reals({0, 2, 2}), reals({0, 3, 2}), reals({0, 3, 1})}},
     .propagates_nan = false},
});

}  // namespace
