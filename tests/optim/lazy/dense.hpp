#pragma once
// A table that is trained by plain loops over all rows, for others to be held against.

#include <array>
#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>
#include <sstream>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

namespace lazy {

using namespace cinta;
using Doubles = std::vector<double>;
using Ids = std::vector<std::int64_t>;

inline constexpr std::int64_t rows = 60, width = 3, batch = 5;

inline Tensor ids_of(const Ids& ids) { return from_data(ids, {std::int64_t(ids.size())}); }

// Numbers that every run draws alike.
struct Draws {
  std::uint64_t state = 88172645463325252u;
  std::uint64_t next() {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
  }
  double unit() { return double(next() >> 11) * 0x1p-53; }
};

// The last third of the rows comes up rarely, the last four never.
inline Ids draw_ids(Draws& draws) {
  Ids ids;
  for (std::int64_t i = 0; i < batch; ++i) {
    const bool rare = draws.next() % 400 == 0;
    ids.push_back(std::int64_t(rare ? 40 + draws.next() % 16 : draws.next() % 40));
  }
  return ids;
}

// Learning rates that change from step to step, at times 0.
inline double lr_at(int step, double base) {
  if (step % 97 == 0) return 0;
  return base * (0.2 + 0.8 * (1 + std::cos(step / 150.0)) / 2);
}

// loss = sum over the batch and the width of (y - target)^2 / 2, target a function of the column.
inline double target(std::int64_t k) { return 0.25 * double(k) - 0.2; }

inline Tensor loss_of(const Tensor& y) {
  Doubles targets;
  for (std::int64_t k = 0; k < width; ++k) targets.push_back(target(k));
  const Tensor error = y - to(from_data(targets, {width}), y.dtype());
  return sum(error * error) / 2;
}

inline Doubles start() {
  Draws draws{12345};
  Doubles w;
  for (std::int64_t i = 0; i < rows * width; ++i) w.push_back(2 * draws.unit() - 1);
  return w;
}

// What one element goes through in step t (from 1), with `lr` and three numbers of state.
using Element =
    std::function<void(double& w, double g, std::array<double, 3>& s, int t, double lr)>;

// All rows, by plain loops.
struct Dense {
  explicit Dense(Element update) : element(std::move(update)) {}

  void step(const Ids& ids, double lr) {
    Doubles g(w.size(), 0.0);
    for (const std::int64_t id : ids)
      for (std::int64_t k = 0; k < width; ++k)
        g[std::size_t(id * width + k)] += w[std::size_t(id * width + k)] - target(k);
    ++t;
    for (std::size_t i = 0; i < w.size(); ++i) element(w[i], g[i], state[i], t, lr);
  }

  Element element;
  Doubles w = start();
  std::vector<std::array<double, 3>> state{w.size()};
  int t = 0;
};

// Largest difference in a row, relative to the row's largest element (or `floor`), over all rows.
inline double distance(const Doubles& a, const Doubles& b, double floor) {
  double worst = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    double difference = 0, scale = floor;
    for (std::int64_t k = r * width; k < (r + 1) * width; ++k) {
      difference = std::max(difference, std::abs(a[std::size_t(k)] - b[std::size_t(k)]));
      scale = std::max(scale, std::abs(b[std::size_t(k)]));
    }
    if (!(difference <= 0)) worst = std::max(worst, difference / scale);
    if (std::isnan(difference)) return difference;
  }
  return worst;
}

inline Doubles values(const Tensor& w) { return to(w.detach(), float64).to_vector<double>(); }

struct Setup {
  double lr = 0.05;
  int steps = 4000;
  double tolerance = 1e-12;
  double floor = 1e-300;  // of the scale that errors are held against
  Dtype dtype = float64;
};

inline double soft(double w, double threshold) {
  return w > threshold ? w - threshold : w < -threshold ? w + threshold : 0;
}

inline Element sgd(double decay, double l1) {
  return [=](double& w, double g, std::array<double, 3>&, int, double lr) {
    w = soft(w - lr * (g + decay * w), lr * l1);
  };
}

inline Element sgd_momentum(double decay, double l1, double momentum, double dampening,
                            bool nesterov) {
  return [=](double& w, double g, std::array<double, 3>& s, int t, double lr) {
    const double d = g + decay * w;
    s[0] = t == 1 ? d : momentum * s[0] + (1 - dampening) * d;
    w = soft(w - lr * (nesterov ? d + momentum * s[0] : s[0]),
             lr * l1 * (1 - dampening) / (1 - momentum));
  };
}

inline Element adam(double coupled, double decoupled) {
  return [=](double& w, double g, std::array<double, 3>& s, int t, double lr) {
    g += coupled * w;
    w *= 1 - lr * decoupled;
    s[0] = 0.9 * s[0] + 0.1 * g;
    s[1] = 0.999 * s[1] + 0.001 * g * g;
    const double mean = s[0] / (1 - std::pow(0.9, t)), square = s[1] / (1 - std::pow(0.999, t));
    w -= lr * mean / (std::sqrt(square) + 1e-8);
  };
}

inline Element adagrad(double decay, double lr_decay) {
  return [=](double& w, double g, std::array<double, 3>& s, int t, double lr) {
    g += decay * w;
    s[0] += g * g;
    w -= lr / (1 + (t - 1) * lr_decay) * g / (std::sqrt(s[0]) + 1e-10);
  };
}

// Elements as they lie in memory, rows left behind included.
inline Doubles raw(const Tensor& w) {
  const double* first = static_cast<const double*>(w.impl()->memory);
  return Doubles(first, first + w.numel());
}

}  // namespace lazy
