#include <cinta/optim/minimize/detail/bounded_model.hpp>
#include <functional>

namespace cinta::optim::minimize {
namespace {

using Pairs = std::deque<History::Pair>;

// The columns (Y, S) of a history.
const Vector& column(const Pairs& pairs, std::size_t j) {
  return j < pairs.size() ? pairs[j].y : pairs[j - pairs.size()].s;
}

// The products of all columns with each other, of all rows or of those that are free. In blocks of
// rows that stay in a cache.
Matrix gram(const Pairs& pairs, const std::vector<bool>* is_free = nullptr) {
  constexpr std::size_t block = 512;
  const std::size_t rank = 2 * pairs.size(), n = rank == 0 ? 0 : pairs[0].s.size();
  Matrix sums(rank, rank);
  std::vector<Vector> rows(rank, Vector(block));
  for (std::size_t first = 0; first < n; first += block) {
    const std::size_t count = std::min(block, n - first);
    for (std::size_t j = 0; j < rank; ++j) {
      const Vector& from = column(pairs, j);
      rows[j].assign(block, 0);
      for (std::size_t i = 0; i < count; ++i)
        if (!is_free || (*is_free)[first + i]) rows[j][i] = from[first + i];
    }
    for (std::size_t j = 0; j < rank; ++j)
      for (std::size_t k = 0; k <= j; ++k) sums(j, k) += dot(rows[j], rows[k]);
  }
  for (std::size_t j = 0; j < rank; ++j)
    for (std::size_t k = 0; k < j; ++k) sums(k, j) = sums(j, k);
  return sums;
}

}  // namespace

void BoundedModel::row(std::size_t i, Vector& w) const {
  for (std::size_t j = 0; j < rank(); ++j) w[j] = weights_[j] * column(pairs_, j)[i];
}

Vector BoundedModel::transposed(const Vector& v) const {
  Vector w(rank());
  for (std::size_t j = 0; j < rank(); ++j) w[j] = weights_[j] * dot(column(pairs_, j), v);
  return w;
}

void BoundedModel::add_times(Vector& v, double factor, const Vector& w) const {
  for (std::size_t j = 0; j < rank(); ++j) add(v, factor * weights_[j] * w[j], column(pairs_, j));
}

Matrix BoundedModel::reduced(const std::vector<bool>& is_free) const {
  const Matrix products = gram(pairs_, &is_free);
  Matrix left = inverse_;
  for (std::size_t j = 0; j < rank(); ++j)
    for (std::size_t k = 0; k < rank(); ++k)
      left(j, k) -= weights_[j] * weights_[k] * products(j, k) / theta_;
  return left;
}

bool BoundedModel::update() {
  const std::size_t m = pairs_.size();
  theta_ = m == 0 ? 1 : pairs_.back().yy / pairs_.back().sy;
  const Matrix products = gram(pairs_);
  weights_.assign(2 * m, 0);
  for (std::size_t j = 0; j < m; ++j) {
    weights_[j] = 1 / std::sqrt(pairs_[j].sy);
    weights_[m + j] = std::sqrt(theta_ / products(m + j, m + j));
  }
  inverse_ = Matrix(2 * m, 2 * m);
  for (std::size_t i = 0; i < m; ++i) {
    inverse_(i, i) = -1;
    for (std::size_t j = 0; j < m; ++j) {
      const auto entry = [&](std::size_t a, std::size_t b) {
        return weights_[a] * weights_[b] * products(a, b) / theta_;
      };
      if (i > j) inverse_(m + i, j) = inverse_(j, m + i) = entry(m + i, j);
      inverse_(m + i, m + j) = entry(m + i, m + j);
    }
  }
  middle_ = Matrix(2 * m, 2 * m);
  for (std::size_t j = 0; j < 2 * m; ++j) {
    Vector unit(2 * m);
    unit[j] = 1;
    if (!solve(inverse_, unit)) return false;
    for (std::size_t i = 0; i < 2 * m; ++i) middle_(i, j) = unit[i];
  }
  return true;
}

Cauchy cauchy_point(const BoundedModel& model, const Box& box, const Point& at) {
  const Vector& g = at.gradient;
  const std::size_t n = g.size();
  Cauchy found{at.x, Vector(model.rank())};
  Vector d(n);
  std::vector<std::pair<double, std::size_t>> breaks;  // when an element meets its bound
  for (std::size_t i = 0; i < n; ++i) {
    if (g[i] == 0) continue;
    const double t = (at.x[i] - (g[i] < 0 ? box.high : box.low)[i]) / g[i];
    if (t == 0) continue;
    d[i] = -g[i];
    if (std::isfinite(t)) breaks.emplace_back(t, i);
  }
  std::make_heap(breaks.begin(), breaks.end(), std::greater<>());

  Vector p = model.transposed(d), w(model.rank());
  const double theta = model.theta(), start = dot(d, d);
  double slope = -start, curvature = theta * start - dot(p, product(model.middle(), p));
  double now = 0, wait = curvature > 0 ? -slope / curvature : 0;
  while (!breaks.empty() && wait >= breaks.front().first - now) {
    const auto [t, b] = breaks.front();
    std::pop_heap(breaks.begin(), breaks.end(), std::greater<>());
    breaks.pop_back();
    const double length = t - now, gb = g[b];
    found.x[b] = (d[b] > 0 ? box.high : box.low)[b];
    const double z = found.x[b] - at.x[b];
    add(found.c, length, p);
    model.row(b, w);
    const Vector mw = product(model.middle(), w);
    slope += length * curvature + gb * gb + theta * gb * z - gb * dot(mw, found.c);
    curvature -= theta * gb * gb + 2 * gb * dot(mw, p) + gb * gb * dot(mw, w);
    curvature = std::max(curvature, 1e-16 * theta * start);
    add(p, gb, w);
    d[b] = 0;
    now = t;
    wait = -slope / curvature;
  }
  wait = std::max(wait, 0.0);
  now += wait;
  for (std::size_t i = 0; i < n; ++i)
    if (d[i] != 0) found.x[i] = at.x[i] + now * d[i];
  add(found.c, wait, p);
  box.project(found.x);
  return found;
}

std::optional<Vector> subspace_minimum(const BoundedModel& model, const Box& box, const Point& at,
                                       const Cauchy& cauchy) {
  const std::size_t n = at.x.size();
  const double theta = model.theta();
  std::vector<bool> is_free(n);
  for (std::size_t i = 0; i < n; ++i)
    is_free[i] = box.low[i] < cauchy.x[i] && cauchy.x[i] < box.high[i];
  // The gradient of the model at the Cauchy point, 0 where nothing is free.
  Vector r = difference(cauchy.x, at.x);
  scale(r, theta);
  add(r, 1, at.gradient);
  model.add_times(r, -1, product(model.middle(), cauchy.c));
  for (std::size_t i = 0; i < n; ++i)
    if (!is_free[i]) r[i] = 0;

  // (inverse of M - W'Z Z'W / theta) v = W'Z r
  Vector v = model.transposed(r);
  if (!solve(model.reduced(is_free), v)) return std::nullopt;
  Vector step(n);
  add(step, -1 / theta, r);
  model.add_times(step, -1 / (theta * theta), v);

  Vector x = cauchy.x;
  double inside = 1;  // how much of the step stays inside
  for (std::size_t i = 0; i < n; ++i) {
    if (!is_free[i]) step[i] = 0;
    if (step[i] == 0) continue;
    x[i] += step[i];
    const double room = (step[i] > 0 ? box.high : box.low)[i] - cauchy.x[i];
    inside = std::min(inside, room / step[i]);
  }
  box.project(x);
  if (dot(difference(x, at.x), at.gradient) < 0) return x;
  // Where the projection does not lie downwards, as much of the step as needs none does.
  x = cauchy.x;
  add(x, inside, step);
  box.project(x);
  return x;
}

}  // namespace cinta::optim::minimize
