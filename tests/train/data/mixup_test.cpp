// train/data: mixup.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/train/data/mixup.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

using namespace cinta;

TEST_CASE("mixup: pairs of rows and of targets with one share") {
  manual_seed(3);
  const Tensor x = from_data(std::vector<double>{0, 1, 2, 3}, {4, 1}), y = x * 10;
  double sum_of_shares = 0, squares = 0;
  constexpr int draws = 4000;
  for (int i = 0; i < draws; ++i) {
    const train::Mixed mixed = train::mixup(x, y, 0.4);
    sum_of_shares += mixed.share;
    squares += (mixed.share - 0.5) * (mixed.share - 0.5);
    if (i > 20) continue;
    CHECK(sum(abs(mixed.targets - mixed.x * 10)).item() < 1e-12);
    CHECK(sum(mixed.x).item() == Approx(6));
    std::vector<double> others;
    for (const double other : ((mixed.x - x * mixed.share) / (1 - mixed.share)).to_vector<double>())
      others.push_back(std::round(other * 1e6) / 1e6);
    if (mixed.share > 0.999) continue;
    std::sort(others.begin(), others.end());
    CHECK(others == std::vector<double>{0, 1, 2, 3});
  }
  // Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)); five standard errors of each.
  CHECK(std::abs(sum_of_shares / draws - 0.5) < 5 * std::sqrt(1 / (4 * 1.8) / draws));
  CHECK(std::abs(squares / draws - 1 / (4 * 1.8)) < 5 * 0.13 / std::sqrt(draws));
  manual_seed(4);
  const double first = train::mixup(x, y, 3).share;
  CHECK(train::mixup(x, y, 3).share != first);
  manual_seed(4);
  CHECK(train::mixup(x, y, 3).share == first);
  CHECK_THROWS_AS(train::mixup(x, from_data(std::vector<std::int64_t>{0, 1, 2, 3}, {4})),
                  DtypeError);
  CHECK_THROWS_AS(train::mixup(x, zeros({3, 1}, float64)), ShapeError);
  CHECK_THROWS_AS(train::mixup(x, y, 0), ValueError);
}
