#include <cinta/optim/minimize/detail/linear_model.hpp>
#include <cstdint>

namespace cinta::optim::minimize {

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

Vector LinearModel::dense_step(double mu) const {
  const std::size_t n = triangle_.columns, rows = triangle_.rows;
  if (mu == 0) {
    // In the order of what J determines: a step along the first columns alone would stop where
    // theirs are zeros and the gradient is not.
    Matrix a = triangle_;
    Vector b = right_, p(n);
    const auto order = triangularize(a, b, lengths_);
    const Vector solved = back_substitute(a, b, residuals_.size());
    for (std::size_t k = 0; k < n; ++k) p[order[k]] = -solved[k];
    return p;
  }
  Matrix a(rows + n, n);
  std::copy(triangle_.elements.begin(), triangle_.elements.end(), a.elements.begin());
  for (std::size_t k = 0; k < n; ++k) a(rows + k, k) = std::sqrt(mu) * lengths_[k];
  Vector b = right_;
  b.resize(rows + n);
  triangularize(a, b);
  Vector p = back_substitute(a, b, residuals_.size());
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

}  // namespace cinta::optim::minimize
