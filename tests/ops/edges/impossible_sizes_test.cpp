// Sizes, axes and offsets that no memory has: every function that takes some refuses them, and none
// computes with what is left of a product that wrapped around.

#include <cinta/cinta.hpp>
#include <functional>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t half = std::int64_t(1) << 32, quarter = std::int64_t(1) << 62;

// Each has a product that is negative, that wraps around (to 0, to 1, to 4), or that fits as a
// number of elements but not of bytes.
const std::vector<Shape> impossible = {{-1},
                                       {-3, 2},
                                       {3, -2},
                                       {-2, -3},
                                       {0, -1},
                                       {half, half},
                                       {largest, 2},
                                       {largest},
                                       {half, half, 0},
                                       {quarter + 1, 4},
                                       {274177, 67280421310721},
                                       {largest, largest, largest},
                                       {quarter},
                                       {0, quarter, 4},
                                       {std::numeric_limits<std::int64_t>::min()}};

struct Call {
  const char* name;
  std::function<void(const Shape&)> call;
};

const std::vector<Call> calls_with_shapes = {
    {"empty", [](const Shape& s) { empty(s); }},
    {"zeros", [](const Shape& s) { zeros(s); }},
    {"ones", [](const Shape& s) { ones(s, float64); }},
    {"full", [](const Shape& s) { full(s, 3); }},
    {"rand", [](const Shape& s) { rand(s); }},
    {"randn", [](const Shape& s) { randn(s); }},
    {"randint", [](const Shape& s) { randint(0, 3, s); }},
    {"from_data", [](const Shape& s) { from_data(std::vector<float>(1), s); }},
    {"from_data of nothing", [](const Shape& s) { from_data(std::vector<float>(), s); }},
    {"from_data of four", [](const Shape& s) { from_data(std::vector<float>(4), s); }},
    {"reshape of one", [](const Shape& s) { reshape(ones({1}), s); }},
    {"reshape of four", [](const Shape& s) { reshape(ones({4}), s); }},
    {"reshape of nothing", [](const Shape& s) { reshape(zeros({0}), s); }},
    {"broadcast_to", [](const Shape& s) { broadcast_to(ones({1}), s); }},
    {"broadcast_to of two axes",
     [](const Shape& s) {
       broadcast_to(ones({1, 1}), s);
     }},
    {"as_strided", [](const Shape& s) { as_strided(ones({4}), s, Shape::filled(s.rank())); }},
    {"as_strided, dense",
     [](const Shape& s) { as_strided(ones({4}), s, Shape::filled(s.rank(), 1)); }},
    {"index_add", [](const Shape& s) { index_add(s, zeros({0}, int64), zeros({0})); }},
    {"index_add of rows",
     [](const Shape& s) {
       index_add(s, tensor({0, 0}, int64), ones({2, 2}));
     }},
    {"one_hot", [](const Shape& s) { one_hot(zeros({0}, int64), s[0]); }},
    {"linspace", [](const Shape& s) { linspace(0, 1, s[0]); }},
    {"eye", [](const Shape& s) { eye(s[0]); }},
};

}  // namespace

TEST_CASE("no function makes a tensor of an impossible shape") {
  for (const Call& f : calls_with_shapes) {
    for (const Shape& shape : impossible) {
      INFO(f.name << " " << shape.str());
      // Of these only the first size matters, and it may be possible.
      const bool one_size = std::string("one_hot linspace eye").find(f.name) != std::string::npos;
      if (one_size && shape[0] >= 0 && shape[0] < quarter) continue;
      // -1 is what is left.
      if (std::string(f.name).starts_with("reshape") && shape == Shape{-1}) continue;
      CHECK_THROWS_AS(f.call(shape), Error);
    }
  }
}

TEST_CASE("the text names the function, the shape and the line") {
  const auto text = [](auto call) { return error_of(call); };
  CHECK_THAT(
      text([] {
        broadcast_to(ones({1}), {half, half});
      }),
      StartsWith("broadcast_to: (4294967296, 4294967296) float32 has more bytes than 64 bits "
                 "can count [impossible_sizes_test.cpp:"));
  CHECK_THAT(text([] { broadcast_to(ones({1}), {-3}); }),
             StartsWith("broadcast_to: negative size in (-3,) [impossible_sizes_test.cpp:"));
  CHECK_THAT(text([] { as_strided(ones({5}), {3}, {quarter}); }),
             StartsWith("as_strided: shape (3,), strides (4611686018427387904,) and offset 0 lead "
                        "beyond 64 bits [impossible_sizes_test.cpp:"));
  CHECK_THAT(text([] { empty({-2}); }),
             StartsWith("empty: negative size in (-2,) [impossible_sizes_test.cpp:"));
  CHECK_THAT(text([] {
               reshape(ones({1}), {274177, 67280421310721});
             }),
             StartsWith("reshape: (1,) to (274177, 67280421310721): more elements than 64 bits can "
                        "count [impossible_sizes_test.cpp:"));
}

TEST_CASE("what broadcasts to too many elements is refused by the operation that was called") {
  const Tensor tall = broadcast_to(ones({1, 1}), {half, 1}),
               flat = broadcast_to(ones({1, 1}), {1, half});
  CHECK_THAT(error_of([&] { tall + flat; }), StartsWith("add: (4294967296, 4294967296) float32"));
  CHECK_THROWS_AS(matmul(tall, flat), ShapeError);
}

TEST_CASE("views must lie within their memory, however far their strides lead") {
  const Tensor x = arange(5, float64);
  const auto refused = [&](const Shape& shape, const Strides& strides, std::int64_t offset) {
    CHECK_THROWS_AS(as_strided(x, shape, strides, offset), ShapeError);
  };
  refused({2}, {1}, largest);
  refused({2}, {1}, -largest);
  refused({2}, {-1}, 0);
  refused({3}, {quarter}, 0);
  refused({9}, {quarter / 2}, 0);
  refused({3}, {-quarter}, 4);
  refused({3, 3}, {quarter, -quarter}, 2);
  refused({2, 2}, {largest, largest}, 2);  // wraps around to -2
  CHECK(as_strided(x, {0}, {quarter}, largest).numel() == 0);
  CHECK(as_strided(x, {1}, {quarter}, 4).item() == 4);
  // Where no step is taken, none is kept: who computes with it would leave 64 bits.
  CHECK(as_strided(x, {1, 2}, {largest, 1}).strides() == Strides{2, 1});
  CHECK(as_strided(x, {2, 0}, {largest, 1}).strides() == contiguous_strides({2, 0}));
  CHECK(slice(x, 0, 1, largest, largest).item() == 1);
}

TEST_CASE("cat of more than 64 bits can count") {
  const Tensor wide = broadcast_to(ones({1, 1}), {1, quarter / 4});
  CHECK_THROWS_AS(cat(Tensors(4, wide), 1), ShapeError);
  CHECK_THROWS_AS(cat(Tensors(8, wide), 1), ShapeError);
  CHECK_THROWS_AS(cat(Tensors(16, wide), 1), ShapeError);  // 2^64, which is 0 again
}

TEST_CASE("parts of more than 64 bits can count") {
  const Tensor x = arange(4, float64), flags = x > 1;
  // 2^64 and 4, which is 4 again: of one byte each, and of eight.
  CHECK_THROWS_AS(split(flags, Shape{largest, largest, 6}), ShapeError);
  Shape sizes = Shape::filled(33, quarter / 8);
  sizes[32] = 4;
  CHECK_THROWS_AS(split(x, sizes), ShapeError);
  CHECK(chunk(x, largest).size() == 4);
  CHECK(chunk(x, largest - 2).size() == 4);
  CHECK_THROWS_AS(chunk(zeros({0}), largest), ValueError);
}

TEST_CASE("axes are compared with their whole value") {
  const Tensor x = ones({2, 3});
  for (const std::int64_t axis : {half, half + 1, -half, largest}) {
    CHECK_THROWS_AS(permute(x, {axis, 0}), IndexError);
    CHECK_THROWS_AS(permute(x, {0, axis}), IndexError);
    CHECK_THROWS_AS(sum(x, {axis}), IndexError);
    CHECK_THROWS_AS(mean(x, {0, axis}), IndexError);
    CHECK_THROWS_AS(max(x, {axis}), IndexError);
  }
}

TEST_CASE("rows of another width are not added") {
  const Tensor ids = tensor({0, 1}, int64);
  CHECK_THROWS_AS(index_add({5, 3}, ids, ones({3, 2})), ShapeError);
  CHECK_THROWS_AS(index_add({5, 3}, ids, ones({6})), ShapeError);
  CHECK_THROWS_AS(index_add({5, 3}, ids, ones({2, 3, 1})), ShapeError);
  CHECK(sum(index_add({5, 3}, ids, ones({2, 3}))).item() == 6);
}

TEST_CASE("sizes of zero stay allowed") {
  CHECK(reshape(zeros({0, 3}), {3, 0, 5}).shape() == Shape{3, 0, 5});
  CHECK(broadcast_to(ones({1}), {0}).numel() == 0);
  CHECK(broadcast_to(ones({1, 1}), {0, half}).numel() == 0);
  CHECK(zeros({half, 0}).numel() == 0);
}
