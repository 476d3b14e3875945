#pragma once
// Declared hyperparameters, and values on their way to the variables.

#include <cinta/train/trial/hyperparameters.hpp>
#include <map>
#include <variant>

namespace cinta::train::detail {

using HyperparameterValue = std::variant<bool, std::int64_t, double, std::string>;
using HyperparameterValues = std::map<std::string, HyperparameterValue>;
using HyperparameterVariable = std::variant<bool*, int*, std::int64_t*, double*, std::string*>;

struct Flag {
  When when = {};
};

struct Hyperparameter {
  std::string name, help;
  HyperparameterVariable variable;
  std::variant<RealRange, WholeRange, Choices, Flag> range;
  HyperparameterValue initial;

  const When& when() const;
  HyperparameterValue value() const;
  /// Why it cannot have this value; empty if it can.
  std::string refusal(const HyperparameterValue& value) const;
  /// From the command line. Throws ValueError.
  HyperparameterValue parse(const std::string& text) const;
};

/// "0.003", "sgd", "true".
std::string to_text(const HyperparameterValue& value);

struct HyperparameterTable {
  struct Objective {
    std::string name;
    Direction direction;
  };

  std::string program;
  std::vector<Hyperparameter> rows;  // conditions are on earlier ones
  std::vector<Objective> objectives;
  const int* steps = nullptr;
  std::string trial_folder;

  const Hyperparameter* find(const std::string& name) const;
  /// The value of a row, given those that are to be set.
  HyperparameterValue value_of(const Hyperparameter& row, const HyperparameterValues& given) const;
  bool counts(const Hyperparameter& row, const HyperparameterValues& given) const;
  /// Sets variables, or throws ValueError with `source` in front and changes nothing.
  void assign(const HyperparameterValues& given, const std::string& source);
};

/// Reads a configuration's text, names and types checked and no ranges. Throws ValueError.
HyperparameterValues read_configuration(const HyperparameterTable& table, const std::string& json,
                                        const std::string& source);

}  // namespace cinta::train::detail
