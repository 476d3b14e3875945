#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/generator.hpp>
#include <cinta/io/text.hpp>
#include <cinta/optim/state.hpp>

namespace cinta::optim {

namespace {

const char* type_name(const StateValue& value) {
  constexpr const char* names[] = {"a number", "a whole number", "a text", "a flag",
                                   "a list of numbers"};
  return names[value.index()];
}

}  // namespace

void State::add(const std::string& prefix, const State& part) {
  for (const auto& [name, tensor] : part.tensors) tensors[prefix + "/" + name] = tensor;
  for (const auto& [name, value] : part.values) values[prefix + "/" + name] = value;
}

State part_of_state(const State& state, const std::string& prefix) {
  const std::string start = prefix + "/";
  // Its entries are neighbours: of many parts each costs its own alone.
  const auto under_start = [&](const auto& entries, auto& part) {
    for (auto entry = entries.lower_bound(start);
         entry != entries.end() && entry->first.starts_with(start); ++entry)
      part.emplace_hint(part.end(), entry->first.substr(start.size()), entry->second);
  };
  State part;
  under_start(state.tensors, part.tensors);
  under_start(state.values, part.values);
  return part;
}

std::pair<State, State> split_state(const State& state, const std::string& prefix) {
  State rest;
  const std::string start = prefix + "/";
  for (const auto& [name, tensor] : state.tensors)
    if (!name.starts_with(start)) rest.tensors[name] = tensor;
  for (const auto& [name, value] : state.values)
    if (!name.starts_with(start)) rest.values[name] = value;
  return {rest, part_of_state(state, prefix)};
}

State wrap_state(const State& own, const State& inner) {
  State state;
  state.values["kind"] = own.values.at("kind");
  state.add("own", own);
  state.add("inner", inner);
  return state;
}

std::pair<State, State> unwrap_state(const State& state) {
  const auto [rest, inner] = split_state(state, "inner");
  State own = part_of_state(rest, "own");
  return {own.values.contains("kind") ? own : rest, inner};
}

State state_of(const std::string& kind) {
  State state;
  state.values["kind"] = kind;
  return state;
}

StateReader::StateReader(const State& state, std::string who, const std::string& kind, Site site)
    : state_(state), who_(std::move(who)), site_(site) {
  const std::string given = has("kind") ? value<std::string>("kind") : "unknown kind";
  if (given != kind) refuse("the state is one of " + given);
}

void StateReader::refuse(const std::string& what) const {
  // Names and texts may be those of a file.
  throw ValueError(who_ + ": load_state_dict: " + io::escaped(what), site_);
}

bool StateReader::has(const std::string& name) const {
  return state_.values.contains(name) || state_.tensors.contains(name);
}

bool StateReader::has_tensor(const std::string& name) const {
  return state_.tensors.contains(name);
}

const StateValue& StateReader::find(const std::string& name) {
  const auto found = state_.values.find(name);
  if (found == state_.values.end()) refuse(name + " is missing in the state");
  read_[name] = true;
  return found->second;
}

template <class T>
T StateReader::value(const std::string& name) {
  const StateValue& found = find(name);
  if (const T* value = std::get_if<T>(&found)) return *value;
  if constexpr (std::is_same_v<T, double>)
    if (const auto* whole = std::get_if<std::int64_t>(&found)) return double(*whole);
  refuse(name + " is " + type_name(found) + " in the state, and not " + type_name(T()));
}
template double StateReader::value(const std::string& name);
template std::int64_t StateReader::value(const std::string& name);
template std::string StateReader::value(const std::string& name);
template bool StateReader::value(const std::string& name);
template std::vector<double> StateReader::value(const std::string& name);

Tensor StateReader::tensor(const std::string& name, const Spec& spec) {
  const auto found = state_.tensors.find(name);
  if (found == state_.tensors.end()) refuse(name + " is missing in the state");
  read_[name] = true;
  if (found->second.spec() != spec)
    refuse(name + " is " + found->second.spec().str() + " in the state and " + spec.str() +
           " here");
  return found->second;
}

void StateReader::finish() const {
  for (const auto& [name, tensor] : state_.tensors)
    if (!read_.contains(name)) refuse(name + " is in the state, and nothing here has that name");
  for (const auto& [name, value] : state_.values)
    if (!read_.contains(name)) refuse(name + " is in the state, and nothing here has that name");
}

State generator_state_dict() {
  const GeneratorState now = cinta::generator_state();
  State state = state_of("generator");
  state.values["seed"] = std::int64_t(now.seed);
  state.values["next_call"] = std::int64_t(now.next_call);
  return state;
}

void load_generator_state_dict(const State& state, Site site) {
  prepare_generator_load(state, site)();
}

std::function<void()> prepare_generator_load(const State& state, Site site) {
  StateReader reader(state, "generator", "generator", site);
  const auto seed = std::uint64_t(reader.value<std::int64_t>("seed"));
  const auto next_call = std::uint64_t(reader.value<std::int64_t>("next_call"));
  reader.finish();
  return [seed, next_call] { cinta::set_generator_state({seed, next_call}); };
}

}  // namespace cinta::optim
