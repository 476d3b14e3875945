// Codes of several instructions against plain loops, and handlers against rows.

#include <cinta/ops/map/vm/bytecode.hpp>
#include <cstring>

#include "ops/kernels/arrays.hpp"

namespace arrays {

TEST_CASE("several instructions in one pass, for any layout") {
  // y = a * b + 2, z = y - a, with a constant, a register and two outputs.
  for (int round = 0; round < 300; ++round) {
    const Shape shape = random_shape();
    const Dtype dtype = random_int(0, 1) ? float32 : float64;
    Block a(narrower(shape), dtype, Layout::repeating), b(narrower(shape), dtype, Layout::any);
    Block y(shape, dtype, Layout::any), z(shape, dtype, Layout::any);
    a.randomize(), b.randomize();
    const kernels::Handlers& handlers = kernels::handlers_of(dtype);
    const auto function = [&](Function f, int current) {
      return handlers.function[int(f)][current];
    };
    // Places: y and z, a and b, 2, the register.
    const kernels::Instruction instructions[] = {
        {function(Function::copy, handlers.nowhere), {3}},
        {function(Function::mul, 1), {2}},
        {handlers.store, {5}},
        {handlers.pause},
        {function(Function::add, handlers.nowhere), {4, 5}},
        {handlers.output, {0}},
        {function(Function::sub, 0), {2}},
        {handlers.output, {1}},
        {handlers.pause}};
    const kernels::Strip two = kernels::strip_of(2, dtype);
    const Array arrays[] = {y, z, a, b};
    kernels::run({dtype, instructions, 2, 2, &two, 1, 1}, arrays);
    const auto value = [&](const Block& x, std::int64_t i) {
      return x.get(source_of(i, shape, x.shape()));
    };
    const auto sum = [&](std::int64_t i) {
      return converted(converted(value(a, i) * value(b, i), dtype) + 2, dtype);
    };
    CAPTURE(round, shape.str(), a.shape().str(), b.shape().str(), name_of(dtype));
    REQUIRE(wrong(y, sum) == 0);
    REQUIRE(wrong(z, [&](std::int64_t i) { return converted(sum(i) - value(a, i), dtype); }) == 0);
  }
}

TEMPLATE_TEST_CASE("a handler gives the bits of its row, wherever the operands are", "", float,
                   double) {
  constexpr Dtype dtype = dtype_of<TestType>;
  const kernels::Handlers& handlers = kernels::handlers_of(dtype);
  const std::int64_t n = 3 * kernels::strip_bytes / std::int64_t(sizeof(TestType)) + 5;
  Block x0({n}, dtype), x1({n}, dtype), x2({n}, dtype), expected({n}, dtype), y({n}, dtype);
  x0.randomize(), x1.randomize(), x2.randomize();
  const void* const x[] = {x0.place(0), x1.place(0), x2.place(0)};
  const Array arrays[] = {y, x0, x1, x2};
  for (int f = 0; f < int(Function::count); ++f) {
    const int arity = kernels::arity(Function(f));
    kernels::row_of(Function(f), dtype)(expected.place(0), x, 0, n);
    for (int current = 0; current <= kernels::max_inputs; ++current) {
      if (current >= arity && current != handlers.nowhere) continue;
      kernels::Instruction apply{handlers.function[f][current]};
      REQUIRE(apply.handler);
      for (int k = 0, other = 0; k < arity; ++k)
        if (k != current) apply.x[other++] = std::uint16_t(1 + k);
      // Where nothing is current, the value that is must not matter.
      const std::uint16_t loaded = std::uint16_t(current < arity ? 1 + current : 3);
      const kernels::Instruction instructions[] = {
          {handlers.function[int(Function::copy)][handlers.nowhere], {loaded}},
          apply,
          {handlers.output, {0}},
          {handlers.pause}};
      for (std::int64_t i = 0; i < n; ++i) y.set(i, -77);
      kernels::run({dtype, instructions, 1, 3}, arrays);
      CAPTURE(f, current);
      REQUIRE(std::memcmp(y.place(0), expected.place(0), std::size_t(n) * sizeof(TestType)) == 0);
    }
  }
}

}  // namespace arrays
