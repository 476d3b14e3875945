// examples/kalman_filter against the recursions of the local level model in plain numbers.

#include <cmath>
#include <cstdio>
#include <numbers>

#include "support/program.hpp"

namespace {

double log_likelihood(double walk, double noise) {
  double mean = 0, variance = 4, total = 0;
  for (int i = 0; i < 40; ++i) {
    const double y = std::sin(0.3 * i) + 0.2 * std::cos(7 * i);
    variance += walk;
    const double f = variance + noise, surprise = y - mean, gain = variance / f;
    total -= 0.5 * (std::log(2 * std::numbers::pi * f) + surprise * surprise / f);
    mean += gain * surprise;
    variance *= 1 - gain;
  }
  return total;
}

}  // namespace

TEST_CASE("the Kalman filter has the likelihood and the slopes of the closed recursions") {
  const program::Workplace place;
  const program::Process run = program::run("kalman_filter", place, {}, false);
  REQUIRE(run.code == 0);
  double value = 0, of_walk = 0, of_noise = 0;
  REQUIRE(std::sscanf(run.out.c_str(), "log likelihood %lf slopes %lf %lf", &value, &of_walk,
                      &of_noise) == 3);
  const auto at = [](double w, double n) { return log_likelihood(std::exp(w), std::exp(n)); };
  const double step = 1e-5;
  CHECK(std::abs(value - at(-2, -3)) < 1e-7);
  CHECK(std::abs(of_walk - (at(-2 + step, -3) - at(-2 - step, -3)) / (2 * step)) < 1e-6);
  CHECK(std::abs(of_noise - (at(-2, -3 + step) - at(-2, -3 - step)) / (2 * step)) < 1e-6);
}

TEST_CASE("kalman_filter refuses what it does not know") {
  const program::Workplace place;
  const std::string text = program::refusal("kalman_filter", place, {"--epochs", "3"}, false);
  CHECK(text.find("--epochs") != std::string::npos);
  CHECK(program::run("kalman_filter", place, {"--help"}, false).code == 0);
}
