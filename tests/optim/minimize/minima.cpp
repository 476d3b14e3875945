// Every minimizer on standard problems against SciPy: see minima.py.

#include <cinta/optim/minimize/conjugate_gradient.hpp>
#include <cinta/optim/minimize/fista.hpp>
#include <cinta/optim/minimize/lbfgs.hpp>
#include <cinta/optim/minimize/lbfgsb.hpp>
#include <cinta/optim/minimize/least_squares.hpp>
#include <cinta/optim/minimize/newton_cg.hpp>
#include <fstream>
#include <sstream>

#include "optim/minimize/problems.hpp"
#include "support/catch_compat.hpp"

using namespace cinta;
using namespace cinta::optim::minimize;

namespace {

Minimum<Tensor> minimum_of(const std::string& minimizer, const std::string& problem) {
  const Tensor start = problems::start_of(problem);
  const double tolerance = problem == "Logistic" ? 1e-10 : 1e-8;  // it is flat
  const problems::Function f = minimizer == "least_squares" ? problems::residuals().at(problem)
                                                            : problems::value_of(problem);
  if (minimizer == "lbfgs")
    return lbfgs(f, start, {.tolerance_grad = tolerance, .tolerance_change = 0});
  if (minimizer == "lbfgsb") {
    LbfgsbOptions options{.tolerance_grad = tolerance, .tolerance_change = 0};
    if (problem == "BoundedQuadratic") options.low = -0.1, options.high = 0.4;
    if (problem == "BoundedRosenbrock") options.low = -1.5, options.high = 0.8;
    return lbfgsb(f, start, options);
  }
  if (minimizer == "conjugate_gradient") {
    // Its steps shrink slowly: where curvature is below 1, a gradient of 1e-8 leaves x further
    // away.
    return conjugate_gradient(f, start, {.tolerance_grad = std::min(tolerance, 2e-9)});
  }
  if (minimizer == "newton_cg") return newton_cg(f, start, {.tolerance_grad = tolerance});
  if (minimizer == "least_squares") {
    return least_squares(
        f, start, {.tolerance_grad = 1e-15, .tolerance_change = 1e-15, .tolerance_step = 1e-12});
  }
  REQUIRE(minimizer == "fista");
  return fista(f, start, {.penalty = {.l1 = 0.05}, .tolerance_grad = 1e-10});
}

}  // namespace

TEST_CASE("every minimizer finds the minima of standard problems") {
  std::ifstream in(CINTA_SOURCE_DIR "/tests/optim/minimize/minima.txt");
  REQUIRE(in);
  int lines = 0;
  std::printf("%-19s %-18s %10s %10s   %s\n", "minimizer", "problem", "runs", "SciPy's", "error");
  for (std::string line; std::getline(in, line); ++lines) {
    std::istringstream words(line);
    std::string minimizer, problem;
    int scipy_runs = 0;
    double scipy_value = 0, value = 0;
    words >> minimizer >> problem >> scipy_runs >> scipy_value >> value;
    INFO(minimizer << " " << problem);
    const Minimum<Tensor> found = minimum_of(minimizer, problem);
    INFO(found.str() << ", gradient " << found.gradient_norm);
    // Rounding of the value, 1e12 at the start, hides the last steps from conjugate gradients; from
    // SciPy's as well.
    const bool hidden = minimizer == "conjugate_gradient" && problem == "Brown";
    CHECK(found.converged() != hidden);
    // How many there are at the end depends on rounding, hence on the instruction set. Of the lasso
    // it is the sweeps of a coordinate descent.
    if (!hidden && problem != "Lasso") CHECK(double(found.evaluations) <= 1.3 * scipy_runs + 15);
    if (problem == "Lasso") CHECK(found.evaluations <= 48);
    if (problem.starts_with("Bounded")) CHECK(double(found.evaluations) <= 1.1 * scipy_runs + 2);
    CHECK(std::abs(found.value - value) <= 1e-8 * std::max(1.0, std::abs(value)));
    const std::vector<double> x = found.x.to_vector<double>();
    double error = 0;
    std::size_t count = 0;
    for (double expected; words >> expected; ++count) {
      REQUIRE(count < x.size());
      error = std::max(error, std::abs(x[count] - expected) / std::max(1.0, std::abs(expected)));
    }
    CHECK(count == x.size());
    // The Hessian is singular there, so that a gradient of 1e-8 says little about x.
    CHECK(error <= (problem == "Powell" ? 1e-2 : 1e-8));
    std::printf("%-19s %-18s %10d %10d   %.1e\n", minimizer.c_str(), problem.c_str(),
                int(found.evaluations), scipy_runs, error);
  }
  CHECK(lines == 47);
}
