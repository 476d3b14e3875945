// Entries put into tensors of any layout, by ids and masks of any shape, beside a plain loop.

#include <cinta/cinta.hpp>
#include <random>

#include "support/catch_compat.hpp"

namespace {

using namespace cinta;
using Doubles = std::vector<double>;

std::int64_t pick(std::int64_t low, std::int64_t high) {  // both may come
  return std::int64_t(randint(low, high + 1, {}).item());
}

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

// Whole numbers, of which sums are exact.
Tensor draw(const Shape& shape, Dtype dtype) {
  return dtype == boolean ? gt(randint(0, 2, shape), 0) : to(randint(-9, 9, shape), dtype);
}

// A view of all or of a part of x, the same one for one state of `random`.
Tensor view_of(const Tensor& x, std::mt19937 random) {
  Tensor view = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    switch (random() % 5) {
      case 0: view = slice(view, axis, random() % 2, end_of_axis, 2); break;
      case 1: view = slice(view, axis, -1, end_of_axis, -1); break;
      case 2: view = slice(view, axis, view.shape()[axis] / 3, end_of_axis); break;
      default: break;
    }
  }
  if (x.rank() > 1 && random() % 2) view = transpose(view, 0, int(random() % unsigned(x.rank())));
  return view;
}

// Ids for the first axes of a view, as they are given and as one column each, which broadcast.
struct Places {
  Tensors given, columns;
  Shape shape;
};
Places places_in(const Tensor& view, std::int64_t most) {
  Places places;
  if (pick(0, 3) == 0) {
    const int rank = int(pick(1, view.rank()));
    Shape shape = Shape::filled(rank);
    for (int i = 0; i < rank; ++i) shape[i] = view.shape()[i];
    places.given = {gt(rand(shape), 0.6)};
    const Tensor ids = nonzero(places.given[0]);
    for (int i = 0; i < rank; ++i) places.columns.push_back(select(ids, 1, i));
    places.shape = {ids.shape()[0]};
    return places;
  }
  const std::int64_t n = pick(0, 5) == 0 ? 0 : pick(1, most);
  const std::vector<Shape> shapes = {{n}, {}, {2, n}, {2, 1}, {1}};
  const int axes = int(pick(1, view.rank()));
  for (int k = 0; k < axes; ++k) {
    const Shape& shape = shapes[std::size_t(pick(0, std::int64_t(shapes.size()) - 1))];
    if (shape.numel() > 0 && view.shape()[k] == 0) return places_in(view, most);
    const Tensor ids =
        shape.numel() == 0 ? zeros(shape, int64) : randint(0, view.shape()[k], shape);
    places.given.push_back(ids);
    places.shape = broadcast_shapes("places", places.shape, ids.shape());
  }
  places.columns = places.given;
  return places;
}

// Puts values into a view of `base` and compares all of it, and the gradients, with a loop.
void check(const Tensor& base, Dtype dtype, const Places& places, const Tensor& numbers,
           const Tensor& given, bool accumulate, const std::function<Tensor(const Tensor&)>& view) {
  const int axes = int(places.columns.size());
  const Tensor seen = view(numbers);  // of which element of the base each is
  Shape shape = Shape::filled(places.shape.rank() + seen.rank() - axes);
  for (int i = 0; i < shape.rank(); ++i)
    shape[i] =
        i < places.shape.rank() ? places.shape[i] : seen.shape()[i - places.shape.rank() + axes];
  Tensor rows = zeros(places.shape, int64);
  std::int64_t count = 1;
  for (int k = 0; k < axes; ++k) {
    rows = rows * seen.shape()[k] + places.columns[std::size_t(k)];
    count *= seen.shape()[k];
  }
  const std::int64_t width = count ? seen.numel() / count : 0;
  const auto row = rows.to_vector<std::int64_t>(), number = seen.to_vector<std::int64_t>();
  const auto value_of =
      broadcast_to(reshape(arange(given.numel()), given.shape()), shape).to_vector<std::int64_t>();
  const Doubles from = values(given);
  Doubles expected = values(base);
  std::vector<std::int64_t> writer(expected.size(), -1);
  for (std::size_t i = 0; i < value_of.size(); ++i) {
    const auto at = std::size_t(
        number[std::size_t(row[i / std::size_t(width)] * width) + i % std::size_t(width)]);
    const double value = from[std::size_t(value_of[i])];
    expected[at] = accumulate ? expected[at] + value : value;
    writer[at] = std::int64_t(i);
  }
  const Tensor whole = clone(base);
  index_put_(view(whole), places.given, given, accumulate);
  CHECK((values(whole) == expected));
  if (!is_floating(dtype)) return;

  const Tensor x = clone(base).requires_grad_(), v = clone(given).requires_grad_();
  const Tensor y = clone(x), w = to(remainder(numbers, 7), dtype) + 1;
  index_put_(view(y), places.given, v, accumulate);
  CHECK((values(y) == expected));
  const Tensors got = grad({sum(y * w)}, {x, v});
  Doubles dx(expected.size()), dv(from.size(), 0);
  for (std::size_t at = 0; at < dx.size(); ++at)
    dx[at] = accumulate || writer[at] < 0 ? double(at % 7 + 1) : 0;
  for (std::size_t i = 0; i < value_of.size(); ++i) {
    const auto at = std::size_t(
        number[std::size_t(row[i / std::size_t(width)] * width) + i % std::size_t(width)]);
    if (accumulate || writer[at] == std::int64_t(i))
      dv[std::size_t(value_of[i])] += double(at % 7 + 1);
  }
  CHECK((values(got[0]) == dx));
  CHECK((values(got[1]) == dv));
}

}  // namespace

TEST_CASE("index_put_ into views of any layout, by ids and masks of any shape") {
  manual_seed(11);
  for (int round = 0; round < 600; ++round) {
    Shape shape = Shape::filled(int(pick(1, 3)));
    for (int i = 0; i < shape.rank(); ++i) shape[i] = pick(0, 20) == 0 ? 0 : pick(1, 6);
    if (round % 50 == 0) shape = {300, 40, 9};  // of several threads
    const auto view = [=](const Tensor& x) { return view_of(x, std::mt19937(unsigned(round))); };
    const Tensor numbers = reshape(arange(shape.numel()), shape), seen = view(numbers);
    const Places places = places_in(seen, round % 50 == 0 ? 3000 : 7);
    const int axes = int(places.columns.size());
    Shape of_values = Shape::filled(seen.rank() - axes);  // without the axes of the places, or with
    for (int i = 0; i < of_values.rank(); ++i)
      of_values[i] = pick(0, 3) == 0 ? 1 : seen.shape()[axes + i];
    if (pick(0, 3) > 0) {
      Shape both = Shape::filled(places.shape.rank() + of_values.rank());
      for (int i = 0; i < both.rank(); ++i)
        both[i] = i < places.shape.rank() ? places.shape[i] : of_values[i - places.shape.rank()];
      of_values = both;
    }
    for (const Dtype dtype : {float32, float64, int64, boolean}) {
      const Tensor base = draw(shape, dtype), given = draw(of_values, dtype);
      for (const bool accumulate : {false, true}) {
        if (accumulate && dtype == boolean) continue;
        CAPTURE(round, shape.str(), seen.strides().str(), places.shape.str(), axes, of_values.str(),
                name_of(dtype), accumulate);
        check(base, dtype, places, numbers, given, accumulate, view);
      }
    }
  }
}
