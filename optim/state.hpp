#pragma once
// What an optimizer, a schedule or an average remembers, as data: to be saved and loaded.

#include <cinta/autograd/tensor.hpp>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// A number, a text, a flag or a list of numbers.
using StateValue = std::variant<double, std::int64_t, std::string, bool, std::vector<double>>;

/// Named tensors, and named values that JSON can hold. What step() of an optimizer reads is in
/// there or in the parameters, so that training goes on as if it had never stopped.
///
/// Names of an optimizer are those of its parameters and what is kept, "hidden.weight/mean";
/// "group.0/lr" is an option of a group.
struct State {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, StateValue> values;

  /// Everything of `part` under "prefix/name".
  void add(const std::string& prefix, const State& part);
};

/// What add() has put under this prefix.
State part_of_state(const State& state, const std::string& prefix);
/// Takes apart what add() has put together: everything else, and what is under this prefix.
std::pair<State, State> split_state(const State& state, const std::string& prefix);

/// The state of an optimizer around another one: each has a prefix, since a parameter can have any
/// name, also that of a prefix.
State wrap_state(const State& own, const State& inner);
/// Takes it apart: own and inner. In files of before only the inner one has a prefix.
std::pair<State, State> unwrap_state(const State& state);

/// Reads a state that must be of one kind: every entry is asked for by its name, and none may be
/// left. Throws ValueError that names the entry.
class StateReader {
 public:
  /// `who` loads it; `kind` is what the state has to be of.
  StateReader(const State& state, std::string who, const std::string& kind, Site site);

  bool has(const std::string& name) const;
  bool has_tensor(const std::string& name) const;
  /// A value of this type; a whole number serves as a double.
  template <class T>
  T value(const std::string& name);
  /// A tensor of this shape and dtype.
  Tensor tensor(const std::string& name, const Spec& spec);
  /// Throws unless everything was read.
  void finish() const;
  /// Throws "who: load_state_dict: what".
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  const StateValue& find(const std::string& name);
  const State& state_;
  std::string who_;
  Site site_;
  std::map<std::string, bool> read_;
};

/// A state that says what it is of.
State state_of(const std::string& kind);

/// The state of this thread's generator of random numbers, for dropout and the like to go on as
/// they would have; and back. Throws ValueError like an optimizer.
State generator_state_dict();
void load_generator_state_dict(const State& state, Site site = {});
/// As Optimizer::prepare_load.
std::function<void()> prepare_generator_load(const State& state, Site site = {});

}  // namespace cinta::optim
#pragma GCC visibility pop
