// Results that are written with streaming stores: they are to be the bits that small ones are, of
// which the other tests show that they are right.

#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/loop/transform.hpp>
#include <cinta/ops/kernels/norm/layer_norm.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cinta/ops/map/vm/bytecode.hpp>
#include <cinta/ops/random/random.hpp>
#include <cstring>

#include "ops/kernels/arrays.hpp"

namespace arrays {

namespace {

constexpr std::int64_t row = 1024, rows = kernels::large_result / 4 / row + 1;

// Numbers of `from` at first, first + 1, ...
Tensor part_of(const Tensor& from, std::int64_t first, std::int64_t count) {
  return alias(from, {count}, {1}, first);
}

std::int64_t different(const Tensor& a, const Tensor& b) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i)
    count += std::bit_cast<std::uint32_t>(a.data<float>()[i]) !=
             std::bit_cast<std::uint32_t>(b.data<float>()[i]);
  return count;
}

// y as a whole and in parts of a few rows, by work(first element, elements, where y is).
template <class Work>
void check_parts(const Tensor& y, const Work& work) {
  const Tensor expected = empty(y.shape());
  for (std::int64_t r = 0; r < rows; r += 100)
    work(r * row, std::min<std::int64_t>(100, rows - r) * row, expected);
  for (const int threads : {1, 2, 3}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    std::fill_n(y.data<float>(), y.numel(), float(nan));
    work(0, rows * row, y);
    CAPTURE(threads);
    CHECK(different(y, expected) == 0);
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
}

}  // namespace

TEST_CASE("a large elementwise result, also where it is not aligned to a cache line") {
  const Tensor a = randn({rows * row}), b = randn({rows * row}), room = empty({rows * row + 1});
  for (const std::int64_t offset : {0, 1}) {
    check_parts(part_of(room, offset, rows * row),
                [&](std::int64_t first, std::int64_t n, const Tensor& y) {
                  kernels::elementwise(Function::mul, part_of(y, first, n), part_of(a, first, n),
                                       part_of(b, first, n));
                });
  }
}

TEST_CASE("a large result in the place of an input") {
  const Tensor a = randn({rows * row}), b = randn({rows * row}), x = empty({rows * row});
  check_parts(x, [&](std::int64_t first, std::int64_t n, const Tensor& y) {
    std::copy_n(a.data<float>() + first, n, y.data<float>() + first);
    const Tensor place = part_of(y, first, n);
    kernels::elementwise(Function::add, place, place, part_of(b, first, n));
  });
}

TEST_CASE("a large result of a loop with a lambda") {
  const Tensor a = randn({rows * row}), y = empty({rows * row});
  check_parts(y, [&](std::int64_t first, std::int64_t n, const Tensor& to) {
    kernels::map<float>(
        part_of(to, first, n), [](auto v) { return v * v + decltype(v)(2); }, part_of(a, first, n));
  });
}

TEST_CASE("large results of several instructions in one pass") {
  const Tensor a = randn({rows * row}), b = randn({rows * row});
  const Tensor y = empty({rows * row}), z = empty({rows * row});
  const kernels::Handlers& handlers = kernels::handlers_of(float32);
  // y = tanh(a * b), z = y - a
  const kernels::Instruction instructions[] = {
      {handlers.function[int(Function::mul)][handlers.nowhere], {2, 3}},
      {handlers.function[int(Function::tanh)][0]},
      {handlers.output, {0}},
      {handlers.function[int(Function::sub)][0], {2}},
      {handlers.output, {1}},
      {handlers.pause}};
  const auto run = [&](std::int64_t first, std::int64_t n, const Tensor& to_y, const Tensor& to_z) {
    const Tensor parts[] = {part_of(to_y, first, n), part_of(to_z, first, n), part_of(a, first, n),
                            part_of(b, first, n)};
    const Array arrays[] = {parts[0], parts[1], parts[2], parts[3]};
    kernels::run({float32, instructions, 2, 2}, arrays);
  };
  const Tensor other = empty({rows * row});
  check_parts(
      y, [&](std::int64_t first, std::int64_t n, const Tensor& to) { run(first, n, to, other); });
  check_parts(
      z, [&](std::int64_t first, std::int64_t n, const Tensor& to) { run(first, n, other, to); });
}

TEST_CASE("a large gradient of a cross entropy") {
  const Tensor x = randn({rows * row}), labels = randint(0, row, {rows}), loss = empty({rows}),
               dloss = randn({rows});
  kernels::cross_entropy(alias(x, {rows, row}, {row, 1}), labels, loss);
  check_parts(empty({rows * row}), [&](std::int64_t first, std::int64_t n, const Tensor& dx) {
    const std::int64_t r = first / row, count = n / row;
    const auto sheet = [=](const Tensor& all) { return alias(all, {count, row}, {row, 1}, first); };
    kernels::cross_entropy_backward(sheet(x), part_of(labels, r, count), part_of(loss, r, count),
                                    part_of(dloss, r, count), sheet(dx));
  });
}

TEST_CASE("large rows of float64 that are whole cache lines but not whole lanes") {
  constexpr std::int64_t width = 24, many = kernels::large_result / (8 * width) + 1;
  const Tensor x = randn({many, width}, float64), room = full({many * width + 16}, nan, float64);
  const Tensor y = alias(room, {many, width}, {width, 1});
  const auto few = [](const Tensor& all, std::int64_t first, std::int64_t count) {
    return alias(all, {count, width}, {width, 1}, first * width);
  };
  const Tensor expected = empty({many, width}, float64), found = empty({many, 3}, float64);
  for (std::int64_t r = 0; r < many; r += 1000) {
    const std::int64_t count = std::min<std::int64_t>(1000, many - r);
    kernels::layer_norm({1e-5, true}, few(x, r, count), nullptr, nullptr, few(expected, r, count),
                        found);
  }
  kernels::layer_norm({1e-5, true}, x, nullptr, nullptr, y, found);
  CHECK(std::memcmp(y.data<double>(), expected.data<double>(), std::size_t(many * width) * 8) == 0);
  for (std::int64_t i = 0; i < 16; ++i) CHECK(std::isnan(room.data<double>()[many * width + i]));
}

TEST_CASE("large layer norms") {
  const Tensor x = randn({rows * row}), dy = randn({rows * row}), weight = randn({row}),
               bias = randn({row});
  const auto sheet = [](const Tensor& all, std::int64_t first, std::int64_t n) {
    return alias(all, {n / row, row}, {row, 1}, first);
  };
  const Tensor found = empty({rows, 3});
  const Array w = weight, b = bias;
  kernels::layer_norm({1e-5, true}, sheet(x, 0, rows * row), &w, &b, empty({rows, row}), found);
  check_parts(empty({rows * row}), [&](std::int64_t first, std::int64_t n, const Tensor& y) {
    kernels::layer_norm({1e-5, true}, sheet(x, first, n), &w, &b, sheet(y, first, n),
                        empty({n / row, 3}));
  });
  check_parts(empty({rows * row}), [&](std::int64_t first, std::int64_t n, const Tensor& dx) {
    const Tensor place = sheet(dx, first, n);
    const Array to = place;
    kernels::layer_norm_backward(true, sheet(x, first, n),
                                 alias(found, {n / row, 3}, {3, 1}, first / row * 3), &w,
                                 sheet(dy, first, n), {&to});
  });
}

}  // namespace arrays
