#include <cinta/optim/minimize/detail/matrix.hpp>
#include <limits>
#include <numeric>
#include <utility>

namespace cinta::optim::minimize {

Vector product(const Matrix& a, const Vector& x) {
  Vector result(a.rows);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < a.columns; ++j) result[i] += a(i, j) * x[j];
  return result;
}

Vector transposed_product(const Matrix& a, const Vector& x) {
  Vector result(a.columns);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < a.columns; ++j) result[j] += a(i, j) * x[i];
  return result;
}

bool solve(Matrix a, Vector& b) {
  const std::size_t n = a.rows;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    if (!(std::abs(a(pivot, k)) > 0)) return false;
    for (std::size_t j = k; j < n; ++j) std::swap(a(k, j), a(pivot, j));
    std::swap(b[k], b[pivot]);
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a(i, k) / a(k, k);
      for (std::size_t j = k; j < n; ++j) a(i, j) -= factor * a(k, j);
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= a(k, j) * b[j];
    b[k] /= a(k, k);
  }
  return std::isfinite(largest(b));
}

namespace {

// Brings the column of which most is left in the rows from k on to place k.
void exchange(Matrix& a, std::size_t k, Vector& units, std::vector<std::size_t>& order) {
  Vector squares(a.columns);
  for (std::size_t i = k; i < a.rows; ++i)
    for (std::size_t j = k; j < a.columns; ++j) squares[j] += a(i, j) * a(i, j);
  std::size_t pivot = k;
  const auto left = [&](std::size_t j) { return std::sqrt(squares[j]) / units[j]; };
  for (std::size_t j = k + 1; j < a.columns; ++j)
    if (left(j) > left(pivot)) pivot = j;
  if (pivot == k) return;
  for (std::size_t i = 0; i < a.rows; ++i) std::swap(a(i, k), a(i, pivot));
  std::swap(units[k], units[pivot]);
  std::swap(order[k], order[pivot]);
}

}  // namespace

std::vector<std::size_t> triangularize(Matrix& a, Vector& b, Vector units) {
  const std::size_t steps = std::min(a.rows, a.columns);
  std::vector<std::size_t> order(a.columns);
  std::iota(order.begin(), order.end(), 0);
  Vector along(a.columns);
  for (std::size_t k = 0; k < steps; ++k) {
    if (!units.empty()) exchange(a, k, units, order);
    double square = 0;
    for (std::size_t i = k; i < a.rows; ++i) square += a(i, k) * a(i, k);
    const double size = std::copysign(std::sqrt(square), -a(k, k));
    if (size == 0) continue;
    // The reflection is 1 - v v' / half, v the column less size at its head.
    a(k, k) -= size;
    const double half = -size * a(k, k);
    std::fill(along.begin(), along.end(), 0.0);
    double along_b = 0;
    for (std::size_t i = k; i < a.rows; ++i) {
      for (std::size_t j = k + 1; j < a.columns; ++j) along[j] += a(i, k) * a(i, j);
      along_b += a(i, k) * b[i];
    }
    for (std::size_t i = k; i < a.rows; ++i) {
      for (std::size_t j = k + 1; j < a.columns; ++j) a(i, j) -= a(i, k) * along[j] / half;
      b[i] -= a(i, k) * along_b / half;
      a(i, k) = 0;
    }
    a(k, k) = size;
  }
  a.rows = steps;
  a.elements.resize(a.rows * a.columns);
  b.resize(steps);
  return order;
}

Vector back_substitute(const Matrix& a, const Vector& b, std::size_t rows) {
  const double rounding =
      std::numeric_limits<double>::epsilon() * double(std::max(rows, a.columns));
  Vector x(a.columns);
  for (std::size_t k = a.rows; k-- > 0;) {
    double rest = b[k];
    for (std::size_t j = k + 1; j < a.columns; ++j) rest -= a(k, j) * x[j];
    // What is left of a column beside what it was itself: others may have another unit.
    double length = 0;
    for (std::size_t i = 0; i <= k; ++i) length = std::hypot(length, a(i, k));
    if (std::abs(a(k, k)) > rounding * length) x[k] = rest / a(k, k);
  }
  return x;
}

}  // namespace cinta::optim::minimize
