// Elements that lie on the edges of a histogram, which are rounded to their dtype.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"

using namespace cinta;

TEST_CASE("histogram: elements on its edges count as the edges that it returns have them") {
  for (const Dtype dtype : {float32, float64}) {
    for (const auto& [low, high, bins] : {std::tuple{0.0, 1.0, 10},
                                          {-3.0, 3.0, 1000},
                                          {0.1, 0.7, 6},
                                          {0.7, 1.0, 10},
                                          {-1e30, 1e30, 7},
                                          {0.0, 1e-310, 10},
                                          {1.0, 1.0000005, 3}}) {
      const Tensor edges = histogram(zeros({0}, dtype), bins, low, high).edges;
      const auto [counts, again] = histogram(edges, bins, low, high);
      CAPTURE(low, high, dtype);
      CHECK(all(again == edges).item<bool>());
      CHECK(sum(counts).item<std::int64_t>() == bins + 1);
      // NumPy's way: the last edge that is not above an element, and of all the last bin.
      std::vector<std::int64_t> wanted(std::size_t(bins), 0);
      const std::vector<double> at = to(edges, float64).to_vector<double>();
      for (const double v : at) {
        std::size_t bin = std::size_t(bins) - 1;
        while (v < at[bin]) --bin;
        ++wanted[bin];
      }
      CHECK(counts.to_vector<std::int64_t>() == wanted);
    }
  }
}

TEST_CASE("histogram: elements at an end that float32 rounds outwards are counted") {
  // float(0.1) > 0.1 and float(0.7) < 0.7
  CHECK(histogram(full({5}, 0.1), 10, 0, 0.1).counts(-1).item() == 5);
  CHECK(histogram(full({5}, 0.7), 10, 0.7, 1).counts(0).item() == 5);
}
