// A Kalman filter whose log likelihood is differentiated: the local level model, a random walk that
// is observed with noise, in the matrices of the general filter.

#include <cinta/cinta.hpp>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "../common/flags.hpp"

using namespace cinta;

namespace {

struct Model {
  Tensor transition, observation;  // (n, n), (m, n)
  Tensor walk, noise;              // covariances, (n, n) and (m, m)
  Tensor mean, covariance;         // before the first observation, (n) and (n, n)
};

// The log likelihood of observations (time, m).
Tensor log_likelihood(Model model, const Tensor& observations) {
  Tensor total = zeros({}, float64);
  const auto size = double(observations.size(1));
  for (const Tensor& y : unbind(observations)) {
    const Tensor &f = model.transition, &h = model.observation;
    const Tensor mean = matmul(f, model.mean);
    const Tensor p = matmul(f, matmul(model.covariance, transpose(f))) + model.walk;
    const Tensor hp = matmul(h, p), s = matmul(hp, transpose(h)) + model.noise, l = cholesky(s);
    const Tensor surprise = y - matmul(h, mean);
    total = total - 0.5 * sum(surprise * cholesky_solve(l, surprise)) - sum(log(diagonal(l))) -
            0.5 * size * std::log(2 * std::numbers::pi);
    const Tensor gain = transpose(cholesky_solve(l, hp));
    model.mean = mean + matmul(gain, surprise);
    model.covariance = p - matmul(gain, hp);
  }
  return total;
}

void differentiate() {
  const Tensor time = arange(40, float64), one = eye(1, float64);
  const Tensor y = unsqueeze(sin(0.3 * time) + 0.2 * cos(7 * time), 1);
  const Tensor log_variances = tensor({-2, -3}, float64).requires_grad_();
  const Tensor variances = exp(log_variances);
  const Tensor loss = log_likelihood({.transition = one,
                                      .observation = one,
                                      .walk = variances(0) * one,
                                      .noise = variances(1) * one,
                                      .mean = zeros({1}, float64),
                                      .covariance = 4.0 * one},
                                     y);
  loss.backward();
  const Tensor slope = log_variances.grad();
  std::printf("log likelihood %.8f\nslopes %.8f %.8f\n", loss.item(), slope(0).item(),
              slope(1).item());
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("kalman_filter", [&] {
    CLI::App app("Differentiates the log likelihood of a Kalman filter.", "kalman_filter");
    if (example::parse(app, argc, argv)) differentiate();
  });
}
