// What the checks are made of: layouts in which an operation gets its inputs, samples that are
// drawn, and slopes of functions of one number.

#include <algorithm>
#include <cinta/autograd/check/detail/driver/samples.hpp>
#include <cinta/autograd/check/detail/slopes.hpp>
#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

const std::vector<Shape> shapes{{}, {1}, {5}, {0}, {2, 3}, {3, 1, 2}, {2, 0, 3}, {2, 3, 4}};

// Where the elements of a tensor lie in its storage, in elements, in row-major order.
std::vector<std::int64_t> places_of(const Tensor& x) {
  const auto* first = static_cast<const char*>(x.storage()->data());
  const auto begin =
      (static_cast<const char*>(x.impl()->memory) - first) / std::int64_t(size_of(x.dtype()));
  std::vector<std::int64_t> places;
  for (std::int64_t flat = 0; flat < x.numel(); ++flat) {
    std::int64_t place = begin, rest = flat;
    for (int axis = x.rank() - 1; axis >= 0; --axis) {
      place += rest % x.shape()[axis] * x.strides()[axis];
      rest /= x.shape()[axis];
    }
    places.push_back(place);
  }
  return places;
}

bool is_poison(const Tensor& x, std::int64_t place) {
  if (x.dtype() == int64)
    return static_cast<const std::int64_t*>(x.storage()->data())[place] < -(std::int64_t{1} << 40);
  return std::isnan(static_cast<const double*>(x.storage()->data())[place]);
}

int long_axes(const Shape& shape) {
  return int(std::count_if(shape.begin(), shape.end(), [](std::int64_t n) { return n > 1; }));
}

// The values of `f` around x, as the check takes them.
detail::Line line_of(const std::function<double(double)>& f, double x) {
  detail::Line line;
  line.x = x;
  line.value = f(x);
  double step = detail::Line::first_step(x);
  for (int i = 0; i < detail::Line::levels; ++i, step /= detail::Line::shrink) {
    line.left_x[i] = x - step;
    line.right_x[i] = x + step;
    line.left[i] = f(line.left_x[i]);
    line.right[i] = f(line.right_x[i]);
  }
  return line;
}

}  // namespace

TEST_CASE("layouts hold the same values in other places") {
  for (const Shape& shape : shapes) {
    for (const Dtype dtype : {float64, int64}) {
      const Tensor x = to(reshape(arange(1, shape.numel() + 1), shape), dtype);
      for (const check::Layout layout : check::layouts) {
        CAPTURE(shape.str(), name_of(dtype), check::name_of(layout));
        const Tensor y = check::laid_out(x, layout);
        REQUIRE(y.shape() == shape);
        REQUIRE(y.dtype() == dtype);
        const std::vector<std::int64_t> places = places_of(y);
        const std::set<std::int64_t> taken(places.begin(), places.end());
        const auto size = std::int64_t(y.storage()->bytes() / size_of(dtype));
        for (const std::int64_t place : places) REQUIRE((place >= 0 && place < size));

        if (layout == check::Layout::expanded && long_axes(shape) > 0 && shape.numel() > 0) {
          // The first entry of one axis in the place of all.
          int repeated = -1, count = 0;
          for (int axis = 0; axis < shape.rank(); ++axis) {
            if (shape[axis] > 1 && y.strides()[axis] == 0) {
              repeated = axis;
              ++count;
            }
          }
          REQUIRE(count == 1);
          CHECK(std::int64_t(taken.size()) == shape.numel() / shape[repeated]);
          const Tensor wanted = broadcast_to(slice(x, repeated, 0, 1), shape);
          CHECK(to(y, float64).to_vector<double>() == to(wanted, float64).to_vector<double>());
          continue;
        }
        CHECK(to(y, float64).to_vector<double>() == to(x, float64).to_vector<double>());
        CHECK(taken.size() == places.size());
        for (int axis = 0; axis < shape.rank(); ++axis) {
          if (shape[axis] < 2 || shape.numel() == 0) continue;
          const std::int64_t step = y.strides()[axis];
          if (layout == check::Layout::reversed) CHECK(step < 0);
          if (layout == check::Layout::gaps) CHECK(step > 1);
          if (layout == check::Layout::transposed && long_axes(shape) > 1)
            CHECK(step != contiguous_strides(shape)[axis]);
        }
        if (layout == check::Layout::gaps && shape.numel() > 0) {
          // Before, between and behind them is what nobody may read.
          CHECK(*taken.begin() > 0);
          CHECK(*taken.rbegin() < size - 1);
          for (const std::int64_t place : places) {
            CHECK(is_poison(y, place - 1));
            CHECK(is_poison(y, place + 1));
          }
        }
      }
    }
  }
}

TEST_CASE("samples are what an input says") {
  using namespace check;
  const Tensors x = draw({reals({300}, -2, 3), integers({300}, -1, 2), flags({300}),
                          reals({300}, 0, 1).away_from({0.5}, 0.25), reals({3}, {4, 5, 6}),
                          reals({20}, -1, 1).distinct(), reals({4, 5}, 2, 4).distinct()},
                         7);
  const auto all = [](const Tensor& y, auto holds) {
    const std::vector<double> values = to(y, float64).to_vector<double>();
    return std::all_of(values.begin(), values.end(), holds);
  };
  const auto count = [](const Tensor& y, auto holds) {
    const std::vector<double> values = to(y, float64).to_vector<double>();
    return std::count_if(values.begin(), values.end(), holds);
  };
  CHECK(all(x[0], [](double v) { return v >= -2 && v <= 3 && v == float(v); }));
  CHECK(count(x[0], [](double v) { return v < -1; }) > 30);
  CHECK(count(x[0], [](double v) { return v > 2; }) > 30);
  CHECK(x[1].dtype() == int64);
  CHECK(all(x[1], [](double v) { return v >= -1 && v <= 2; }));
  for (const double value : {-1, 0, 1, 2})
    CHECK(count(x[1], [=](double v) { return v == value; }) > 30);
  CHECK(x[2].dtype() == boolean);
  CHECK(count(x[2], [](double v) { return v == 1; }) > 100);
  CHECK(count(x[2], [](double v) { return v == 0; }) > 100);
  CHECK(all(x[3], [](double v) { return std::fabs(v - 0.5) >= 0.25; }));
  CHECK(x[4].to_vector<double>() == std::vector<double>{4, 5, 6});
  // Each inside of its bounds, and no two of all that are distinct near each other (of 40).
  std::vector<double> positions;
  for (const double v : x[5].to_vector<double>()) positions.push_back((v + 1) / 2);
  for (const double v : x[6].to_vector<double>()) positions.push_back((v - 2) / 2);
  CHECK_FALSE(std::is_sorted(positions.begin(), positions.end()));
  std::sort(positions.begin(), positions.end());
  CHECK(positions.front() > 0.01);
  CHECK(positions.back() < 0.99);
  for (std::size_t i = 1; i < positions.size(); ++i)
    CHECK(positions[i] - positions[i - 1] == Approx(1. / 40).epsilon(1e-3));

  CHECK(draw({reals({9})}, 1)[0].to_vector<double>() ==
        draw({reals({9})}, 1)[0].to_vector<double>());
  CHECK(draw({reals({9})}, 1)[0].to_vector<double>() !=
        draw({reals({9})}, 2)[0].to_vector<double>());
  CHECK(error_of([] { draw({reals({3}, {1, 2})}, 1); }) == "check: 2 values for (3,)");
  CHECK_THAT(error_of([] { draw({reals({3}, 0, 1).away_from({0.5}, 1)}, 1); }),
             StartsWith("check: no value in [0, 1) is far enough from the places to avoid"));
}

TEST_CASE("slopes come from steps that suit the function") {
  using detail::Line, detail::Slope;
  const auto slope = [](const std::function<double(double)>& f, double x,
                        Line::Side side = Line::both) { return line_of(f, x).extrapolate(side); };
  for (const double x : {-30., -1., 0., 0.7, 5., 1e6}) {
    CAPTURE(x);
    CHECK(slope([](double v) { return 3 * v + 1; }, x).value == Approx(3).epsilon(1e-10));
    CHECK(slope([](double v) { return v * v; }, x).value ==
          Approx(2 * x).margin(1e-8).epsilon(1e-10));
    CHECK(slope([](double v) { return std::sin(v); }, x).value ==
          Approx(std::cos(x)).margin(1e-8).epsilon(1e-8));
  }
  // One that varies on a scale of 1e-4, and each side of a corner.
  CHECK(slope([](double v) { return std::sin(1e4 * v); }, 0.3).value ==
        Approx(1e4 * std::cos(3000)).epsilon(1e-5));
  const auto corner = [](double v) { return v > 1 ? 5 * v : 2 * v + 3; };
  CHECK(slope(corner, 1, Line::to_left).value == Approx(2).epsilon(1e-8));
  CHECK(slope(corner, 1, Line::to_right).value == Approx(5).epsilon(1e-8));
  // The noise that it says is not less than the error.
  const Slope noisy = slope([](double v) { return double(float(std::exp(v))); }, 0.5);
  CHECK(std::fabs(noisy.value - std::exp(0.5)) < 0.01);
  const Slope exact = slope([](double v) { return std::exp(v); }, 0.5);
  CHECK(std::fabs(exact.value - std::exp(0.5)) < 1e-10 + exact.noise);
  CHECK(exact.noise < 1e-6);
  // Rounding of large values hides their slope, and is owned up to.
  const Slope hidden = slope([](double v) { return 1e9 + std::sin(v); }, 0.5);
  CHECK(std::fabs(hidden.value - std::cos(0.5)) < hidden.noise);
  CHECK(exact.step > 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(slope([=](double v) { return v * infinity; }, 0).value));
  CHECK(slope([=](double v) { return v < 0 ? nan : v * v; }, 1).value == Approx(2).epsilon(1e-10));
  // Steps that leave the domain do not count.
  CHECK(slope([](double v) { return std::log(v); }, 1e-4).value == Approx(1e4).epsilon(1e-4));
}

TEST_CASE("a smooth place, a corner and a jump are told from each other") {
  using detail::Line;
  const auto kind = [](const std::function<double(double)>& f, double x) {
    return line_of(f, x).kind(1e-6);
  };
  for (const double x : {-2., 0., 0.3, 4.}) {
    CAPTURE(x);
    CHECK(kind([](double v) { return std::exp(v); }, x) == Line::smooth);
    CHECK(kind([](double v) { return 1e3 * v * v + 7; }, x) == Line::smooth);
    CHECK(kind([](double) { return 2.; }, x) == Line::smooth);
    CHECK(kind([=](double v) { return std::fabs(v - x); }, x) == Line::kink);
    CHECK(kind([=](double v) { return 3 + std::max(v - x, 0.) / 100; }, x) == Line::kink);
    CHECK(kind([=](double v) { return v < x ? 1. : 2.; }, x) == Line::jump);
    CHECK(kind([=](double v) { return v > x ? 1. : 2.; }, x) == Line::jump);
    // Single precision inside is a staircase.
    CHECK(kind([](double v) { return double(float(std::exp(v))); }, x) != Line::jump);
    CHECK(kind([=](double v) { return double(float(1 + 0x1p-24 + (v - x) / 1000)); }, x) !=
          Line::jump);
  }
}
