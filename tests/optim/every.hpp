#pragma once
// Every optimizer by its name, for tests of what they have in common.

#include <cinta/cinta.hpp>
#include <cinta/optim/state.hpp>
#include <functional>
#include <map>
#include <memory>

namespace every {

using namespace cinta;
using Options = std::map<std::string, double>;
using Make = std::function<std::unique_ptr<optim::Optimizer>(const optim::Parameters&)>;

template <class Optimizer>
std::unique_ptr<optim::Optimizer> make_one(const optim::Parameters& parameters) {
  return std::make_unique<Optimizer>(parameters);
}

inline const std::map<std::string, Make>& makers() {
  static const std::map<std::string, Make> all = {
      {"SGD", make_one<optim::SGD>},
      {"Adam", make_one<optim::Adam>},
      {"AdamW", make_one<optim::AdamW>},
      {"NAdam", make_one<optim::NAdam>},
      {"RAdam", make_one<optim::RAdam>},
      {"Adamax", make_one<optim::Adamax>},
      {"Adagrad", make_one<optim::Adagrad>},
      {"RowwiseAdagrad", make_one<optim::RowwiseAdagrad>},
      {"Adadelta", make_one<optim::Adadelta>},
      {"RMSprop", make_one<optim::RMSprop>},
      {"Rprop", make_one<optim::Rprop>},
      {"ASGD", make_one<optim::ASGD>},
      {"Adafactor", make_one<optim::Adafactor>},
      {"Muon", make_one<optim::Muon>},
      {"Lion", make_one<optim::Lion>},
      {"LAMB", make_one<optim::LAMB>},
      {"LARS", make_one<optim::LARS>},
      {"ScheduleFreeAdamW", make_one<optim::ScheduleFreeAdamW>},
      {"FTRL", make_one<optim::FTRL>},
  };
  return all;
}

/// The optimizer of this name with these options, the others as they are by default.
inline std::unique_ptr<optim::Optimizer> make(const std::string& name,
                                              const optim::Parameters& parameters,
                                              const Options& options) {
  auto optimizer = makers().at(name)(parameters);
  for (const auto& [option, value] : options) optimizer->set_option(option, value);
  return optimizer;
}

/// Options of each optimizer that use every part of it, the plain ones first.
inline std::vector<std::pair<std::string, Options>> cases() {
  return {
      {"SGD", {{"lr", 0.05}}},
      {"SGD", {{"lr", 0.05}, {"weight_decay", 0.02}, {"l1", 0.001}}},
      {"SGD", {{"lr", 0.02}, {"momentum", 0.9}, {"dampening", 0.3}, {"weight_decay", 0.02}}},
      {"SGD", {{"lr", 0.02}, {"momentum", 0.8}, {"nesterov", 1}, {"l1", 0.001}}},
      {"Adam", {{"lr", 0.01}}},
      {"Adam", {{"lr", 0.01}, {"weight_decay", 0.02}}},
      {"Adam", {{"lr", 0.01}, {"beta2", 0.99}, {"amsgrad", 1}}},
      {"AdamW", {{"lr", 0.01}, {"weight_decay", 0.05}}},
      {"AdamW", {{"lr", 0.01}, {"weight_decay", 0.05}, {"amsgrad", 1}}},
      {"NAdam", {{"lr", 0.01}}},
      {"NAdam", {{"lr", 0.01}, {"weight_decay", 0.05}, {"decoupled_weight_decay", 1}}},
      {"NAdam", {{"lr", 0.01}, {"weight_decay", 0.02}}},
      {"RAdam", {{"lr", 0.01}}},
      {"RAdam", {{"lr", 0.01}, {"weight_decay", 0.05}, {"decoupled_weight_decay", 1}}},
      {"Adamax", {{"lr", 0.01}}},
      {"Adamax", {{"lr", 0.01}, {"weight_decay", 0.02}}},
      {"Adagrad", {{"lr", 0.05}}},
      {"Adagrad", {{"lr", 0.05}, {"lr_decay", 1e-3}, {"weight_decay", 0.01}}},
      {"RowwiseAdagrad", {{"lr", 0.05}}},
      {"RowwiseAdagrad", {{"lr", 0.05}, {"lr_decay", 1e-3}, {"weight_decay", 0.01}}},
      {"Adadelta", {{"lr", 0.5}}},
      {"Adadelta", {{"lr", 0.5}, {"weight_decay", 0.02}}},
      {"RMSprop", {{"lr", 0.01}}},
      {"RMSprop", {{"lr", 0.01}, {"centered", 1}, {"eps", 1e-3}}},
      {"RMSprop", {{"lr", 0.005}, {"momentum", 0.5}, {"eps", 1e-3}}},
      {"RMSprop",
       {{"lr", 0.005}, {"momentum", 0.5}, {"centered", 1}, {"eps", 0.01}, {"weight_decay", 0.02}}},
      {"Rprop", {{"lr", 0.01}, {"step_max", 0.1}}},
      {"ASGD", {{"lr", 0.05}, {"lambd", 0.01}, {"t0", 50}}},
      {"Lion", {{"lr", 0.003}}},
      {"Lion", {{"lr", 0.003}, {"weight_decay", 0.05}}},
      {"ScheduleFreeAdamW", {{"lr", 0.02}}},
      {"ScheduleFreeAdamW", {{"lr", 0.02}, {"weight_decay", 0.05}, {"warmup_steps", 30}}},
      {"FTRL", {{"lr", 0.1}}},
      {"FTRL", {{"lr", 0.1}, {"l1", 0.05}, {"l2", 0.01}, {"initial_accumulator_value", 0.1}}},
      {"LAMB", {{"lr", 0.01}, {"weight_decay", 0.05}}},
      {"LARS", {{"lr", 0.5}, {"trust_coefficient", 0.02}, {"weight_decay", 0.05}}},
      {"Adafactor", {{"lr", 0.05}, {"weight_decay", 0.05}}},
      {"Muon", {{"lr", 0.01}}},
  };
}

/// Those that refuse row-sparse gradients.
inline bool refuses_rows(const std::string& name) {
  return name == "LAMB" || name == "LARS" || name == "Adafactor" || name == "Muon";
}

}  // namespace every
