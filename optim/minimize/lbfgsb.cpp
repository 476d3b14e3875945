#include <cinta/optim/minimize/detail/box.hpp>
#include <cinta/optim/minimize/detail/history.hpp>
#include <cinta/optim/minimize/detail/line_search.hpp>
#include <cinta/optim/minimize/detail/matrix.hpp>

namespace cinta::optim::minimize {
namespace {

// The estimate of the Hessian that a history makes, B = theta - W M W', W = (Y, theta S). Columns
// of W are divided so that the inverse of M has ones and minus ones on its diagonal: with badly
// scaled variables it could not be inverted otherwise.
class Model {
 public:
  explicit Model(const History& history) : pairs_(history.pairs) {}

  // False if the history makes none.
  bool update();
  double theta() const { return theta_; }
  std::size_t rank() const { return 2 * pairs_.size(); }
  void row(std::size_t i, Vector& w) const {  // of W
    const std::size_t m = pairs_.size();
    for (std::size_t j = 0; j < m; ++j) {
      w[j] = factors_[j] * pairs_[j].y[i];
      w[m + j] = theta_ * factors_[m + j] * pairs_[j].s[i];
    }
  }
  Vector transposed(const Vector& v) const {  // W' v
    const std::size_t m = pairs_.size();
    Vector w(2 * m);
    for (std::size_t j = 0; j < m; ++j) {
      w[j] = factors_[j] * dot(pairs_[j].y, v);
      w[m + j] = theta_ * factors_[m + j] * dot(pairs_[j].s, v);
    }
    return w;
  }
  void add_times(Vector& v, double factor, const Vector& w) const {  // v += factor W w
    const std::size_t m = pairs_.size();
    for (std::size_t j = 0; j < m; ++j) {
      add(v, factor * factors_[j] * w[j], pairs_[j].y);
      add(v, factor * theta_ * factors_[m + j] * w[m + j], pairs_[j].s);
    }
  }
  const Matrix& middle() const { return middle_; }    // M
  const Matrix& inverse() const { return inverse_; }  // of M

 private:
  const std::deque<History::Pair>& pairs_;
  double theta_ = 1;
  Vector factors_;  // of the columns of W
  Matrix middle_, inverse_;
};

bool Model::update() {
  const std::size_t m = pairs_.size();
  theta_ = m == 0 ? 1 : pairs_.back().yy / pairs_.back().sy;
  factors_.assign(2 * m, 0);
  for (std::size_t j = 0; j < m; ++j) {
    factors_[j] = 1 / std::sqrt(pairs_[j].sy);
    factors_[m + j] = 1 / (std::sqrt(theta_) * norm(pairs_[j].s));
  }
  inverse_ = Matrix(2 * m, 2 * m);
  for (std::size_t i = 0; i < m; ++i) {
    inverse_(i, i) = -1;
    for (std::size_t j = 0; j < m; ++j) {
      const double f = factors_[m + i];
      if (i > j)
        inverse_(m + i, j) = inverse_(j, m + i) = f * factors_[j] * dot(pairs_[i].s, pairs_[j].y);
      inverse_(m + i, m + j) = theta_ * f * factors_[m + j] * dot(pairs_[i].s, pairs_[j].s);
    }
  }
  middle_ = Matrix(2 * m, 2 * m);
  for (std::size_t j = 0; j < 2 * m; ++j) {
    Vector column(2 * m);
    column[j] = 1;
    if (!solve(inverse_, column)) return false;
    for (std::size_t i = 0; i < 2 * m; ++i) middle_(i, j) = column[i];
  }
  return true;
}

// The first minimum of the model along the projected gradient, and W' (x - start).
struct Cauchy {
  Vector x, c;
};

Cauchy cauchy_point(const Model& model, const Box& box, const Point& at) {
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

// Where the model has its minimum when what is at its bound stays there; within the bounds. Nothing
// if rounding leaves none.
std::optional<Vector> subspace_minimum(const Model& model, const Box& box, const Point& at,
                                       const Cauchy& cauchy) {
  const std::size_t n = at.x.size(), rank = model.rank();
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
  Matrix left = model.inverse();
  Vector w(rank);
  for (std::size_t i = 0; i < n; ++i) {
    if (!is_free[i]) continue;
    model.row(i, w);
    for (std::size_t j = 0; j < rank; ++j)
      for (std::size_t k = 0; k < rank; ++k) left(j, k) -= w[j] * w[k] / theta;
  }
  Vector v = model.transposed(r);
  if (!solve(left, v)) return std::nullopt;
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

}  // namespace

std::span<const OptionField> LbfgsbOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&LbfgsbOptions::max_iter>("max_iter", Range::count),
      option_field<&LbfgsbOptions::max_eval>("max_eval", Range::count),
      option_field<&LbfgsbOptions::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&LbfgsbOptions::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&LbfgsbOptions::history_size>("history_size", Range::count),
      option_field<&LbfgsbOptions::max_line_search>("max_line_search", Range::count)};
  return all;
}

Result lbfgsb(const Closure& loss, const Parameters& parameters, LbfgsbOptions options, Site site) {
  check_options("lbfgsb", LbfgsbOptions::fields(), &options, site);
  Objective objective("lbfgsb", loss, parameters, site);
  const Box box(objective, options.low, options.high);
  Run run(objective, Limits::of(options));
  Point& at = run.at();
  box.project(at.x);
  objective.evaluate(at);
  std::optional<Reason> stop = run.begin(box.projected_size(at));
  History history{std::size_t(options.history_size)};
  Model model(history);
  while (!stop) {
    const bool fresh = history.pairs.empty();
    std::optional<Vector> target;
    if (model.update()) {
      const Cauchy cauchy = cauchy_point(model, box, at);
      target = fresh ? cauchy.x : subspace_minimum(model, box, at, cauchy);
    }
    std::optional<Point> next;
    if (target) {
      const Vector d = difference(*target, at.x);
      const double longest = std::max(1.0, box.longest(at.x, d));
      const bool careful = fresh && !box.closed();
      next = line_search(run, d,
                         {.decrease = 1e-3,
                          .first = careful ? std::min(1 / norm(d), longest) : 1,
                          .longest = longest,
                          .most = int(options.max_line_search),
                          .project = [&](Vector& x) { box.project(x); }});
    }
    if (!next) {
      if (run.out_of_evaluations())
        stop = Reason::max_eval;
      else if (fresh)
        stop = Reason::stalled;
      history.clear();
      continue;
    }
    history.add(at, *next);
    const double size = box.projected_size(*next);
    stop = run.accept(std::move(*next), size);
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
