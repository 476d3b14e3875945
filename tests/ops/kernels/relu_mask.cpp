#include <cinta/ops/kernels/elementwise/relu_mask.hpp>

#include "ops/kernels/arrays.hpp"

using namespace arrays;

TEST_CASE("elements are kept where others were positive or NaN") {
  for (const Dtype dtype : {float32, float64}) {
    for (const std::int64_t n : map_sizes) {
      Block x({n}, dtype), dy({n}, dtype), y({n}, dtype);
      x.randomize();
      dy.randomize();
      for (std::int64_t i = 0; i < n; i += 7) x.set(i, i % 2 ? 0.0 : -0.0);
      for (std::int64_t i = 3; i < n; i += 11) x.set(i, i % 2 ? arrays::nan : arrays::inf);
      Block words({kernels::relu_mask_words(n)}, int64);
      const auto run = [&] {
        kernels::make_relu_mask(x, words);
        kernels::apply_relu_mask(dy, words, y);
      };
      CAPTURE(dtype, n);
      CHECK(same_for_threads(y, run));
      const auto wanted = [&](std::int64_t i) { return x.get(i) <= 0 ? 0 : dy.get(i); };
      CHECK(wrong(y, wanted) == 0);
      CHECK(words.gaps_untouched());
      kernels::apply_relu_mask(dy, words, dy);
      for (std::int64_t i = 0; i < n; ++i)
        if (!same(dy.get(i), y.get(i))) FAIL("in place, element " << i);
    }
  }
}
