#pragma once
// What minimizes: every optimizer, with the best of several learning rates, and every minimizer.

#include <limits>

#include "problems.hpp"

namespace convergence {

/// The values on the way, by the passes (runs of the function or products with its Hessian, each
/// with what differentiates them) that they took.
struct Way {
  std::string method;
  bool minimizer = false;
  double lr = std::numeric_limits<double>::quiet_NaN();  ///< NaN for minimizers
  std::vector<double> passes = {}, values = {};
  std::string end = {};  ///< why a minimizer stopped

  bool ran() const { return !values.empty(); }
  double lowest() const;
};

/// The names of all methods, optimizers first.
std::vector<std::string> optimizers();
std::vector<std::string> minimizers();

/// Each of them on a problem. An optimizer that refuses the problem's parameters, such as Muon for
/// what is no matrix, has an empty way.
Way optimize(const std::string& optimizer, const Problem& problem, int steps);
Way minimize(const std::string& minimizer, const Problem& problem);

}  // namespace convergence
