// Elements read, written and added along one axis, beside plain loops.

#include <cinta/cinta.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "support/catch_compat.hpp"

namespace {

using namespace cinta;
using Doubles = std::vector<double>;
using Ids = std::vector<std::int64_t>;

std::int64_t pick(std::int64_t low, std::int64_t high) {  // both may come
  return std::int64_t(randint(low, high + 1, {}).item());
}

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

// Whole numbers, of which sums are exact.
Tensor draw(const Shape& shape, Dtype dtype) {
  return dtype == boolean ? gt(randint(0, 2, shape), 0) : to(randint(-9, 9, shape), dtype);
}

// The row-major number of the element of a tensor of this shape that each id names.
Ids places_of(const Tensor& ids, const Shape& shape, int axis) {
  const Ids id = ids.to_vector<std::int64_t>();
  Ids places;
  for (std::int64_t i = 0; i < ids.numel(); ++i) {
    std::int64_t place = 0, rest = i, step = 1;
    for (int k = shape.rank() - 1; k >= 0; --k) {
      place += (k == axis ? id[std::size_t(i)] : rest % ids.shape()[k]) * step;
      rest /= ids.shape()[k];
      step *= shape[k];
    }
    places.push_back(place);
  }
  return places;
}

Doubles taken(const Doubles& from, const Ids& places) {
  Doubles out;
  for (const std::int64_t place : places) out.push_back(from[std::size_t(place)]);
  return out;
}

// Sums of x and weights of its own, whose gradient is these weights.
Tensor weighted(const Tensor& x, const Tensor& weights) { return sum(x * weights); }

void check(const Tensor& x, const Tensor& ids, const Tensor& source, int axis) {
  const Ids places = places_of(ids, x.shape(), axis);
  const Doubles of_x = values(x), of_source = values(source);
  CHECK((values(gather(x, axis, ids)) == taken(of_x, places)));
  Doubles written = of_x, added = of_x, left(of_x.size(), 1);
  Ids writer(of_x.size(), -1);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = std::size_t(places[i]);
    written[at] = of_source[i];
    added[at] += of_source[i];
    writer[at] = std::int64_t(i);
    left[at] = 0;
  }
  CHECK((values(scatter(x, axis, ids, source)) == written));
  if (x.dtype() == boolean) return;
  CHECK((values(scatter_add(x, axis, ids, source)) == added));
  if (!is_floating(x.dtype())) return;

  const Tensor a = x.detach().requires_grad_(), b = source.detach().requires_grad_();
  const Tensor u = draw(ids.shape(), x.dtype()), w = draw(x.shape(), x.dtype());
  const Doubles of_u = values(u), of_w = values(w);
  Doubles da(of_x.size(), 0), kept = of_w, db(of_source.size(), 0);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = std::size_t(places[i]);
    da[at] += of_u[i];
    kept[at] = of_w[at] * left[at];
    if (writer[at] == std::int64_t(i)) db[i] = of_w[at];
  }
  CHECK((values(grad({weighted(gather(a, axis, ids), u)}, {a})[0]) == da));
  const Tensors of_scatter = grad({weighted(scatter(a, axis, ids, b), w)}, {a, b});
  CHECK((values(of_scatter[0]) == kept));
  CHECK((values(of_scatter[1]) == db));
  const Tensors of_add = grad({weighted(scatter_add(a, axis, ids, b), w)}, {a, b});
  CHECK((values(of_add[0]) == of_w));
  CHECK((values(of_add[1]) == taken(of_w, places)));
}

}  // namespace

TEST_CASE("gather, scatter and scatter_add along any axis") {
  manual_seed(5);
  for (int round = 0; round < 400; ++round) {
    Shape shape = Shape::filled(int(pick(1, 4)));
    for (int i = 0; i < shape.rank(); ++i) shape[i] = pick(1, 6);
    const int axis = int(pick(0, shape.rank() - 1));
    Shape of_ids = shape;
    for (int i = 0; i < shape.rank(); ++i)
      if (i == axis || pick(0, 2) == 0) of_ids[i] = pick(0, i == axis ? 150 : shape[i]);
    const Tensor ids = randint(0, shape[axis], of_ids);
    for (const Dtype dtype : {float32, float64, int64, boolean}) {
      CAPTURE(round, shape.str(), of_ids.str(), axis, name_of(dtype));
      check(draw(shape, dtype), ids, draw(of_ids, dtype), axis);
      Shape back = shape, ids_back = of_ids;  // through views that are not dense
      std::swap(back[0], back[shape.rank() - 1]);
      std::swap(ids_back[0], ids_back[shape.rank() - 1]);
      const auto turned = [&](const Tensor& x) { return transpose(x, 0, -1); };
      check(turned(draw(back, dtype)), turned(contiguous(turned(ids))),
            turned(draw(ids_back, dtype)), axis);
    }
  }
}

TEST_CASE("the same of several threads, wide tables and far ones") {
  manual_seed(6);
  const std::vector<std::pair<Shape, int>> cases = {
      {{300, 700}, 0},  {{300, 700}, 1},  {{20, 90, 90}, 1}, {{300000}, 0},
      {{2, 150000}, 1}, {{150000, 3}, 0}, {{5000, 70}, 0},   {{40000, 5}, 1}};
  for (const auto& [shape, axis] : cases) {
    for (const bool longer : {false, true}) {
      Shape of_ids = shape;
      of_ids[axis] = longer ? std::min<std::int64_t>(3 * shape[axis], 200000) : 5;
      const Tensor ids = randint(0, shape[axis], of_ids);
      for (const Dtype dtype : {float32, float64, int64}) {
        CAPTURE(shape.str(), of_ids.str(), axis, name_of(dtype));
        check(draw(shape, dtype), ids, draw(of_ids, dtype), axis);
      }
    }
  }
}

TEST_CASE("gather of so much that it is written past the caches") {
  manual_seed(8);
  const std::vector<std::pair<Shape, std::int64_t>> cases = {
      {{4200, 1003}, 1003}, {{300, 50}, 15000}, {{3000, 4000}, 1500}};
  for (const auto& [shape, count] : cases) {
    for (const Dtype dtype : {float32, int64}) {
      const Tensor x = to(randint(-1000, 1000, shape), dtype);
      const Tensor ids = randint(0, shape[1], {shape[0], count});
      const Tensor y = to(gather(x, 1, ids), int64);
      const Ids of_x = to(x, int64).to_vector<std::int64_t>(), id = ids.to_vector<std::int64_t>(),
                got = y.to_vector<std::int64_t>();
      std::int64_t wrong = 0;
      for (std::size_t i = 0; i < got.size(); ++i)
        wrong +=
            got[i] != of_x[i / std::size_t(count) * std::size_t(shape[1]) + std::size_t(id[i])];
      CAPTURE(shape.str(), count, name_of(dtype));
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("scatter_add of many to one element is as good as sum") {
  constexpr std::int64_t n = 300000;
  for (const Dtype dtype : {float32, float64}) {
    const double tolerance = 2 * (dtype == float32 ? 0x1p-24 : 0x1p-53);
    manual_seed(7);
    for (const Shape& shape : {Shape{3, n}, Shape{n, 3}}) {
      const int axis = shape[0] == 3 ? 1 : 0;
      const Tensor x = to(rand(shape) + 0.1, dtype), ids = randint(0, 2, shape);
      Shape of_table = shape;
      of_table[axis] = 2;
      const Doubles terms = values(x),
                    got = values(scatter_add(zeros(of_table, dtype), axis, ids, x));
      const Ids places = places_of(ids, of_table, axis);
      std::vector<long double> expected(6, 0);
      for (std::size_t i = 0; i < places.size(); ++i)
        expected[std::size_t(places[i])] += (long double)(terms[i]);
      for (std::size_t i = 0; i < 6; ++i) {
        CAPTURE(name_of(dtype), axis, i);
        CHECK(std::abs(got[i] - double(expected[i])) <= tolerance * double(expected[i]));
      }
    }
    // Infinity stays what it is.
    constexpr double infinite = std::numeric_limits<double>::infinity();
    Tensor x = ones({100}, dtype);
    fill_(select(x, 0, 50), infinite);
    CHECK(scatter_add(zeros({1}, dtype), 0, zeros({100}, int64), x).item() == infinite);
  }
}
