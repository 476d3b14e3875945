#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/io/text.hpp>
#include <cinta/nn/module/detail/load_plan.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <set>
#include <unordered_map>

namespace cinta::nn::detail {

namespace {

/// Floating tensors are converted into each other; flags and whole numbers have to be what they
/// are.
bool fits(const Spec& given, const Spec& mine) {
  const bool converts = is_floating(given.dtype) && is_floating(mine.dtype);
  return given.shape == mine.shape && (converts || given.dtype == mine.dtype);
}

void list(std::vector<std::string>& complaints, const char* what,
          const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::string text = what;
  for (const std::string& name : names) text += " " + name;
  complaints.push_back(text);
}

}  // namespace

LoadPlan plan_load(const std::string& who, const StateDict& mine, const StateDict& state,
                   bool strict, const Site& site, std::vector<std::string> complaints) {
  LoadPlan plan;
  std::unordered_map<std::string, const Tensor*> given;
  std::vector<std::string> twice;
  for (const auto& [name, tensor] : state)
    if (!given.emplace(name, &tensor).second) twice.push_back(name);
  list(complaints, "given twice:", twice);

  std::vector<std::string> misshaped;
  std::set<std::pair<const void*, std::string>> loaded;  // memory, spec
  std::vector<std::pair<std::string, const Tensor*>> absent;
  const auto identity = [](const Tensor& x) { return std::pair(x.impl()->memory, x.spec().str()); };
  for (const auto& [name, tensor] : mine) {
    const auto found = given.find(name);
    if (found == given.end()) {
      absent.emplace_back(name, &tensor);
      continue;
    }
    const Tensor& source = *found->second;
    if (!source.defined())
      misshaped.push_back(name + " is undefined in the state");
    else if (!fits(source.spec(), tensor.spec()))
      misshaped.push_back(name + " is " + tensor.spec().str() + " here and " + source.spec().str() +
                          " in the state");
    plan.copies.emplace_back(tensor, source);
    loaded.insert(identity(tensor));
    given.erase(found);
  }
  for (const auto& [name, tensor] : absent)
    if (!loaded.contains(identity(*tensor))) plan.keys.missing.push_back(name);
  for (const auto& [name, tensor] : state)
    if (given.contains(name)) plan.keys.unexpected.push_back(name);

  if (strict) {
    list(complaints, "missing:", plan.keys.missing);
    list(complaints, "unexpected:", plan.keys.unexpected);
  }
  const bool shapes_alone = complaints.empty();
  complaints.insert(complaints.end(), misshaped.begin(), misshaped.end());
  if (complaints.empty()) return plan;
  std::string text = who + ":";
  for (std::size_t i = 0; i < complaints.size(); ++i)  // with names that may be those of a file
    text += (i ? "; " : " ") + io::escaped(complaints[i]);
  if (shapes_alone) throw ShapeError(text, site);
  throw ValueError(text, site);
}

void carry_out(const LoadPlan& plan, const Site& site) {
  const NoGrad no_grad;
  for (const auto& [mine, given] : plan.copies) copy_(mine, given, site);
}

}  // namespace cinta::nn::detail
