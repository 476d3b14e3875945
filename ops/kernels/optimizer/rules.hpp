#pragma once
// What optimizers do to an element: the numbers of a step, and the formula. Each is written once,
// for steps on dense gradients, on rows of a table, and for the steps that other rows have missed.
//
// A rule is a struct of T and nothing else, so that the doubles that an optimizer computed can be
// rounded to a parameter's type in one way (`rounded_rule`). `states` is how many numbers it keeps
// for an element. In operator(), p is the element, d its gradient with coupled weight decay added.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace cinta::kernels {

template <class T>
T soft_threshold(T w, T threshold) {
  return w > threshold ? w - threshold : w < -threshold ? w + threshold : T(0);
}

/// -1, 0 or 1; NaN stays.
template <class T>
T sign_of(T x) {
  return x > T(0) ? T(1) : x < T(0) ? T(-1) : x;
}

template <class T>
struct Sgd {
  static constexpr std::size_t states = 0;
  T lr;

  void operator()(T& p, T d) const { p -= lr * d; }
};

/// The same, and the proximal step of an L1 penalty.
template <class T>
struct SgdSoft {
  static constexpr std::size_t states = 0;
  T lr, threshold;

  void operator()(T& p, T d) const { p = soft_threshold(p - lr * d, threshold); }
};

/// `kept` and `fresh` are the shares of the old buffer and of the gradient; the parameter moves by
/// direct * d + through * buffer, which Nesterov's differ in.
template <class T>
struct SgdMomentum {
  static constexpr std::size_t states = 1;
  T lr, kept, fresh, direct, through;

  void operator()(T& p, T d, T& buffer) const {
    buffer = kept * buffer + fresh * d;
    p -= lr * (direct * d + through * buffer);
  }
};

template <class T>
struct SgdMomentumSoft {
  static constexpr std::size_t states = 1;
  T lr, kept, fresh, direct, through, threshold;

  void operator()(T& p, T d, T& buffer) const {
    buffer = kept * buffer + fresh * d;
    p = soft_threshold(p - lr * (direct * d + through * buffer), threshold);
  }
};

/// Adam and AdamW: `shrink` is decoupled decay, `rate` and `correction` have the bias corrections.
template <class T>
struct Adam {
  static constexpr std::size_t states = 2;
  T rate, correction, shrink, beta1, rest1, beta2, rest2, eps;

  void operator()(T& p, T d, T& mean, T& square) const {
    mean = beta1 * mean + rest1 * d;
    square = beta2 * square + rest2 * d * d;
    p = shrink * p - rate * mean / (std::sqrt(square) * correction + eps);
  }
};

template <class T>
struct AmsGrad {
  static constexpr std::size_t states = 3;
  T rate, correction, shrink, beta1, rest1, beta2, rest2, eps;

  void operator()(T& p, T d, T& mean, T& square, T& largest) const {
    mean = beta1 * mean + rest1 * d;
    square = beta2 * square + rest2 * d * d;
    largest = largest > square ? largest : square;
    p = shrink * p - rate * mean / (std::sqrt(largest) * correction + eps);
  }
};

/// `direct` and `rate` are the rates of the gradient and of the mean.
template <class T>
struct NAdam {
  static constexpr std::size_t states = 2;
  T direct, rate, correction, shrink, beta1, rest1, beta2, rest2, eps;

  void operator()(T& p, T d, T& mean, T& square) const {
    mean = beta1 * mean + rest1 * d;
    square = beta2 * square + rest2 * d * d;
    p = shrink * p - (direct * d + rate * mean) / (std::sqrt(square) * correction + eps);
  }
};

/// While the variance of the step is not tractable, `scaled` is 0 and the mean alone counts.
template <class T>
struct RAdam {
  static constexpr std::size_t states = 2;
  T rate, scaled, shrink, beta1, rest1, beta2, rest2, eps;

  void operator()(T& p, T d, T& mean, T& square) const {
    mean = beta1 * mean + rest1 * d;
    square = beta2 * square + rest2 * d * d;
    const T divisor = scaled != T(0) ? std::sqrt(square) + eps : T(1);
    p = shrink * p - rate * mean / divisor;
  }
};

template <class T>
struct Adamax {
  static constexpr std::size_t states = 2;
  T rate, beta1, rest1, beta2, eps;

  void operator()(T& p, T d, T& mean, T& largest) const {
    mean = beta1 * mean + rest1 * d;
    const T faded = beta2 * largest, fresh = std::abs(d) + eps;
    largest = faded > fresh ? faded : fresh;
    p -= rate * mean / largest;
  }
};

template <class T>
struct Adagrad {
  static constexpr std::size_t states = 1;
  T rate, eps;

  void operator()(T& p, T d, T& sum) const {
    sum += d * d;
    p -= rate * d / (std::sqrt(sum) + eps);
  }
};

/// One sum for a row: see step_row.
template <class T>
struct RowwiseAdagrad {
  static constexpr std::size_t states = 1;
  T rate, eps;
};

template <class T>
struct Adadelta {
  static constexpr std::size_t states = 2;
  T lr, rho, rest, eps;

  void operator()(T& p, T d, T& square, T& moved) const {
    square = rho * square + rest * d * d;
    const T delta = std::sqrt(moved + eps) / std::sqrt(square + eps) * d;
    moved = rho * moved + rest * delta * delta;
    p -= lr * delta;
  }
};

template <class T>
struct RMSprop {
  static constexpr std::size_t states = 1;
  T lr, alpha, rest, eps;

  void operator()(T& p, T d, T& square) const {
    square = alpha * square + rest * d * d;
    p -= lr * d / (std::sqrt(square) + eps);
  }
};

template <class T>
struct RMSpropMomentum {
  static constexpr std::size_t states = 2;
  T lr, alpha, rest, eps, momentum;

  void operator()(T& p, T d, T& square, T& buffer) const {
    square = alpha * square + rest * d * d;
    buffer = momentum * buffer + d / (std::sqrt(square) + eps);
    p -= lr * buffer;
  }
};

/// The variance of what has this mean and mean square; not below what rounding hides of it, which
/// may be negative.
template <class T>
T variance_of(T square, T mean) {
  const T least = std::numeric_limits<T>::epsilon() * square, variance = square - mean * mean;
  return variance < least ? least : variance;
}

template <class T>
struct RMSpropCentered {
  static constexpr std::size_t states = 2;
  T lr, alpha, rest, eps;

  void operator()(T& p, T d, T& square, T& mean) const {
    square = alpha * square + rest * d * d;
    mean += rest * (d - mean);
    p -= lr * d / (std::sqrt(variance_of(square, mean)) + eps);
  }
};

template <class T>
struct RMSpropCenteredMomentum {
  static constexpr std::size_t states = 3;
  T lr, alpha, rest, eps, momentum;

  void operator()(T& p, T d, T& square, T& mean, T& buffer) const {
    square = alpha * square + rest * d * d;
    mean += rest * (d - mean);
    buffer = momentum * buffer + d / (std::sqrt(variance_of(square, mean)) + eps);
    p -= lr * buffer;
  }
};

template <class T>
struct Rprop {
  static constexpr std::size_t states = 2;
  T slower, faster, least, most;

  void operator()(T& p, T d, T& previous, T& size) const {
    const T turn = d * previous;
    const T factor = turn > T(0) ? faster : turn < T(0) ? slower : T(1);
    const T wanted = size * factor, above = wanted < least ? least : wanted;
    size = above > most ? most : above;
    previous = turn < T(0) ? T(0) : d;
    p -= sign_of(previous) * size;
  }
};

template <class T>
struct Lion {
  static constexpr std::size_t states = 1;
  T lr, shrink, beta1, rest1, beta2, rest2;

  void operator()(T& p, T d, T& mean) const {
    p = shrink * p - lr * sign_of(beta1 * mean + rest1 * d);
    mean = beta2 * mean + rest2 * d;
  }
};

/// ASGD: `average` comes `share` of the way to the element.
template <class T>
struct AveragedSgd {
  static constexpr std::size_t states = 1;
  T rate, shrink, share;

  void operator()(T& p, T d, T& average) const {
    p = shrink * p - rate * d;
    average = share == T(1) ? p : average + share * (p - average);
  }
};

/// The element is y, where gradients are taken: `towards` is how far it comes to z, `rate` how far
/// it follows the gradient itself, `lr` how far z does.
template <class T>
struct ScheduleFreeAdam {
  static constexpr std::size_t states = 2;
  T lr, rate, towards, decay, correction, beta2, rest2, eps;

  void operator()(T& p, T d, T& z, T& square) const {
    square = beta2 * square + rest2 * d * d;
    const T step = d / (std::sqrt(square) * correction + eps) + decay * p;
    p += towards * (z - p) + rate * step;
    z -= lr * step;
  }
};

/// The element is a function of z and n: exactly 0 where |z| <= l1.
template <class T>
struct Ftrl {
  static constexpr std::size_t states = 2;
  T lr, beta, l1, l2;

  void operator()(T& p, T d, T& z, T& n) const {
    const T root = std::sqrt(n), grown = n + d * d, next = std::sqrt(grown);
    z += d - (next - root) / lr * p;
    n = grown;
    p = -soft_threshold(z, l1) / ((beta + next) / lr + l2);
  }
};

/// The rule with its numbers rounded to T.
template <class T, template <class> class Rule>
Rule<T> rounded_rule(const Rule<double>& rule) {
  constexpr std::size_t count = sizeof(Rule<double>) / sizeof(double);
  const auto numbers = std::bit_cast<std::array<double, count>>(rule);
  std::array<T, count> rounded;
  for (std::size_t i = 0; i < count; ++i) rounded[i] = T(numbers[i]);
  return std::bit_cast<Rule<T>>(rounded);
}

}  // namespace cinta::kernels
