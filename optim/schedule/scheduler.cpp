#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/optim/schedule/scheduler.hpp>
#include <cinta/optim/state.hpp>
#include <cmath>
#include <limits>

namespace cinta::optim {

Scheduler::Scheduler(Optimizer& optimizer, Schedule schedule, std::string option, Site site)
    : schedule_(std::move(schedule)), option_(std::move(option)) {
  std::vector<double> bases;
  for (std::size_t group = 0; group < optimizer.group_count(); ++group) {
    bases.push_back(optimizer.option(option_, group, site));
    drive(optimizer, group);
  }
  set(0, bases, site);
}

Scheduler::Scheduler(Optimizer& optimizer, Schedule schedule, std::string option, std::size_t group,
                     Site site)
    : schedule_(std::move(schedule)), option_(std::move(option)) {
  drive(optimizer, group);
  set(0, {optimizer.option(option_, group, site)}, site);
}

Scheduler::Scheduler(double& number, Schedule schedule, Site site)
    : schedule_(std::move(schedule)), option_("number") {
  targets_.push_back({[&number] { return number; },  //
                      [&number](double value, const Site&) { number = value; }});
  set(0, {number}, site);
}

void Scheduler::drive(Optimizer& optimizer, std::size_t group) {
  targets_.push_back({[&optimizer, group, name = option_] { return optimizer.option(name, group); },
                      [&optimizer, group, name = option_](double value, const Site& place) {
                        optimizer.set_option(name, value, group, place);
                      }});
}

// Where one group refuses its value, those before it get theirs back.
std::vector<double> Scheduler::apply(const std::vector<double>& values, const Site& site) {
  std::vector<double> before;
  for (const Target& target : targets_) before.push_back(target.get());
  std::size_t i = 0;
  try {
    for (; i < values.size(); ++i) targets_[i].set(values[i], site);
  } catch (...) {
    while (i-- > 0) targets_[i].set(before[i], site);
    throw;
  }
  return before;
}

std::vector<double> Scheduler::values_of(std::int64_t count, const std::vector<double>& bases,
                                         const Site& site) const {
  std::vector<double> values;
  for (const double base : bases) {
    values.push_back(schedule_(base, count));
    check_option("Scheduler", option_.c_str(), Range::any, values.back(), site);
  }
  return values;
}

void Scheduler::set(std::int64_t count, const std::vector<double>& bases, const Site& site) {
  apply(values_of(count, bases, site), site);
  bases_ = bases;
  count_ = count;
}

void Scheduler::step(Site site) { set(count_ + 1, bases_, site); }

double Scheduler::value_at(std::int64_t step, std::size_t i) const {
  return schedule_(bases_.at(i), step);
}

State Scheduler::state_dict() const {
  State state = state_of("Scheduler");
  state.values["option"] = option_;
  state.values["step"] = count_;
  state.values["bases"] = bases_;
  return state;
}

std::function<void()> Scheduler::prepare_load(const State& state, Site site) {
  StateReader reader(state, "Scheduler", "Scheduler", site);
  const auto option = reader.value<std::string>("option");
  if (option != option_) reader.refuse("the state is of " + option + ", this drives " + option_);
  const auto count = reader.value<std::int64_t>("step");
  if (count < 0) reader.refuse("step is " + std::to_string(count) + " in the state");
  const auto bases = reader.value<std::vector<double>>("bases");
  if (bases.size() != targets_.size()) {
    reader.refuse("the state is of " + std::to_string(bases.size()) + " groups, there are " +
                  std::to_string(targets_.size()) + " here");
  }
  reader.finish();
  // Refused now or not at all.
  apply(apply(values_of(count, bases, site), site), site);
  return [this, count, bases, site] { set(count, bases, site); };
}

// ---- Plateaus ----

ReduceOnPlateau::ReduceOnPlateau(Optimizer& optimizer, PlateauOptions options, std::string option,
                                 Site site)
    : optimizer_(optimizer),
      options_(options),
      option_(std::move(option)),
      best_(std::numeric_limits<double>::infinity() * (options.maximize ? -1 : 1)) {
  const char* name = "ReduceOnPlateau";
  check_option(name, "factor", Range::fraction, options.factor, site);
  check_option(name, "patience", Range::not_negative, double(options.patience), site);
  check_option(name, "threshold", Range::not_negative, options.threshold, site);
  check_option(name, "cooldown", Range::not_negative, double(options.cooldown), site);
  check_option(name, "minimum", Range::not_negative, options.minimum, site);
  check_option(name, "eps", Range::not_negative, options.eps, site);
  optimizer.option(option_, 0, site);
}

void ReduceOnPlateau::step(double figure, Site site) {
  const PlateauOptions& o = options_;
  const double gain = o.maximize ? figure - best_ : best_ - figure;
  const double margin =
      o.absolute || std::isinf(best_) ? o.threshold : o.threshold * std::abs(best_);
  if (gain > margin) {
    best_ = figure;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (cooling_ > 0) {
    --cooling_;
    bad_ = 0;
  }
  if (bad_ <= o.patience) return;
  cooling_ = o.cooldown;
  bad_ = 0;
  for (std::size_t group = 0; group < optimizer_.group_count(); ++group) {
    const double now = optimizer_.option(option_, group, site);
    const double next = std::max(now * o.factor, o.minimum);
    if (now - next > o.eps) optimizer_.set_option(option_, next, group, site);
  }
}

State ReduceOnPlateau::state_dict() const {
  State state = state_of("ReduceOnPlateau");
  state.values["best"] = best_;
  state.values["bad"] = bad_;
  state.values["cooling"] = cooling_;
  return state;
}

std::function<void()> ReduceOnPlateau::prepare_load(const State& state, Site site) {
  StateReader reader(state, "ReduceOnPlateau", "ReduceOnPlateau", site);
  const auto best = reader.value<double>("best");
  const auto bad = reader.value<std::int64_t>("bad"),
             cooling = reader.value<std::int64_t>("cooling");
  reader.finish();
  return [this, best, bad, cooling] {
    best_ = best;
    bad_ = bad;
    cooling_ = cooling;
  };
}

}  // namespace cinta::optim
