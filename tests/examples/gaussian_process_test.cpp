// examples/gaussian_process against the optimum that SciPy finds; gaussian_process.py prints it.

#include <cmath>
#include <cstdio>

#include "support/program.hpp"

TEST_CASE("the Gaussian process has SciPy's hyperparameters and predictions") {
  const program::Workplace place;
  const program::Process run = program::run("gaussian_process", place, {}, false);
  REQUIRE(run.code == 0);
  double likelihood = 0, hyper[3] = {}, mean[2] = {}, deviation[2] = {};
  REQUIRE(std::sscanf(run.out.c_str(),
                      "log likelihood %lf scale %lf length %lf noise %lf "
                      "at 0.51: %lf +- %lf at 1.20: %lf +- %lf",
                      &likelihood, &hyper[0], &hyper[1], &hyper[2], &mean[0], &deviation[0],
                      &mean[1], &deviation[1]) == 8);
  CHECK(std::abs(likelihood - 13.171327551) < 1e-5);
  // Where the likelihood is as flat as at its top, a search without gradients has half the digits.
  CHECK(std::abs(hyper[0] - 0.89704) < 1e-4);
  CHECK(std::abs(hyper[1] - 0.29356) < 1e-4);
  CHECK(std::abs(hyper[2] - 0.08011) < 1e-4);
  CHECK(std::abs(mean[0] - 0.08202) < 1e-4);
  CHECK(std::abs(deviation[0] - 0.03410) < 1e-4);
  CHECK(std::abs(mean[1] - 0.42948) < 1e-3);
  CHECK(std::abs(deviation[1] - 0.35617) < 1e-3);
}

TEST_CASE("gaussian_process refuses what it does not know") {
  const program::Workplace place;
  const std::string text = program::refusal("gaussian_process", place, {"--epochs", "3"}, false);
  CHECK(text.find("--epochs") != std::string::npos);
  CHECK(program::run("gaussian_process", place, {"--help"}, false).code == 0);
}
