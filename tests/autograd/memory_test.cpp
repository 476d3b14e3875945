// Who owns memory, and what happens when there is no more of it.

#include <cinta/cinta.hpp>
#include <cstring>
#include <vector>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/failing_memory.hpp"

using namespace cinta;

namespace {

// The text of the MemoryError that `f` throws.
template <class F>
std::string memory_error_of(F f) {
  try {
    f();
  } catch (const MemoryError& error) {
    return error.what();
  }
  return "no error";
}

// A rule whose copy throws, and of which no copy may be destroyed that was not made.
struct FragileRule {
  static inline int alive = 0;
  FragileRule() { ++alive; }
  FragileRule(const FragileRule&) { throw std::runtime_error("no copy"); }
  ~FragileRule() { --alive; }
  Tensor operator()(const Grad& g) const { return g.dy; }
};

}  // namespace

TEST_CASE("wrapped memory is nobody's to free without a function that says so") {
  static float memory[1024];
  for (int k = 0; k < 4; ++k) const auto wrapped = Storage::wrap(memory, sizeof memory, {});
  const Tensor y = full({1024}, 5);
  Tensors scalars;
  for (int i = 0; i < 64; ++i) scalars.push_back(zeros({}, float64));
  const Tensor x = full({1024}, 6), z = full({1024}, 7);
  for (const Tensor& scalar : scalars) CHECK(scalar.item() == 0);
  CHECK(min(y).item() == 5);
  CHECK(max(y).item() == 5);
  CHECK(min(x).item() == 6);
  CHECK(min(z).item() == 7);
}

TEST_CASE("a function that releases wrapped memory runs once, when the last handle goes") {
  float memory[16] = {};
  int released = 0;
  {
    const auto wrapped = Storage::wrap(memory, sizeof memory, [&] { ++released; });
    const Ref<Storage> second = wrapped;
    CHECK(second->data() == memory);
    CHECK(released == 0);
  }
  CHECK(released == 1);
}

TEST_CASE("a rule whose copy throws leaves a node without rules") {
  const Tensor x = ones({4}).requires_grad_();
  {
    const FragileRule rule;
    const auto record = [&] {
      apply(
          {"same", Site{}}, {x}, x.spec(), [](const Inputs&, const Tensor& y) { fill_(y, 1); },
          rule);
    };
    for (int i = 0; i < 100; ++i) CHECK_THROWS_AS(record(), std::runtime_error);
    CHECK(FragileRule::alive == 1);
  }
  CHECK(FragileRule::alive == 0);
  sum(x * 3.).backward();
  CHECK(x.grad().to_vector<float>() == std::vector<float>(4, 3));
}

TEST_CASE("an error of memory names the operation, the bytes and the line") {
  const std::int64_t n = std::int64_t(1) << 45;  // more than any machine has
  const Tensor x = broadcast_to(ones({1}), {n});
  CHECK_THAT(memory_error_of([&] { x + 1; }),
             StartsWith("add: out of memory: 140737488355328 bytes for (35184372088832,) float32, "
                        "with ") &&
                 ContainsSubstring(" in use [memory_test.cpp:"));
  CHECK_THAT(memory_error_of([&] { empty({n}, float64); }),
             StartsWith("empty: out of memory: 281474976710656 bytes for (35184372088832,) "
                        "float64, with "));
  CHECK_THROWS_AS(x + 1, std::bad_alloc);
}

TEST_CASE("memory that an operation needs besides its result is asked for in its name") {
  const Tensor x = ones({3});
  const auto forward = [](const Inputs&, const Tensor&) {
    pool::deallocate(pool::allocate(std::size_t(1) << 46), std::size_t(1) << 46);
  };
  CHECK_THAT(
      memory_error_of([&] {
        apply({"greedy", Site{}}, {x}, x.spec(), forward, [](const Grad& g) { return g.dy; });
      }),
      StartsWith("greedy: out of memory: 7036") && ContainsSubstring("[memory_test.cpp:"));
}

TEST_CASE("an operation whose memory runs out anywhere leaves everything as it was") {
  const Tensor a = rand({300, 40}).requires_grad_(), b = rand({40, 50}).requires_grad_();
  sum(tanh(matmul(a, b))).backward();  // threads and BLAS are there
  const std::vector<float> right = a.grad().to_vector<float>();
  const auto before = a.version();
  const int failures = failing_memory::with_ever_more(
      [&] {
        empty_cache();
        zero_grad({a, b});
        sum(tanh(matmul(a, b))).backward();
      },
      [] {});
  CHECK(failures > 0);
  CHECK(a.grad().to_vector<float>() == right);
  CHECK(a.version() == before);
}

TEST_CASE("the limit of memory is a number of bytes") {
  CHECK_THAT(error_of([] { set_memory_limit(-1); }),
             StartsWith("set_memory_limit: needs a number of bytes, got -1"));
}
