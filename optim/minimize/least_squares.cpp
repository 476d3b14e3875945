#include <cinta/optim/minimize/detail/matrix.hpp>
#include <cinta/optim/minimize/detail/run.hpp>
#include <cinta/optim/minimize/least_squares.hpp>
#include <limits>

namespace cinta::optim::minimize {
namespace {

using Method = LeastSquaresOptions::Method;

double half_square(const Vector& r) { return dot(r, r) / 2; }

// The linear model r + J p of the residuals at the last evaluation, and the lengths in which its
// steps are measured.
class LinearModel {
 public:
  LinearModel(Objective& objective, const LeastSquaresOptions& options)
      : objective_(objective),
        dense_(std::int64_t(objective.size()) <= options.max_dense),
        max_cg_(options.max_cg),
        lengths_(objective.size()) {}

  // Whether steps need no evaluation at their beginning after there was another one.
  bool dense() const { return dense_; }
  // Takes the derivatives where the last evaluation was.
  void update(const Vector& residuals);
  const Vector& gradient() const { return gradient_; }
  const Vector& lengths() const { return lengths_; }
  // The minimum of |r + J p|^2 + mu |D p|^2.
  Vector step(double mu);
  // |J p|^2
  double square(const Vector& p) {
    const Vector jp = dense_ ? product(triangle_, p) : objective_.jacobian_product(p);
    return dot(jp, jp);
  }

 private:
  Vector dense_step(double mu) const;
  Vector iterative_step(double mu);

  Objective& objective_;
  bool dense_;
  std::int64_t max_cg_;
  Vector residuals_, gradient_, lengths_;
  Matrix triangle_;  // J, triangularized with the residuals
  Vector right_;
};

void LinearModel::update(const Vector& residuals) {
  const std::size_t m = residuals.size(), n = objective_.size();
  residuals_ = residuals;
  Vector squares(n);
  if (dense_) {
    Matrix j(m, n);
    // A jvp costs about twice what a vjp does.
    if (m <= 2 * n) {
      Vector u(m);
      for (std::size_t i = 0; i < m; ++i) {
        u[i] = 1;
        const Vector row = objective_.transposed_product(u);
        std::copy(row.begin(), row.end(), j.elements.begin() + std::ptrdiff_t(i * n));
        u[i] = 0;
      }
    } else {
      Vector v(n);
      for (std::size_t k = 0; k < n; ++k) {
        v[k] = 1;
        const Vector column = objective_.jacobian_product(v);
        for (std::size_t i = 0; i < m; ++i) j(i, k) = column[i];
        v[k] = 0;
      }
    }
    gradient_ = transposed_product(j, residuals);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t k = 0; k < n; ++k) squares[k] += j(i, k) * j(i, k);
    triangle_ = std::move(j);
    right_ = residuals;
    triangularize(triangle_, right_);
  } else {
    gradient_ = objective_.transposed_product(residuals);
    constexpr int probes = 4;
    std::uint32_t bits = 1;  // of a linear congruential generator
    for (int probe = 0; probe < probes; ++probe) {
      Vector signs(m);
      for (double& sign : signs) sign = (bits = bits * 1664525 + 1013904223) >> 31 ? 1 : -1;
      const Vector row = objective_.transposed_product(signs);
      for (std::size_t k = 0; k < n; ++k) squares[k] += row[k] * row[k] / probes;
    }
  }
  for (std::size_t k = 0; k < n; ++k) {
    const double length = std::sqrt(squares[k]);
    lengths_[k] = std::max(lengths_[k], length > 0 ? length : lengths_[k] > 0 ? 0 : 1);
  }
}

Vector LinearModel::step(double mu) { return dense_ ? dense_step(mu) : iterative_step(mu); }

Vector LinearModel::dense_step(double mu) const {
  if (mu == 0) {
    Vector p = back_substitute(triangle_, right_);
    scale(p, -1);
    return p;
  }
  const std::size_t n = triangle_.columns, rows = triangle_.rows;
  Matrix a(rows + n, n);
  std::copy(triangle_.elements.begin(), triangle_.elements.end(), a.elements.begin());
  for (std::size_t k = 0; k < n; ++k) a(rows + k, k) = std::sqrt(mu) * lengths_[k];
  Vector b = right_;
  b.resize(rows + n);
  triangularize(a, b);
  Vector p = back_substitute(a, b);
  scale(p, -1);
  return p;
}

// Conjugate gradients on the normal equations in q = D p.
Vector LinearModel::iterative_step(double mu) {
  const std::size_t n = lengths_.size();
  const auto scaled = [&](Vector v) {
    for (std::size_t k = 0; k < n; ++k) v[k] /= lengths_[k];
    return v;
  };
  Vector q(n), rest = residuals_, residual = scaled(gradient_);
  scale(rest, -1), scale(residual, -1);
  Vector d = residual;
  double square = dot(residual, residual);
  const double size = std::sqrt(square), enough = size * std::min(0.1, std::sqrt(size));
  for (std::int64_t i = 0; i < max_cg_ && std::sqrt(square) > enough; ++i) {
    const Vector jd = objective_.jacobian_product(scaled(d));
    const double length = square / (dot(jd, jd) + mu * dot(d, d));
    if (!std::isfinite(length)) break;
    add(q, length, d);
    add(rest, -length, jd);
    residual = scaled(objective_.transposed_product(rest));
    add(residual, -mu, q);
    const double next = dot(residual, residual);
    scale(d, next / square);
    add(d, 1, residual);
    square = next;
  }
  return scaled(q);
}

}  // namespace

std::span<const OptionField> LeastSquaresOptions::fields() {
  using Options = LeastSquaresOptions;
  static constexpr OptionField all[] = {
      option_field<&Options::max_iter>("max_iter", Range::count),
      option_field<&Options::max_eval>("max_eval", Range::count),
      option_field<&Options::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&Options::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&Options::tolerance_step>("tolerance_step", Range::not_negative),
      option_field<&Options::damping>("damping", Range::positive),
      option_field<&Options::max_dense>("max_dense", Range::not_negative),
      option_field<&Options::max_cg>("max_cg", Range::count)};
  return all;
}

Result least_squares(const Closure& residuals, const Parameters& parameters,
                     LeastSquaresOptions options, Site site) {
  check_options("least_squares", LeastSquaresOptions::fields(), &options, site);
  Objective objective("least_squares", residuals, parameters, site);
  Limits limits = Limits::of(options);
  limits.tolerance_change = 0;  // ours is relative to the value alone
  Run run(objective, limits);
  Point& at = run.at();
  Vector r = objective.values(at.x);
  at.value = half_square(r);
  LinearModel model(objective, options);
  if (std::isfinite(at.value)) model.update(r);
  std::optional<Reason> stop = run.begin(largest(model.gradient()));
  const bool damped = options.method == Method::levenberg_marquardt;
  double mu = damped ? options.damping : 0, growth = 2;

  double shorter = 1;  // of Gauss-Newton's steps
  while (!stop) {
    Vector p = model.step(mu);
    scale(p, shorter);
    const double slope = dot(model.gradient(), p), promised = -slope - model.square(p) / 2;
    const bool first = growth == 2 && shorter == 1;
    if (norm(p) <= options.tolerance_step * (options.tolerance_step + norm(at.x)))
      stop = first ? Reason::step : Reason::stalled;
    else if (promised <= 10 * objective.rounding() * at.value)
      stop = Reason::change;
    else if (!std::isfinite(promised))
      stop = Reason::stalled;
    else if (run.out_of_evaluations())
      stop = Reason::max_eval;
    if (stop) break;

    Point next{at.x, {}};
    add(next.x, 1, p);
    r = objective.values(next.x);
    next.value = half_square(r);
    const double share = (at.value - next.value) / promised;
    bool taken = std::isfinite(share) && share > 1e-4;
    if (taken) {
      model.update(r);
      taken = std::isfinite(largest(model.gradient()));
    }
    if (!taken) {
      if (run.out_of_evaluations()) {
        stop = Reason::max_eval;
        break;
      }
      if (share > 1e-4)
        model.update(objective.values(at.x));
      else if (!model.dense())
        objective.values(at.x);
      mu *= growth;
      growth *= 2;
      if (!damped) shorter /= 2;
      continue;
    }
    const double fall = at.value - next.value;
    const bool same = fall <= options.tolerance_change * at.value && share > 0.25;
    stop = run.accept(std::move(next), largest(model.gradient()));
    if (!stop && same) stop = Reason::change;
    mu *= std::max(1.0 / 3, 1 - std::pow(2 * share - 1, 3));
    growth = 2;
    shorter = 1;
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
