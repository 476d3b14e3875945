#include <algorithm>
#include <cctype>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/trial/detail/hyperparameter_table.hpp>
#include <cmath>
#include <limits>

namespace cinta::train {

namespace detail {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not deduce it

std::string to_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string outside(const std::string& text, const std::string& low, const std::string& high) {
  return text + " is not between " + low + " and " + high;
}

std::string refusal_of(const RealRange& range, double value) {
  if (!(value >= range.low && value <= range.high))
    return outside(to_text(value), to_text(range.low), to_text(range.high));
  if (range.step > 0) {
    // A step such as 0.1 is not a binary number, so what is on the grid is a rounding beside it.
    const double place = (value - range.low) / range.step;
    if (std::abs(place - std::round(place)) > 1e-6)
      return to_text(value) + " is not " + to_text(range.low) + " and a multiple of " +
             to_text(range.step);
  }
  return "";
}

std::string refusal_of(const WholeRange& range, std::int64_t value) {
  if (value < range.low || value > range.high)
    return outside(std::to_string(value), std::to_string(range.low), std::to_string(range.high));
  if (std::uint64_t(value) - std::uint64_t(range.low) != 0 &&
      (std::uint64_t(value) - std::uint64_t(range.low)) % std::uint64_t(range.step) != 0)
    return std::to_string(value) + " is not " + std::to_string(range.low) + " and a multiple of " +
           std::to_string(range.step);
  return "";
}

std::string refusal_of(const Choices& choices, const std::string& value) {
  return has(choices.names, value) ? "" : "'" + value + "' is not one of " + joined(choices.names);
}

std::string refusal_of(const Flag&, bool) { return ""; }

template <class T>
T number(const std::string& text, const char* kind) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw ValueError("'" + text + "' is not a " + kind + " number");
  return value;
}

/// What is wrong with a range in itself.
std::string fault(const RealRange& range) {
  if (!std::isfinite(range.low) || !std::isfinite(range.high) || !(range.low < range.high) ||
      !std::isfinite(range.high - range.low))
    return "low must be below high, both finite";
  if (range.log && !(range.low > 0)) return "log needs a positive low";
  if (range.log && range.step != 0) return "log and step exclude each other";
  if (!(range.step >= 0) || range.step > range.high - range.low) return "step is out of range";
  if (range.step > 0 && !refusal_of(range, range.high).empty()) return "the steps miss high";
  return "";
}

std::string fault(const WholeRange& range) {
  if (range.low >= range.high) return "low must be below high";
  if (range.log && range.low < 1) return "log needs a positive low";
  if (range.log && range.step != 1) return "log and step exclude each other";
  if (range.step < 1) return "step must be positive";
  if (!refusal_of(range, range.high).empty()) return "the steps miss high";
  return "";
}

std::string fault(const Choices& choices) {
  if (choices.names.size() < 2) return "needs two names at least";
  for (std::size_t i = 0; i < choices.names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (choices.names[i] == choices.names[j]) return "'" + choices.names[i] + "' stands twice";
  return "";
}

std::string fault(const Flag&) { return ""; }

bool plain(const std::string& name) {
  return !name.empty() && name[0] != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

void declare(HyperparameterTable& table, Hyperparameter row, Site site) {
  const auto refuse = [&](const std::string& why) {
    throw ValueError("Hyperparameters: '" + row.name + "': " + why, site);
  };
  if (!plain(row.name)) refuse("a name has letters, digits, - and _ only");
  for (const char* taken : {"help", "config", "describe-space", "trial"})
    if (row.name == taken) refuse("that flag means something else");
  if (table.find(row.name)) refuse("is declared already");
  const std::string wrong = std::visit([](const auto& range) { return fault(range); }, row.range);
  if (!wrong.empty()) refuse(wrong);
  row.initial = row.value();
  if (const std::string why = row.refusal(row.initial); !why.empty()) refuse("default " + why);
  if (const When& when = row.when(); !when.name.empty()) {
    const Hyperparameter* other = table.find(when.name);
    if (!other) refuse("its condition '" + when.name + "' is not declared before it");
    if (when.is.empty()) refuse("its condition has no values");
    for (const std::string& text : when.is) {
      if (!std::holds_alternative<Choices>(other->range) &&
          !std::holds_alternative<Flag>(other->range))
        refuse("its condition '" + when.name + "' is neither a choice nor a flag");
      const bool known = std::holds_alternative<Flag>(other->range)
                             ? text == "true" || text == "false"
                             : other->refusal(text).empty();
      if (!known) refuse("its condition: '" + when.name + "' is never '" + text + "'");
    }
  }
  table.rows.push_back(std::move(row));
}

}  // namespace

const When& Hyperparameter::when() const {
  return std::visit([](const auto& r) -> const When& { return r.when; }, range);
}

HyperparameterValue Hyperparameter::value() const {
  return std::visit(Overloaded{[](const int* v) -> HyperparameterValue { return std::int64_t(*v); },
                               [](const auto* v) -> HyperparameterValue { return *v; }},
                    variable);
}

std::string Hyperparameter::refusal(const HyperparameterValue& value) const {
  return std::visit(
      Overloaded{[](const RealRange& r, double v) { return refusal_of(r, v); },
                 [](const WholeRange& r, std::int64_t v) { return refusal_of(r, v); },
                 [](const Choices& r, const std::string& v) { return refusal_of(r, v); },
                 [](const Flag& r, bool v) { return refusal_of(r, v); },
                 [](const auto&, const auto&) { return std::string("has another type"); }},
      range, value);
}

HyperparameterValue Hyperparameter::parse(const std::string& text) const {
  return std::visit(Overloaded{[&](const RealRange&) -> HyperparameterValue {
                                 return number<double>(text, "real");
                               },
                               [&](const WholeRange&) -> HyperparameterValue {
                                 return number<std::int64_t>(text, "whole");
                               },
                               [&](const Choices&) -> HyperparameterValue { return text; },
                               [&](const Flag&) -> HyperparameterValue {
                                 if (text != "true" && text != "false")
                                   throw ValueError("'" + text + "' is neither true nor false");
                                 return text == "true";
                               }},
                    range);
}

std::string to_text(const HyperparameterValue& value) {
  return std::visit(
      Overloaded{[](bool v) { return std::string(v ? "true" : "false"); },
                 [](std::int64_t v) { return std::to_string(v); },
                 [](double v) { return to_text(v); }, [](const std::string& v) { return v; }},
      value);
}

const Hyperparameter* HyperparameterTable::find(const std::string& name) const {
  for (const Hyperparameter& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

HyperparameterValue HyperparameterTable::value_of(const Hyperparameter& row,
                                                  const HyperparameterValues& given) const {
  const auto found = given.find(row.name);
  return found == given.end() ? row.value() : found->second;
}

bool HyperparameterTable::counts(const Hyperparameter& row,
                                 const HyperparameterValues& given) const {
  const When& when = row.when();
  if (when.name.empty()) return true;
  const Hyperparameter& other = *find(when.name);
  return counts(other, given) && has(when.is, to_text(value_of(other, given)));
}

void HyperparameterTable::assign(const HyperparameterValues& given, const std::string& source) {
  for (const auto& [name, value] : given) {
    const Hyperparameter& row = *find(name);
    const std::string of = source + name + ": ";
    const auto refuse = [&](const std::string& why) { throw ValueError(of + why); };
    if (const std::string why = row.refusal(value); !why.empty()) refuse(why);
    if (!counts(row, given))
      refuse("counts only where " + row.when().name + " is " + joined(row.when().is));
  }
  for (const auto& [name, value] : given) {
    std::visit(Overloaded{[](int* variable, std::int64_t v) { *variable = int(v); },
                          []<class T>(T* variable, const T& v) { *variable = v; },
                          [](const auto&, const auto&) {}},
               find(name)->variable, value);
  }
}

}  // namespace detail

using detail::declare;

Hyperparameters::Hyperparameters(std::string program)
    : table_(std::make_unique<detail::HyperparameterTable>()) {
  table_->program = std::move(program);
}

Hyperparameters::~Hyperparameters() = default;

void Hyperparameters::add(const std::string& name, double& value, const RealRange& range,
                          const std::string& help, Site site) {
  declare(*table_, {name, help, &value, range, {}}, site);
}

void Hyperparameters::add(const std::string& name, std::int64_t& value, const WholeRange& range,
                          const std::string& help, Site site) {
  declare(*table_, {name, help, &value, range, {}}, site);
}

void Hyperparameters::add(const std::string& name, int& value, const WholeRange& range,
                          const std::string& help, Site site) {
  if (range.low < std::numeric_limits<int>::min() || range.high > std::numeric_limits<int>::max())
    throw ValueError("Hyperparameters: '" + name + "': the range is larger than its variable",
                     site);
  declare(*table_, {name, help, &value, range, {}}, site);
}

void Hyperparameters::add(const std::string& name, std::string& value, const Choices& choices,
                          const std::string& help, Site site) {
  declare(*table_, {name, help, &value, choices, {}}, site);
}

void Hyperparameters::add(const std::string& name, bool& value, const std::string& help,
                          const When& when, Site site) {
  declare(*table_, {name, help, &value, detail::Flag{when}, {}}, site);
}

void Hyperparameters::objective(const std::string& name, Direction direction, Site site) {
  if (!detail::plain(name) || name == "step")
    throw ValueError("Hyperparameters: objective '" + name +
                         "': a name has letters, digits, - and _ only, and is not step",
                     site);
  for (const auto& other : table_->objectives)
    if (other.name == name)
      throw ValueError("Hyperparameters: objective '" + name + "' is declared already", site);
  table_->objectives.push_back({name, direction});
}

void Hyperparameters::steps(const int& count) { table_->steps = &count; }

void Hyperparameters::set(const std::string& json, const std::string& source) {
  table_->assign(detail::read_configuration(*table_, json, source), source + ": ");
}

const std::string& Hyperparameters::trial_folder() const { return table_->trial_folder; }

}  // namespace cinta::train
