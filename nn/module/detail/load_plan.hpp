#pragma once
// What loading a state into a module comes to: checked as a whole, then done.

#include <cinta/nn/module/module.hpp>
#include <utility>
#include <vector>

namespace cinta::nn::detail {

struct LoadPlan {
  std::vector<std::pair<Tensor, Tensor>> copies;  ///< the module's, and what it gets
  IncompatibleKeys keys;
};

/// Matches the state with what a module has, `mine`, by name. Throws an error that begins with
/// `who` and lists all that does not fit: `complaints`, missing and unexpected names if `strict`,
/// other shapes and dtypes. A missing name is none if its tensor has another name that is there.
LoadPlan plan_load(const std::string& who, const StateDict& mine, const StateDict& state,
                   bool strict, const Site& site, std::vector<std::string> complaints = {});

void carry_out(const LoadPlan& plan, const Site& site);

}  // namespace cinta::nn::detail
