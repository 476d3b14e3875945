#include <algorithm>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/optim/option.hpp>
#include <cinta/optim/schedule/schedule.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace cinta::optim {

Schedule::Schedule(Function function, Site site) : function_(std::move(function)) {
  cinta::detail::check_not_empty("Schedule", "function", function_, site);
}

double Schedule::operator()(double base, std::int64_t t) const { return function_(base, t); }

namespace schedule {
namespace {

void check_steps(const char* name, const char* what, std::int64_t steps, const Site& site) {
  check_option(name, what, Range::not_negative, double(steps), site);
}
void check_number(const char* name, const char* what, double value, const Site& site) {
  check_option(name, what, Range::any, value, site);
}

// How much of `total` is over: 1 of nothing.
double share(std::int64_t t, std::int64_t total) {
  return t >= total ? 1 : double(t) / double(total);
}

double half_cosine(double from, double to, double share) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

}  // namespace

Schedule constant(double factor, std::int64_t steps, Site site) {
  check_number("constant", "factor", factor, site);
  check_steps("constant", "steps", steps, site);
  return Schedule([=](double base, std::int64_t t) { return t < steps ? base * factor : base; });
}

Schedule step(std::int64_t every, double gamma, Site site) {
  check_option("step", "every", Range::count, double(every), site);
  check_number("step", "gamma", gamma, site);
  return Schedule(
      [=](double base, std::int64_t t) { return base * std::pow(gamma, double(t / every)); });
}

Schedule multistep(std::vector<std::int64_t> milestones, double gamma, Site site) {
  for (const std::int64_t milestone : milestones)
    check_steps("multistep", "milestones", milestone, site);
  check_number("multistep", "gamma", gamma, site);
  return Schedule([=](double base, std::int64_t t) {
    const auto passed = std::count_if(milestones.begin(), milestones.end(),
                                      [t](std::int64_t milestone) { return milestone <= t; });
    return base * std::pow(gamma, double(passed));
  });
}

Schedule exponential(double gamma, Site site) {
  check_number("exponential", "gamma", gamma, site);
  return Schedule([=](double base, std::int64_t t) { return base * std::pow(gamma, double(t)); });
}

Schedule polynomial(std::int64_t total, double power, Site site) {
  check_steps("polynomial", "total", total, site);
  check_number("polynomial", "power", power, site);
  return Schedule(
      [=](double base, std::int64_t t) { return base * std::pow(1 - share(t, total), power); });
}

Schedule linear(std::int64_t total, double first, double last, Site site) {
  check_steps("linear", "total", total, site);
  check_number("linear", "first", first, site);
  check_number("linear", "last", last, site);
  return Schedule([=](double base, std::int64_t t) {
    return t >= total ? base * last : base * (first + (last - first) * share(t, total));
  });
}

Schedule cosine(std::int64_t total, double minimum, Site site) {
  check_steps("cosine", "total", total, site);
  check_number("cosine", "minimum", minimum, site);
  return Schedule([=](double base, std::int64_t t) {
    return t >= total ? minimum : half_cosine(base, minimum, share(t, total));
  });
}

Schedule cosine_restarts(std::int64_t total, std::int64_t multiply, double minimum, Site site) {
  check_option("cosine_restarts", "total", Range::count, double(total), site);
  check_option("cosine_restarts", "multiply", Range::count, double(multiply), site);
  check_number("cosine_restarts", "minimum", minimum, site);
  return Schedule([=](double base, std::int64_t t) {
    if (multiply == 1) return half_cosine(base, minimum, share(t % total, total));
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    std::int64_t length = total;
    while (t >= length) {
      t -= length;
      length = length > most / multiply ? most : length * multiply;  // longer than any training
    }
    return half_cosine(base, minimum, share(t, length));
  });
}

Schedule inverse_sqrt(std::int64_t steady, Site site) {
  check_option("inverse_sqrt", "steady", Range::count, double(steady), site);
  return Schedule([=](double base, std::int64_t t) {
    return base * std::sqrt(double(steady) / double(t + steady));
  });
}

Schedule lambda(std::function<double(std::int64_t)> factor, Site site) {
  cinta::detail::check_not_empty("lambda", "factor", factor, site);
  return Schedule(
      [factor = std::move(factor)](double base, std::int64_t t) { return base * factor(t); });
}

Schedule warmup_linear(std::int64_t steps, double start, Site site) {
  check_steps("warmup_linear", "steps", steps, site);
  check_number("warmup_linear", "start", start, site);
  return Schedule([=](double base, std::int64_t t) {
    if (t >= steps) return base;
    return base * (start + (1 - start) * double(t + 1) / double(steps + 1));
  });
}

Schedule warmup_exponential(std::int64_t steps, double start, Site site) {
  check_steps("warmup_exponential", "steps", steps, site);
  check_option("warmup_exponential", "start", Range::positive, start, site);
  return Schedule([=](double base, std::int64_t t) {
    return t >= steps ? base : base * std::pow(start, double(steps - t) / double(steps));
  });
}

Schedule one_cycle(std::int64_t total, OneCycleOptions o, Site site) {
  check_option("one_cycle", "total", Range::count, double(total), site);
  check_number("one_cycle", "start", o.start, site);
  check_number("one_cycle", "end", o.end, site);
  check_option("one_cycle", "rise", o.rise >= 0 && o.rise <= (o.three_phases ? 0.5 : 1),
               o.three_phases ? "lie in [0, 0.5]" : "lie in [0, 1]", o.rise, site);
  // Where each phase ends, and with which factor; ends may lie between two steps.
  struct Phase {
    double end, factor;
  };
  const double last = double(total - 1), up = o.rise * double(total) - 1;
  std::vector<Phase> phases = {{up, 1}};
  if (o.three_phases) phases.push_back({2 * up, o.start});
  phases.push_back({last, o.end});
  return Schedule([=](double base, std::int64_t step) {
    const double t = std::min(double(step), last);
    Phase from = {0, o.start};
    for (const Phase& to : phases) {
      if (t <= to.end || &to == &phases.back()) {
        const double part = to.end > from.end ? (t - from.end) / (to.end - from.end) : 1;
        return base * (o.anneal == Anneal::cosine ? half_cosine(from.factor, to.factor, part)
                                                  : from.factor + (to.factor - from.factor) * part);
      }
      from = to;
    }
    return base * o.end;
  });
}

Schedule cyclic(double peak, CyclicOptions o, Site site) {
  check_number("cyclic", "peak", peak, site);
  check_option("cyclic", "up", Range::count, double(o.up), site);
  check_steps("cyclic", "down", o.down, site);
  check_number("cyclic", "gamma", o.gamma, site);
  const std::int64_t length = o.up + (o.down > 0 ? o.down : o.up);
  return Schedule([=](double base, std::int64_t t) {
    const std::int64_t cycle = t / length, within = t % length;
    const double height = within <= o.up ? double(within) / double(o.up)
                                         : double(length - within) / double(length - o.up);
    const double scale = o.cycle == Cycle::halved        ? std::pow(0.5, double(cycle))
                         : o.cycle == Cycle::exponential ? std::pow(o.gamma, double(t))
                                                         : 1;
    return base + base * (peak - 1) * height * scale;
  });
}

Schedule chain(std::vector<Schedule> schedules) {
  return Schedule([schedules = std::move(schedules)](double base, std::int64_t t) {
    for (const Schedule& schedule : schedules) base = schedule(base, t);
    return base;
  });
}

Schedule sequential(std::vector<Schedule> schedules, std::vector<std::int64_t> milestones,
                    Site site) {
  if (schedules.size() != milestones.size() + 1) {
    throw ValueError("sequential: " + std::to_string(schedules.size()) + " schedules need one " +
                         "milestone less, got " + std::to_string(milestones.size()),
                     site);
  }
  for (std::size_t i = 0; i < milestones.size(); ++i) {
    check_option("sequential", "milestones", milestones[i] >= (i == 0 ? 0 : milestones[i - 1]),
                 "grow from 0 on", double(milestones[i]), site);
  }
  return Schedule([schedules = std::move(schedules), milestones = std::move(milestones)](
                      double base, std::int64_t t) {
    const auto turn = std::upper_bound(milestones.begin(), milestones.end(), t);
    const std::int64_t begin = turn == milestones.begin() ? 0 : *(turn - 1);
    return schedules[std::size_t(turn - milestones.begin())](base, t - begin);
  });
}

Schedule with_warmup(std::int64_t steps, Schedule rest, Site site) {
  const NameScope name("with_warmup");
  return sequential({warmup_linear(steps, 0, site), std::move(rest)}, {steps}, site);
}

}  // namespace schedule
}  // namespace cinta::optim
