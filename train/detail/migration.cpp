#include <cinta/autograd/core/error.hpp>
#include <cinta/train/detail/migration.hpp>
#include <iterator>

namespace cinta::train::detail {
namespace {

/// The parts of one kind, each as what stands before its entries: "data/".
std::vector<std::string> parts_of_kind(const optim::State& state, const std::string& kind) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : state.values)
    if (name.ends_with("/kind") && value == optim::StateValue(kind))
      parts.push_back(name.substr(0, name.size() - 4));
  return parts;
}

bool take_flag(optim::State& state, const std::string& name) {
  const auto found = state.values.find(name);
  if (found == state.values.end() || !std::holds_alternative<bool>(found->second))
    throw ValueError("there is no flag '" + name + "', which version 1 wrote");
  const bool flag = std::get<bool>(found->second);
  state.values.erase(found);
  return flag;
}

/// Version 1 did not tell a loader that shuffles from one with an order of the program's, nor
/// whether a last batch was merged into the one before.
void from_1_to_2(optim::State& state) {
  for (const std::string& part : parts_of_kind(state, "DataLoader")) {
    const bool ordered = take_flag(state, part + "shuffle"),
               dropped = take_flag(state, part + "drop_last");
    state.values[part + "order"] = std::string(ordered ? "shuffled or given" : "as they lie");
    state.values[part + "last"] = std::string(dropped ? "dropped" : "kept or merged");
  }
}

/// By the version that they start from.
constexpr void (*steps[])(optim::State&) = {from_1_to_2};
static_assert(std::size(steps) == format_version - 1);

}  // namespace

void bring_up_to_date(optim::State& state, std::int64_t version) {
  for (std::int64_t next = version; next < format_version; ++next) steps[next - 1](state);
}

}  // namespace cinta::train::detail
