#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/embedding_bag.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// in: table, ids (n,) or (bags, n), where ids have one axis then offsets, and the weights if any.
check::Function bags(BagMode mode, bool weighted = false, std::int64_t skip = -1) {
  return [=](const Tensors& in) {
    const bool flat = in[1].rank() == 1;
    const std::int64_t width = in[0].size(1), n = in[1].numel();
    const std::int64_t count = flat ? in[2].numel() : in[1].size(0);
    const auto begin = [&](std::int64_t b) {
      if (b == count) return n;
      return flat ? std::int64_t(at(in[2], b)) : b * in[1].size(1);
    };
    return build({count, width}, float64, [&](std::int64_t place) {
      const std::int64_t b = place / width, k = place % width;
      double sum = 0, largest = 0, found = 0;
      for (std::int64_t i = begin(b); i < begin(b + 1); ++i) {
        const auto id = std::int64_t(at(in[1], i));
        if (id == skip) continue;
        const double value = at(in[0], id * width + k);
        largest = found++ == 0 ? value : std::fmax(largest, value);
        sum += value * (weighted ? at(in.back(), i) : 1);
      }
      if (mode == BagMode::max) return largest;
      return mode == BagMode::mean && found > 0 ? sum / found : sum;
    });
  };
}

check::Function call(BagMode mode, bool weighted = false, std::optional<std::int64_t> skip = {}) {
  return [=](const Tensors& in) {
    BagOptions options{.mode = mode, .padding_idx = skip};
    if (weighted) options.per_sample_weights = in.back();
    const bool with_offsets = in.size() > (weighted ? 3 : 2);
    return embedding_bag(in[0], in[1], with_offsets ? in[2] : Tensor(), options);
  };
}

Tensor ids(const Shape& shape) {
  return build(shape, int64, [](std::int64_t i) { return i % 3; });
}

const std::vector<check::Sample> samples = {
    {reals({5, 3}).distinct(), integers({3, 4}, 0, 4)},
    {reals({5, 2}).distinct(), integers({7}, 0, 4), integers({4}, {0, 2, 2, 6})},
    {reals({3, 2}).distinct(), integers({2}, 0, 2), integers({3}, {0, 0, 2})},
    {reals({3, 2}).distinct(), integers({2, 0}, 0, 2)},
    {reals({3, 2}), integers({0, 3}, 0, 2)},
    {reals({3, 0}), integers({2, 2}, 0, 2)},
    {reals({1, 1}), integers({1, 1}, 0, 0)}};

const Register here({
    {.name = "embedding_bag",
     .function = call(BagMode::mean),
     .reference = bags(BagMode::mean),
     .samples = samples,
     .errors =
         {{{reals({10, 2}), integers({2, 2}, {0, 1, 10, 3})},
           "embedding_bag: index 10 at position (1, 0) is out of range for a table of 10 rows"},
          {{reals({10, 2}), reals({2, 2})}, "embedding_bag: ids must be int64, they are float64"},
          {{reals({10}), integers({2, 2}, 0, 3)},
           "embedding_bag: the table must be floating and have two axes, it is float64 (10,)"},
          {{reals({10, 2}), integers({2}, 0, 3), integers({2}, {0, 3})},
           "embedding_bag: offsets must start at 0 and grow up to the 2 ids, number 1 is 3"},
          {{reals({10, 2}), integers({2}, 0, 3), integers({2}, {1, 2})},
           "embedding_bag: offsets must start at 0 and grow up to the 2 ids, number 0 is 1"},
          {{reals({10, 2}), integers({3}, 0, 3), integers({3}, {0, 2, 1})},
           "embedding_bag: offsets must start at 0 and grow up to the 3 ids, number 2 is 1"},
          {{reals({10, 2}), integers({3}, 0, 3), integers({0}, 0, 0)},
           "embedding_bag: offsets must start at 0 and grow up to the 3 ids, there are none"},
          {{reals({10, 2}), integers({2}, 0, 3), reals({2})},
           "embedding_bag: offsets must be int64, they are float64"},
          {[] {
             return embedding_bag(ones({4, 2}), ids({3}));
           },
           "embedding_bag: needs ids of two axes, or ids and offsets of one; ids are (3,)"},
          {[] {
             return embedding_bag(ones({4, 2}), ids({1, 3}), ids({1}));
           },
           "embedding_bag: needs ids of two axes, or ids and offsets of one; ids are (1, 3), "
           "offsets (1,)"},
          {[] {
             return embedding_bag(ones({4, 2}), ids({1, 3}), {}, {.padding_idx = 4});
           },
           "embedding_bag: padding_idx 4 is out of range for a table of 4 rows"},
          {[] {
             return embedding_bag(ones({4, 2}), ids({1, 3}), {},
                                  {.per_sample_weights = ones({1, 3})});
           },
           "embedding_bag: per_sample_weights need the mode sum"},
          {[] {
             return embedding_bag(ones({4, 2}), ids({1, 3}), {},
                                  {.mode = BagMode::sum, .per_sample_weights = ones({3})});
           },
           "embedding_bag: per_sample_weights must be float32 (1, 3), they are float32 (3,)"},
          {[] {
             return embedding_bag(ones({4, 2}), Tensor());
           },
           "embedding_bag: input 1 is an undefined tensor"}},
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "embedding_bag, mean with padding",
     .function = call(BagMode::mean, false, 0),
     .reference = bags(BagMode::mean, false, 0),
     .samples = {{reals({3, 2}), integers({3, 3}, {0, 1, 0, 2, 1, 1, 0, 0, 0})}},
     .propagates_nan = false},
    {.name = "embedding_bag, sum",
     .function = call(BagMode::sum),
     .reference = bags(BagMode::sum),
     .samples = samples,
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "embedding_bag, weighted sum",
     .function = call(BagMode::sum, true),
     .reference = bags(BagMode::sum, true),
     .samples = {{reals({4, 2}), integers({2, 3}, 0, 3), reals({2, 3})},
                 {reals({4, 2}), integers({5}, 0, 3), integers({3}, {0, 3, 3}), reals({5})},
                 {reals({4, 2}), integers({2, 0}, 0, 3), reals({2, 0})}},
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "embedding_bag, weighted sum with padding",
     .function = call(BagMode::sum, true, 2),
     .reference = bags(BagMode::sum, true, 2),
     .samples = {{reals({4, 2}), integers({2, 3}, {2, 1, 0, 2, 2, 3}), reals({2, 3})}},
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "embedding_bag, maximum",
     .function = call(BagMode::max),
     .reference = bags(BagMode::max),
     .samples = samples,
     .propagates_nan = false,
     .refuses_undefined = false},
    {.name = "embedding_bag, maximum with padding",
     .function = call(BagMode::max, false, 1),
     .reference = bags(BagMode::max, false, 1),
     .samples = {{reals({4, 2}).distinct(), integers({2, 4}, {1, 0, 3, 1, 1, 1, 1, 1})}},
     .propagates_nan = false},
});

}  // namespace
