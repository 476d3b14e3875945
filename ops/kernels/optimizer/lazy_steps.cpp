#include <algorithm>
#include <cinta/ops/kernels/optimizer/lazy_steps.hpp>
#include <cinta/ops/kernels/optimizer/step_elements.hpp>
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

}  // namespace

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

ShrinkMap shrink_map(const SgdStep& step, double threshold, Dtype dtype) {
  const double part = step.lr * step.weight_decay;
  const bool vanishes = dispatch_floating(
      dtype, [=]<class T>() { return part < std::numeric_limits<T>::epsilon() / 4; });
  return {vanishes ? 1 : 1 - part, threshold};
}

void shrink_rows(const Array& parameter, const RowList& rows, const ShrinkMap* maps) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    for_each_row(rows, 1, {p}, [&](std::int64_t i, std::int64_t start) {
      const T scale = T(maps[i].scale), threshold = T(maps[i].threshold);
      T* row = p + start;
      if (threshold == 0) {
        for (std::int64_t k = 0; k < rows.width; ++k) row[k] *= scale;
      } else {
        for (std::int64_t k = 0; k < rows.width; ++k)
          row[k] = soft_threshold(scale * row[k], threshold);
      }
    });
  });
}

MomentumMap momentum_map(const SgdStep& step) {
  const double kept = step.first ? 0 : step.momentum, fresh = step.first ? 1 : 1 - step.dampening;
  const double bw = fresh * step.weight_decay, bb = kept;
  // w moves by lr times b, or with Nesterov by lr times (weight_decay * w + momentum * b).
  const double direct = step.nesterov ? step.weight_decay : 0;
  const double through = step.nesterov ? step.momentum : 1;
  return {1 - step.lr * (direct + through * bw), -step.lr * through * bb, bw, bb};
}

void momentum_rows(const Array& parameter, const Array& buffer, const RowList& rows,
                   const MomentumMap* maps) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    T* b = buffer.data<T>();
    for_each_row(rows, 1, {p, b}, [&](std::int64_t i, std::int64_t start) {
      const T ww = T(maps[i].ww), wb = T(maps[i].wb), bw = T(maps[i].bw), bb = T(maps[i].bb);
      for (std::int64_t k = start; k < start + rows.width; ++k) {
        const T w = p[k];
        p[k] = ww * w + wb * b[k];
        b[k] = bw * w + bb * b[k];
      }
    });
  });
}

void sgd_replay(const Array& parameter, const Array& buffer, const RowList& rows,
                const std::uint32_t* since, std::span<const SgdSoftStep> steps) {
  const std::int64_t now = std::int64_t(steps.size());
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    T* b = buffer.data<T>();
    for_each_row(rows, mean_missed(since, rows.count, now), {p, b},
                 [&](std::int64_t i, std::int64_t start) {
                   for (std::int64_t t = since[i]; t < now; ++t) {
                     const SgdElement<T> element(steps[std::size_t(t)].step,
                                                 steps[std::size_t(t)].threshold);
                     for (std::int64_t k = start; k < start + rows.width; ++k)
                       element.with_momentum(p[k], T(0), b[k]);
                     element.soften(p + start, rows.width);
                   }
                 });
  });
}

// Of two conversions to float and back side by side g++ 12 makes none at all.
template <class T>
[[gnu::noinline]] static double rounded(double x) {
  return double(T(x));
}

void AdamSteps::append(const AdamRates& step, Dtype dtype) {
  steps_.push_back(step);
  dispatch_floating(dtype, [&]<class T>() {
    decay_.append({rounded<T>(step.shrink), rounded<T>(step.beta1), rounded<T>(step.beta2)});
  });
  coupled_ = coupled_ || step.coupled != 0;
  largest_rate_ = std::max(largest_rate_, step.rate);
  largest_ratio_ = std::max(largest_ratio_, step.beta1 / std::sqrt(step.beta2));
  least_shrink_ = std::min(least_shrink_, step.shrink);
  least_eps_ = std::min(least_eps_, step.eps);
}

// Without gradients and coupled decay, an update u = m / (sqrt(v) * correction + eps) at one step
// is at most u * correction * q^j after j more, where q is the largest beta1 / sqrt(beta2): m
// shrinks by beta1, sqrt(v) by sqrt(beta2), and corrections fall towards 1. Relative to a parameter
// that itself shrinks, q is divided by the least shrink. The geometric series is what all later
// updates can add; once that is below rounding everywhere in the row, products do the rest.
template <class T>
void AdamSteps::catch_up_row(T* p, T* m, T* v, std::int64_t width, std::int64_t since) const {
  const double ratio = least_shrink_ > 0 ? largest_ratio_ / least_shrink_ : 1;
  const bool may_stop = !coupled_ && ratio < 1 && least_eps_ > 0;
  const auto converged = [&](double correction, double eps) {
    const double later = largest_rate_ * correction * ratio / (1 - ratio);
    for (std::int64_t k = 0; k < width; ++k) {
      const double update = std::abs(double(m[k])) / (std::sqrt(double(v[k])) * correction + eps);
      if (!(later * update <= std::numeric_limits<T>::epsilon() / 4 * std::abs(double(p[k]))))
        return false;
    }
    return true;
  };
  constexpr std::int64_t pause = 16;  // steps between looks
  const std::int64_t now = std::int64_t(steps_.size());
  for (std::int64_t t = since; t < now; ++t) {
    const AdamRates& step = steps_[std::size_t(t)];
    if (may_stop && (t - since) % pause == 0 && converged(step.correction, step.eps)) {
      const Decay rest = decay_.since(t);
      for (std::int64_t k = 0; k < width; ++k) {
        p[k] *= T(rest.parameter);
        m[k] *= T(rest.mean);
        v[k] *= T(rest.square);
      }
      return;
    }
    const AdamElement<T> element(step);
    for (std::int64_t k = 0; k < width; ++k) element(p[k], T(0), m[k], v[k]);
  }
}

void AdamSteps::catch_up(const Array& parameter, const Array& mean, const Array& square,
                         const RowList& rows, const std::uint32_t* since) const {
  const std::int64_t missed = mean_missed(since, rows.count, std::int64_t(steps_.size()));
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    T* m = mean.data<T>();
    T* v = square.data<T>();
    for_each_row(rows, missed, {p, m, v}, [&](std::int64_t i, std::int64_t start) {
      catch_up_row(p + start, m + start, v + start, rows.width, since[i]);
    });
  });
}

void adagrad_replay(const Array& parameter, const Array& sum, const RowList& rows,
                    const std::uint32_t* since, std::span<const AdagradStep> steps) {
  const std::int64_t now = std::int64_t(steps.size());
  dispatch_floating(parameter.dtype, [&]<class T>() {
    T* p = parameter.data<T>();
    T* s = sum.data<T>();
    for_each_row(rows, mean_missed(since, rows.count, now), {p, s},
                 [&](std::int64_t i, std::int64_t start) {
                   for (std::int64_t t = since[i]; t < now; ++t) {
                     const AdagradElement<T> element(steps[std::size_t(t)]);
                     for (std::int64_t k = start; k < start + rows.width; ++k)
                       element(p[k], T(0), s[k]);
                   }
                 });
  });
}

}  // namespace cinta::kernels
