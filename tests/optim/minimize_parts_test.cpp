// The private parts of minimizers: vectors of parameters, small matrices, line searches.

#include <cinta/cinta.hpp>
#include <cinta/optim/minimize/detail/bounded_model.hpp>
#include <cinta/optim/minimize/detail/line_search.hpp>
#include <cinta/optim/minimize/detail/linear_model.hpp>

#include "support/catch_compat.hpp"

using namespace cinta;
using namespace cinta::optim::minimize;

namespace {

Vector values(std::size_t count, double start) {
  Vector list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(std::sin(start + double(i * i)));
  return list;
}

const Site here;

}  // namespace

TEST_CASE("parameters are one vector, which holds what they can hold") {
  Tensor a = zeros({2, 3}).requires_grad_(), b = zeros({}, float64).requires_grad_();
  const Closure f = [&] { return sum(to(square(a), float64)) + b * 3; };
  Objective objective("test", f, {a, b}, here);
  REQUIRE(objective.size() == 7);
  Vector x = values(7, 1);
  const Vector given = x;
  const double value = objective.value(x);
  for (std::size_t i = 0; i < 7; ++i) CHECK(x[i] == (i < 6 ? double(float(given[i])) : given[i]));
  CHECK(a.to_vector<float>()[4] == float(given[4]));
  CHECK(value == f().item());
  const Vector gradient = objective.gradient(true);
  CHECK(gradient[6] == 3);
  CHECK(gradient[2] == double(2 * float(given[2])));
  CHECK(objective.hessian_product(Vector(7, 1)) == Vector{2, 2, 2, 2, 2, 2, 0});
  // Written again it is no write, so that what was recorded stays good.
  const auto version = a.version();
  objective.write(x);
  CHECK(a.version() == version);
  CHECK(objective.read() == x);
  CHECK(objective.evaluations() == 1);
}

TEST_CASE("Jacobian products are those of the Jacobian") {
  Tensor x = tensor({0.3, -1, 2}, float64).requires_grad_();
  const Closure f = [&] { return stack({x(0) * x(1), exp(x(2)), x(1), x(0) - x(2)}); };
  Objective objective("test", f, {x}, here);
  Vector at = objective.read();
  objective.values(at);
  const Tensor j = jacobian(
      [](const Tensor& v) {
        return stack({v(0) * v(1), exp(v(2)), v(1), v(0) - v(2)});
      },
      x.detach());
  Matrix dense(4, 3);
  dense.elements = j.to_vector<double>();
  for (int seed = 0; seed < 3; ++seed) {
    const Vector v = values(3, seed), u = values(4, seed);
    const Vector jv = objective.jacobian_product(v), ju = objective.transposed_product(u);
    CHECK(largest(difference(jv, product(dense, v))) < 1e-15);
    CHECK(largest(difference(ju, transposed_product(dense, u))) < 1e-15);
  }
  CHECK(objective.products() == 6);
}

TEST_CASE("small systems are solved, singular ones refused") {
  for (const std::size_t n : {1u, 2u, 5u, 12u}) {
    Matrix a(n, n);
    a.elements = values(n * n, double(n));
    const Vector x = values(n, 3);
    Vector b = product(a, x);
    REQUIRE(solve(a, b));
    CHECK(largest(difference(b, x)) < 1e-11);
  }
  Matrix zero(2, 2);
  zero.elements = {1, 2, 2, 4};
  Vector b = {1, 1};
  CHECK(!solve(zero, b));
  Matrix swapped(2, 2);  // nothing to divide by without an exchange
  swapped.elements = {0, 1, 1, 0};
  b = {3, 4};
  REQUIRE(solve(swapped, b));
  CHECK(b == Vector{4, 3});
}

TEST_CASE("least squares by reflections: the residual is orthogonal to the columns") {
  for (const std::size_t rows : {3u, 6u, 20u}) {
    Matrix a(rows, 3), r = a;
    a.elements = values(rows * 3, 5);
    const Vector b = values(rows, 2);
    Vector right = b;
    r = a;
    triangularize(r, right);
    CHECK(r.rows == 3);
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < i; ++j) CHECK(r(i, j) == 0);
    const Vector x = back_substitute(r, right, rows), left = difference(product(a, x), b);
    CHECK(largest(transposed_product(a, left)) < 1e-13);
  }
  // Fewer equations than unknowns, and a column of zeros.
  Matrix few(2, 3);
  few.elements = {1, 0, 2, 0, 0, 1};
  Vector right = {3, 1};
  triangularize(few, right);
  const Vector x = back_substitute(few, right, 2);
  CHECK(x[1] == 0);
  CHECK(std::isfinite(largest(x)));
}

TEST_CASE("a history keeps the last steps along which the gradient grows") {
  History history{2};
  const Point zero{{0, 0}, {0, 0}};
  CHECK(!history.add(zero, {{1, 0}, {-1, 5}}));
  CHECK(!history.add(zero, {{1, 0}, {0, 5}}));
  CHECK(!history.add(zero, {{1, 0}, {NAN, 5}}));
  for (const double y : {1.0, 2.0, 3.0}) CHECK(history.add(zero, {{1, 0}, {y, 0}}));
  REQUIRE(history.pairs.size() == 2);
  CHECK(history.pairs[0].sy == 2);
  CHECK(history.pairs[1].yy == 9);
}

TEST_CASE("line searches end where the strong Wolfe conditions hold") {
  // J. Moré and D. Thuente's functions 1 to 3, and one that is flat but for a bend.
  const std::vector<std::function<Tensor(const Tensor&)>> functions = {
      [](const Tensor& t) { return -t / (square(t) + 2); },
      [](const Tensor& t) {
        const Tensor s = t + 0.004;
        return s * s * s * s * (s - 2);
      },
      [](const Tensor& t) {
        return where(t <= 0.99, 1 - t, where(t >= 1.01, t - 1, square(t - 1) * 50 + 0.005)) +
               2 * 0.99 / (39 * M_PI) * sin(39 * M_PI / 2 * t);
      },
      [](const Tensor& t) { return exp(5 * (t - 3)) - 0.1 * t; }};
  for (std::size_t k = 0; k < functions.size(); ++k) {
    for (const double first : {1e-3, 0.1, 1.0, 10.0, 1000.0}) {
      for (const double curvature : {0.9, 0.1}) {
        INFO("function " << k << " first " << first << " curvature " << curvature);
        Tensor t = zeros({1}, float64).requires_grad_();
        const Closure f = [&] { return sum(functions[k](t)); };
        Objective objective("test", f, {t}, here);
        const OnIteration none;
        Run run(objective, {100, 1000, 0, 0, none});
        objective.evaluate(run.at());
        const Point from = run.at();
        const auto found = line_search(
            run, {1}, {.decrease = 1e-3, .curvature = curvature, .first = first, .most = 60});
        REQUIRE(found);
        CHECK(found->value <= from.value + 1e-3 * found->x[0] * from.gradient[0]);
        CHECK(std::abs(found->gradient[0]) <= curvature * std::abs(from.gradient[0]));
        CHECK(objective.evaluations() <= 25);
        // Against the slope there is nothing to find.
        CHECK(!line_search(run, {-1}, {}));
        // Not beyond the longest step, at which less is asked.
        const auto near = line_search(run, {1}, {.first = 1e-4, .longest = 1e-4});
        REQUIRE(near);
        CHECK(near->x[0] == 1e-4);
      }
    }
  }
}

TEST_CASE("boxes project, and measure how far there is to go") {
  Tensor x = zeros({3}, float64).requires_grad_();
  const Closure f = [&] { return sum(x); };
  Objective objective("test", f, {x}, here);
  const Box box(objective, tensor({-1, 0, -INFINITY}, float64), 2);
  Vector at = {-5, 5, -7};
  box.project(at);
  CHECK(at == Vector{-1, 2, -7});
  CHECK(!box.closed());
  CHECK(Box(objective, 0, 1).closed());
  CHECK(box.longest({0, 1, 0}, {-2, 0.5, -1}) == 0.5);
  CHECK(box.longest({0, 1, 0}, {0, 0, -1}) == 1e20);
  // Down against a bound, up to one, and free.
  CHECK(box.projected_size({{-1, 1, 0}, {5, 0, 0}}) == 0);
  CHECK(box.projected_size({{-0.75, 1, 0}, {5, 0, 0}}) == 0.25);
  CHECK(box.projected_size({{0, 1, 0}, {0, -0.5, 0}}) == 0.5);
  CHECK(box.projected_size({{0, 1.75, 0}, {0, -0.5, 1e-9}}) == 0.25);
  CHECK(std::isnan(box.projected_size({{0, 1, 0}, {0, NAN, 0}})));
}

TEST_CASE("the model between bounds is BFGS's, and its minima are found") {
  constexpr std::size_t n = 7;
  for (int seed = 0; seed < 40; ++seed) {
    INFO(seed);
    // Steps on a quadratic, A = R'R + 1.
    Matrix r(n, n);
    r.elements = values(n * n, seed);
    History history{3};
    Matrix b(n, n);
    for (int k = 0; k < seed % 4; ++k) {
      const Vector s = values(n, seed + 10 * k + 1);
      Vector y = transposed_product(r, product(r, s));
      add(y, 1, s);
      REQUIRE(history.add({Vector(n), Vector(n)}, {s, y}));
    }
    BoundedModel model(history);
    REQUIRE(model.update());
    for (std::size_t i = 0; i < n; ++i) b(i, i) = model.theta();
    for (const auto& pair : history.pairs) {
      const Vector bs = product(b, pair.s);
      const double sbs = dot(pair.s, bs);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          b(i, j) += pair.y[i] * pair.y[j] / pair.sy - bs[i] * bs[j] / sbs;
    }
    for (std::size_t j = 0; j < n; ++j) {
      Vector unit(n), applied(n);
      unit[j] = 1;
      applied[j] = model.theta();
      model.add_times(applied, -1, product(model.middle(), model.transposed(unit)));
      for (std::size_t i = 0; i < n; ++i) CHECK(applied[i] == Approx(b(i, j)).margin(1e-9));
    }

    Tensor x = zeros({std::int64_t(n)}, float64).requires_grad_();
    const Closure f = [&] { return sum(x); };
    Objective objective("test", f, {x}, here);
    const Box box(objective, -0.3, seed % 2 ? INFINITY : 0.5);
    Point at{values(n, seed + 2), values(n, seed + 3)};
    box.project(at.x);
    scale(at.gradient, seed % 3 ? 5 : 0.5);

    // Along the projected gradient, piece by piece, to where the slope turns.
    const auto slope_at = [&](const Vector& to, const Vector& along) {
      return dot(along, at.gradient) + dot(along, product(b, difference(to, at.x)));
    };
    Vector to = at.x;
    for (std::size_t piece = 0; piece <= n; ++piece) {
      Vector d(n);
      double room = INFINITY;
      for (std::size_t i = 0; i < n; ++i) {
        const double end = at.gradient[i] < 0 ? box.high[i] : box.low[i];
        if (to[i] == end) continue;
        d[i] = -at.gradient[i];
        if (std::isfinite(end)) room = std::min(room, (end - to[i]) / d[i]);
      }
      const double slope = slope_at(to, d);
      if (!(slope < 0)) break;
      const double length = -slope / dot(d, product(b, d));
      for (std::size_t i = 0; i < n; ++i) {
        const double end = at.gradient[i] < 0 ? box.high[i] : box.low[i];
        const bool arrives =
            d[i] != 0 && (end - to[i]) / d[i] <= std::min(room, length) * (1 + 1e-14);
        to[i] = arrives ? end : to[i] + std::min(room, length) * d[i];
      }
      if (length <= room) break;
    }
    const Cauchy cauchy = cauchy_point(model, box, at);
    CHECK(largest(difference(cauchy.x, to)) < 1e-9);
    CHECK(largest(difference(cauchy.c, model.transposed(difference(cauchy.x, at.x)))) < 1e-9);
    if (history.pairs.empty()) continue;

    // No gradient of the model is left where the minimum is inside the bounds.
    const auto found = subspace_minimum(model, box, at, cauchy);
    REQUIRE(found);
    Vector g = product(b, difference(*found, at.x));
    add(g, 1, at.gradient);
    bool projected = false;
    for (std::size_t i = 0; i < n; ++i) {
      const bool was_free = box.low[i] < cauchy.x[i] && cauchy.x[i] < box.high[i];
      if (!was_free) CHECK((*found)[i] == cauchy.x[i]);
      projected |= was_free && ((*found)[i] == box.low[i] || (*found)[i] == box.high[i]);
    }
    for (std::size_t i = 0; i < n && !projected; ++i)
      if (box.low[i] < cauchy.x[i] && cauchy.x[i] < box.high[i]) CHECK(std::abs(g[i]) < 1e-8);
  }
}

TEST_CASE(
    "steps of least squares are the same with the Jacobian and without, and solve their equation") {
  // With a diagonal Jacobian the estimate of its columns' norms is exact. Small residuals make
  // conjugate gradients exact, too.
  const Tensor c = tensor({1, 20, 0.3, 4}, float64);
  Tensor x = tensor({0.5, -1, 2, 3}, float64).requires_grad_();
  const Closure f = [&] { return 1e-12 * c * (square(x) + 1); };
  const LeastSquaresOptions with{.max_dense = 4}, without{.max_dense = 3};
  for (const double mu : {0.0, 1e-3, 1.0, 100.0}) {
    INFO(mu);
    Objective objective("test", f, {x}, here);
    Vector at = objective.read();
    const Vector r = objective.values(at);
    LinearModel dense(objective, with), products(objective, without);
    CHECK(dense.dense());
    CHECK(!products.dense());
    dense.update(r);
    products.update(r);
    const Vector p = dense.step(mu), q = products.step(mu);
    for (std::size_t i = 0; i < 4; ++i) {
      const double j = 2e-12 * c.to_vector<double>()[i] * at[i];
      CHECK(dense.gradient()[i] == Approx(j * r[i]));
      CHECK(p[i] == Approx(-r[i] / (j * (1 + mu))).epsilon(1e-10));
      CHECK(q[i] == Approx(p[i]).epsilon(1e-5));
    }
    CHECK(dense.square(p) == Approx(products.square(p)));
  }
}
