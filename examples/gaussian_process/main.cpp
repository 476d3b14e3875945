// A Gaussian process whose hyperparameters are found by the gradient of the marginal likelihood.

#include <cinta/cinta.hpp>
#include <cinta/ops/map/map.hpp>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "../common/flags.hpp"

using namespace cinta;

namespace {

constexpr std::int64_t count = 25;

// Between all points of both lists: variance * exp(-distance² / (2 length²)).
Tensor covariance(const Tensor& s, const Tensor& t, const Tensor& log_hyper) {
  return map(
      [](auto a, auto b, auto v, auto l) { return exp(2 * v - 0.5 * square((a - b) / exp(l))); },
      unsqueeze(s, 1), t, log_hyper(0), log_hyper(1));
}

// The lower factor of the covariance of what is observed.
Tensor factor(const Tensor& t, const Tensor& log_hyper) {
  return cholesky(covariance(t, t, log_hyper) + exp(2 * log_hyper(2)) * eye(t.size(0), float64));
}

void fit_and_predict() {
  const Tensor t = linspace(0, 1, count, float64), y = sin(6 * t) + 0.1 * cos(40 * t);
  const auto loss = [&](const Tensor& log_hyper) {
    const Tensor l = factor(t, log_hyper);
    return 0.5 * sum(y * cholesky_solve(l, y)) + sum(log(diagonal(l))) +
           0.5 * double(count) * std::log(2 * std::numbers::pi);
  };
  const auto best = optim::minimize::lbfgs(loss, tensor({0, -1, -2}, float64),
                                           {.tolerance_grad = 1e-8, .tolerance_change = 0});
  const auto hyper = exp(best.x).to_vector<double>();
  std::printf("log likelihood %.6f\nscale %.5f length %.5f noise %.5f\n", -best.value, hyper[0],
              hyper[1], hyper[2]);

  // What is expected between the observations and beyond them, and how sure that is.
  const NoGrad no_grad;
  const Tensor at = tensor({0.51, 1.2}, float64), l = factor(t, best.x);
  const Tensor cross = covariance(at, t, best.x), half = solve_triangular(l, transpose(cross));
  const Tensor mean = matmul(cross, cholesky_solve(l, y));
  const Tensor deviation = sqrt(hyper[0] * hyper[0] - sum(half * half, 0));
  for (std::int64_t i = 0; i < 2; ++i)
    std::printf("at %.2f: %.5f +- %.5f\n", at(i).item(), mean(i).item(), deviation(i).item());
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("gaussian_process", [&] {
    CLI::App app("Fits the hyperparameters of a Gaussian process and predicts.",
                 "gaussian_process");
    if (example::parse(app, argc, argv)) fit_and_predict();
  });
}
