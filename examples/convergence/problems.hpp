#pragma once
// What is minimized: functions whose minimum is known or can be computed, and a small net.

#include <cinta/autograd/tensor.hpp>
#include <functional>
#include <string>
#include <vector>

namespace convergence {

/// A function of parameters, at its start.
struct Instance {
  cinta::NamedTensors parameters;
  std::function<cinta::Tensor()> loss;
  std::function<cinta::Tensor()> residuals = {};  ///< half of whose squares is the loss, if it is
};

struct Problem {
  std::string name;   ///< of files and flags
  std::string title;  ///< of tables and plots
  std::function<Instance()> make;
  /// What is left of the start's distance from the minimum when there is no more to see: rounding,
  /// or the distance between several minima.
  double least_gap = 1e-14;
};

/// All of them, in the order of the table. `digits` and `diabetes` are files; `rows` of the digits
/// are taken. Throws IoError for a file that is not as it should be.
std::vector<Problem> problems(const std::string& digits, const std::string& diabetes,
                              std::int64_t rows);

}  // namespace convergence
