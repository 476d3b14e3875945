#include <cinta/ops/kernels/optimizer/pending_steps.hpp>
#include <cinta/ops/kernels/optimizer/step_loops.hpp>
#include <cinta/ops/kernels/optimizer/step_tree.hpp>
#include <cmath>
#include <limits>

namespace cinta::kernels {

namespace {

// How many steps a row that is behind has missed on average: only to share out the work.
std::int64_t mean_missed(const std::uint32_t* since, std::int64_t count, std::int64_t now) {
  std::int64_t missed = 0;
  for (std::int64_t i = 0; i < count; ++i) missed += now - since[i];
  return count ? missed / count + 1 : 1;
}

// Of two conversions to float and back side by side g++ 12 makes none at all.
template <class T>
[[gnu::noinline]] double rounded(double x) {
  return double(T(x));
}
double rounded(double x, Dtype dtype) {
  return dispatch_floating(dtype, [=]<class T>() { return rounded<T>(x); });
}

// What a row gets in the steps that it has missed, whatever its dtype.
std::vector<double> zeros(std::int64_t width) { return std::vector<double>(std::size_t(width)); }

// What all laws know: the rule that they begin with, whose states all others have.
class Law : public PendingSteps {
 public:
  Law(const StepRule& first, Dtype dtype) : first_(first), dtype_(dtype) {}

 protected:
  StepTables tables(const Array& parameter, const StepStates& states, const RowList& rows) const {
    return StepTables(first_, parameter, states, rows.width);
  }
  const StepRule& first() const { return first_; }
  Dtype dtype() const { return dtype_; }

 private:
  StepRule first_;
  Dtype dtype_;
};

// --- repeated -------------------------------------------------------------------------------

// The steps themselves.
class Repeated final : public Law {
 public:
  using Law::Law;
  bool takes(const StepRule& rule) const override {
    return rule.formula.index() == first().formula.index();
  }
  // Whether a step without gradient leaves everything as it is.
  bool changes_nothing(const StepRule& rule) const override {
    return rule.decay == 0 && (std::holds_alternative<Sgd<double>>(rule.formula) ||
                               std::holds_alternative<Adagrad<double>>(rule.formula) ||
                               std::holds_alternative<RowwiseAdagrad<double>>(rule.formula));
  }
  void reserve() override { reserve_one(steps_); }
  void append(const StepRule& rule) override { steps_.emplace_back(rule, dtype()); }
  void clear() override { steps_.clear(); }
  void catch_up(const Array& parameter, const StepStates& states, const RowList& rows,
                const std::uint32_t* since) const override {
    const std::int64_t now = std::int64_t(steps_.size());
    const std::vector<double> gradient = zeros(rows.width);
    const StepTables all = tables(parameter, states, rows);
    for_each_row(all, rows, mean_missed(since, rows.count, now),
                 [&](std::int64_t i, std::int64_t start) {
                   void* const p = all.parameter_at(start);
                   const StepStates kept = all.states_at(start);
                   for (std::int64_t t = since[i]; t < now; ++t)
                     steps_[std::size_t(t)](rows.width, gradient.data(), p, kept);
                 });
  }

 private:
  std::vector<ElementStep> steps_;
};

// --- the last one alone ---------------------------------------------------------------------

// FTRL's element is a function of its state, which no step without gradient changes.
class LastFtrl final : public Law {
 public:
  using Law::Law;
  bool takes(const StepRule& rule) const override {
    return std::holds_alternative<Ftrl<double>>(rule.formula) && rule.decay == 0;
  }
  bool changes_nothing(const StepRule& rule) const override {
    const auto& next = std::get<Ftrl<double>>(rule.formula);
    return known_ && next.lr == last_.lr && next.beta == last_.beta && next.l1 == last_.l1 &&
           next.l2 == last_.l2;
  }
  void reserve() override {}
  void append(const StepRule& rule) override {
    last_ = std::get<Ftrl<double>>(rule.formula);
    step_ = ElementStep(rule, dtype());
    known_ = true;
  }
  void clear() override {}
  void catch_up(const Array& parameter, const StepStates& states, const RowList& rows,
                const std::uint32_t*) const override {
    const std::vector<double> gradient = zeros(rows.width);
    const StepTables all = tables(parameter, states, rows);
    for_each_row(all, rows, 1, [&](std::int64_t, std::int64_t start) {
      step_(rows.width, gradient.data(), all.parameter_at(start), all.states_at(start));
    });
  }

 private:
  Ftrl<double> last_ = {};
  ElementStep step_;
  bool known_ = false;
};

// --- maps that compose ----------------------------------------------------------------------

/// The map of all steps since some number, for each row of a list.
template <class Map>
std::vector<Map> maps_since(const StepTree<Map>& tree, const RowList& rows,
                            const std::uint32_t* since) {
  std::vector<Map> maps(static_cast<std::size_t>(rows.count)), of_since;
  if (rows.count > tree.size())  // many rows, few numbers
    for (std::int64_t first = 0; first < tree.size(); ++first)
      of_since.push_back(tree.since(first));
  for (std::size_t i = 0; i < maps.size(); ++i)
    maps[i] = of_since.empty() ? tree.since(since[i]) : of_since[since[i]];
  return maps;
}

/// |w| becomes max(|scale * w| - threshold, 0) and w takes the sign of scale * w.
struct ShrinkMap {
  double scale = 1, threshold = 0;
};
/// Clipping at zero after the last step is enough: once below, |scale| * m - threshold stays there.
ShrinkMap then(const ShrinkMap& a, const ShrinkMap& b) {
  return {b.scale * a.scale, std::abs(b.scale) * a.threshold + b.threshold};
}

// Plain SGD.
class Shrunk final : public Law {
 public:
  using Law::Law;
  bool takes(const StepRule& rule) const override {
    return std::holds_alternative<Sgd<double>>(rule.formula) ||
           std::holds_alternative<SgdSoft<double>>(rule.formula);
  }
  bool changes_nothing(const StepRule& rule) const override {
    return rule.decay == 0 && std::holds_alternative<Sgd<double>>(rule.formula);
  }
  void reserve() override { tree_.reserve(); }
  void append(const StepRule& rule) override {
    const SgdSoft<double>* soft = std::get_if<SgdSoft<double>>(&rule.formula);
    const double lr = soft ? soft->lr : std::get<Sgd<double>>(rule.formula).lr;
    const StepRule scaling{rule.decay, Sgd<double>{lr}};
    tree_.append({*scale_of(scaling, dtype()), soft ? soft->threshold : 0});
  }
  void clear() override { tree_.clear(); }
  void catch_up(const Array& parameter, const StepStates& states, const RowList& rows,
                const std::uint32_t* since) const override {
    const std::vector<ShrinkMap> maps = maps_since(tree_, rows, since);
    const StepTables all = tables(parameter, states, rows);
    dispatch_floating(parameter.dtype, [&]<class T>() {
      for_each_row(all, rows, 1, [&](std::int64_t i, std::int64_t start) {
        T* const row = static_cast<T*>(all.parameter_at(start));
        const T scale = T(maps[std::size_t(i)].scale);
        const T threshold = T(maps[std::size_t(i)].threshold);
        if (threshold == 0) {
          for (std::int64_t k = 0; k < rows.width; ++k) row[k] *= scale;
        } else {
          for (std::int64_t k = 0; k < rows.width; ++k)
            row[k] = soft_threshold(scale * row[k], threshold);
        }
      });
    });
  }

 private:
  StepTree<ShrinkMap> tree_;
};

/// (w, b) becomes (ww * w + wb * b, bw * w + bb * b).
struct MomentumMap {
  double ww = 1, wb = 0, bw = 0, bb = 1;
};
MomentumMap then(const MomentumMap& a, const MomentumMap& b) {
  return {b.ww * a.ww + b.wb * a.bw, b.ww * a.wb + b.wb * a.bb,  //
          b.bw * a.ww + b.bb * a.bw, b.bw * a.wb + b.bb * a.bb};
}

class WithMomentum final : public Law {
 public:
  using Law::Law;
  bool takes(const StepRule& rule) const override {
    return std::holds_alternative<SgdMomentum<double>>(rule.formula);
  }
  bool changes_nothing(const StepRule&) const override { return false; }
  void reserve() override { tree_.reserve(); }
  void append(const StepRule& rule) override {
    const auto& step = std::get<SgdMomentum<double>>(rule.formula);
    const double bw = step.fresh * rule.decay, bb = step.kept;
    tree_.append({1 - step.lr * (step.direct * rule.decay + step.through * bw),
                  -step.lr * step.through * bb, bw, bb});
  }
  void clear() override { tree_.clear(); }
  void catch_up(const Array& parameter, const StepStates& states, const RowList& rows,
                const std::uint32_t* since) const override {
    const std::vector<MomentumMap> maps = maps_since(tree_, rows, since);
    const StepTables all = tables(parameter, states, rows);
    dispatch_floating(parameter.dtype, [&]<class T>() {
      for_each_row(all, rows, 1, [&](std::int64_t i, std::int64_t start) {
        T* const p = static_cast<T*>(all.parameter_at(start));
        T* const b = static_cast<T*>(all.states_at(start)[0]);
        const MomentumMap& map = maps[std::size_t(i)];
        const T ww = T(map.ww), wb = T(map.wb), bw = T(map.bw), bb = T(map.bb);
        for (std::int64_t k = 0; k < rows.width; ++k) {
          const T w = p[k];
          p[k] = ww * w + wb * b[k];
          b[k] = bw * w + bb * b[k];
        }
      });
    });
  }

 private:
  StepTree<MomentumMap> tree_;
};

/// Each of an element's numbers is multiplied by one.
template <std::size_t N>
struct ScaleMap {
  ScaleMap() { factors.fill(1); }
  explicit ScaleMap(const std::array<double, N>& given) : factors(given) {}
  std::array<double, N> factors;
};
template <std::size_t N>
ScaleMap<N> then(const ScaleMap<N>& a, const ScaleMap<N>& b) {
  ScaleMap<N> both;
  for (std::size_t i = 0; i < N; ++i) both.factors[i] = a.factors[i] * b.factors[i];
  return both;
}

// What a step without gradient and decay multiplies an element's state by.
std::array<double, 2> state_scales(const Adadelta<double>& r) { return {r.rho, r.rho}; }
std::array<double, 1> state_scales(const RMSprop<double>& r) { return {r.alpha}; }
std::array<double, 2> state_scales(const RMSpropCentered<double>& r) {
  return {r.alpha, 1 - r.rest};
}

// Rules that leave the element as it is and fade what is kept.
template <template <class> class Rule>
class Faded final : public Law {
 public:
  using Law::Law;
  bool takes(const StepRule& rule) const override {
    return std::holds_alternative<Rule<double>>(rule.formula) && rule.decay == 0;
  }
  bool changes_nothing(const StepRule&) const override { return false; }
  void reserve() override { tree_.reserve(); }
  void append(const StepRule& rule) override {
    auto factors = state_scales(std::get<Rule<double>>(rule.formula));
    for (double& factor : factors) factor = rounded(factor, dtype());
    tree_.append(Map(factors));
  }
  void clear() override { tree_.clear(); }
  void catch_up(const Array& parameter, const StepStates& states, const RowList& rows,
                const std::uint32_t* since) const override {
    const std::vector<Map> maps = maps_since(tree_, rows, since);
    const StepTables all = tables(parameter, states, rows);
    dispatch_floating(parameter.dtype, [&]<class T>() {
      for_each_row(all, rows, 1, [&](std::int64_t i, std::int64_t start) {
        const StepStates kept = all.states_at(start);
        for (std::size_t s = 0; s < Rule<double>::states; ++s) {
          T* const state = static_cast<T*>(kept[s]);
          const T factor = T(maps[std::size_t(i)].factors[s]);
          for (std::int64_t k = 0; k < rows.width; ++k) state[k] *= factor;
        }
      });
    });
  }

 private:
  using Map = ScaleMap<Rule<double>::states>;
  StepTree<Map> tree_;
};

// --- moments --------------------------------------------------------------------------------

double correction_of(const auto& rule) {
  if constexpr (requires { rule.correction; })
    return rule.correction;
  else
    return 1;
}

// What the mean's divisor may shrink by in a step: AMSGrad's stays.
template <class T>
double divisor_fades(const AmsGrad<T>&) {
  return 1;
}
double divisor_fades(const auto& rule) { return std::sqrt(rule.beta2); }

// Adam, AdamW, AMSGrad, NAdam and RAdam: their steps repeated, until what the mean can still add is
// below rounding; from then on all that happens is multiplication.
//
// Without gradient and coupled decay an update u = mean / (root * correction + eps) at one step is
// at most u * correction * q^j after j more, where q is the largest beta1 / (what the root fades
// by): corrections fall towards 1. Relative to an element that itself shrinks, q is divided by the
// least shrink. The geometric series is what all later updates can add.
template <template <class> class Rule>
class Moments final : public Law {
 public:
  using Law::Law;

  bool takes(const StepRule& rule) const override {
    const auto* next = std::get_if<Rule<double>>(&rule.formula);
    if constexpr (std::is_same_v<Rule<double>, RAdam<double>>) {
      // Updates with and without divisor bound nothing of each other.
      if (next && !steps_.empty() && (steps_.back().rule.scaled != 0) != (next->scaled != 0))
        return false;
    }
    return next;
  }
  bool changes_nothing(const StepRule&) const override { return false; }
  void reserve() override {
    reserve_one(steps_);
    decay_.reserve();
  }
  void append(const StepRule& step) override {
    const auto& rule = std::get<Rule<double>>(step.formula);
    steps_.push_back({rule, ElementStep(step, dtype())});
    std::array<double, 1 + Rule<double>::states> factors = {rule.shrink, rule.beta1, rule.beta2};
    if constexpr (Rule<double>::states == 3) factors[3] = 1;  // AMSGrad's largest stays
    for (double& factor : factors) factor = rounded(factor, dtype());
    decay_.append(Map(factors));
    coupled_ = coupled_ || step.decay != 0;
    if constexpr (requires { rule.scaled; }) coupled_ = coupled_ || rule.scaled == 0;
    largest_rate_ = std::max(largest_rate_, rule.rate);
    largest_ratio_ = std::max(largest_ratio_, rule.beta1 / divisor_fades(rule));
    least_shrink_ = std::min(least_shrink_, rule.shrink);
    least_eps_ = std::min(least_eps_, rule.eps);
  }
  void clear() override { *this = Moments(first(), dtype()); }

  void catch_up(const Array& parameter, const StepStates& states, const RowList& rows,
                const std::uint32_t* since) const override {
    const std::int64_t missed = mean_missed(since, rows.count, std::int64_t(steps_.size()));
    const std::vector<double> gradient = zeros(rows.width);
    const StepTables all = tables(parameter, states, rows);
    dispatch_floating(parameter.dtype, [&]<class T>() {
      for_each_row(all, rows, missed, [&](std::int64_t i, std::int64_t start) {
        catch_up_row<T>(since[i], rows.width, gradient.data(), all.parameter_at(start),
                        all.states_at(start));
      });
    });
  }

 private:
  using Map = ScaleMap<1 + Rule<double>::states>;

  // A step, and what decides whether it is the last one that has to be made.
  struct Recorded {
    Rule<double> rule;
    ElementStep step;
  };

  template <class T>
  void catch_up_row(std::int64_t since, std::int64_t width, const void* gradient, void* parameter,
                    const StepStates& states) const {
    T* all[1 + Rule<double>::states] = {static_cast<T*>(parameter)};
    for (std::size_t s = 0; s < Rule<double>::states; ++s) all[s + 1] = static_cast<T*>(states[s]);
    const T *const p = all[0], *const mean = all[1], *const square = all[Rule<double>::states];
    const double ratio = least_shrink_ > 0 ? largest_ratio_ / least_shrink_ : 1;
    const bool may_stop = !coupled_ && ratio < 1 && least_eps_ > 0;
    const auto converged = [&](double correction, double eps) {
      const double later = largest_rate_ * correction * ratio / (1 - ratio);
      for (std::int64_t k = 0; k < width; ++k) {
        const double update =
            std::abs(double(mean[k])) / (std::sqrt(double(square[k])) * correction + eps);
        if (!(later * update <= std::numeric_limits<T>::epsilon() / 4 * std::abs(double(p[k]))))
          return false;
      }
      return true;
    };
    constexpr std::int64_t pause = 16;  // steps between looks
    const std::int64_t now = std::int64_t(steps_.size());
    for (std::int64_t t = since; t < now; ++t) {
      const auto& [rule, step] = steps_[std::size_t(t)];
      if (may_stop && (t - since) % pause == 0 && converged(correction_of(rule), rule.eps)) {
        const Map rest = decay_.since(t);
        for (std::size_t s = 0; s < std::size(all); ++s)
          for (std::int64_t k = 0; k < width; ++k) all[s][k] *= T(rest.factors[s]);
        return;
      }
      step(width, gradient, parameter, states);
    }
  }

  std::vector<Recorded> steps_;
  StepTree<Map> decay_;
  bool coupled_ = false;
  double largest_rate_ = 0, largest_ratio_ = 0, least_shrink_ = 1, least_eps_ = 1;
};

template <template <class> class Rule>
std::unique_ptr<PendingSteps> law_of(const Rule<double>& rule, const StepRule& first, Dtype dtype) {
  using R = Rule<double>;
  if constexpr (std::is_same_v<R, Sgd<double>> || std::is_same_v<R, SgdSoft<double>>) {
    return std::make_unique<Shrunk>(first, dtype);
  } else if constexpr (std::is_same_v<R, SgdMomentum<double>>) {
    return std::make_unique<WithMomentum>(first, dtype);
  } else if constexpr (requires { rule.rate, rule.shrink, rule.beta2; }) {
    return std::make_unique<Moments<Rule>>(first, dtype);
  } else if constexpr (std::is_same_v<R, Ftrl<double>>) {
    if (first.decay == 0) return std::make_unique<LastFtrl>(first, dtype);
  } else if constexpr (requires { state_scales(rule); }) {
    if (first.decay == 0) return std::make_unique<Faded<Rule>>(first, dtype);
  }
  return std::make_unique<Repeated>(first, dtype);
}

}  // namespace

std::unique_ptr<PendingSteps> PendingSteps::starting_with(const StepRule& rule, Dtype dtype) {
  return std::visit([&]<template <class> class Rule>(
                        const Rule<double>& formula) { return law_of(formula, rule, dtype); },
                    rule.formula);
}

std::optional<double> scale_of(const StepRule& rule, Dtype dtype) {
  const auto* sgd = std::get_if<Sgd<double>>(&rule.formula);
  if (!sgd) return {};
  const double part = sgd->lr * rule.decay;
  const bool vanishes = dispatch_floating(
      dtype, [=]<class T>() { return part < std::numeric_limits<T>::epsilon() / 4; });
  return vanishes ? 1 : 1 - part;
}

double sum_of_squares(const Array& table, const RowList& rows) {
  double sum = 0;
  dispatch_floating(table.dtype, [&]<class T>() {
    const T* data = table.data<T>();
    for (std::int64_t i = 0; i < rows.count; ++i) {
      const T* row = data + (rows.ids ? rows.ids[i] : i) * rows.width;
      double of_row = 0;
      for (std::int64_t k = 0; k < rows.width; ++k) of_row += double(row[k]) * double(row[k]);
      sum += of_row;
    }
  });
  return sum;
}

}  // namespace cinta::kernels
