// The caching allocator: blocks of every size, its limit, and what a long training costs it.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cstring>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

// Steps of training with batches of varying size, small enough to be done ten thousand times.
struct Training {
  Tensor weight = ones({64}).requires_grad_();
  optim::SGD sgd{{weight}};

  void step(std::int64_t batch) {
    sgd.zero_grad();
    mean(relu(ones({batch, 64}) * weight)).backward();
    sgd.step();
  }
};

}  // namespace

TEST_CASE("blocks of every size are whole and their own") {
  std::mt19937_64 random(7);
  std::vector<std::size_t> sizes{0, 1, 63, 64, 65, 512, 513};
  for (std::size_t power = 1024; power <= (8u << 20); power *= 2)
    for (std::size_t offset : {0, 1, 63, 64, 65, 128}) {
      sizes.push_back(power + offset);
      sizes.push_back(power - offset);
      sizes.push_back(power + power / 4 + offset);
    }
  struct Block {
    unsigned char* memory;
    std::size_t size;
    unsigned char mark;
  };
  std::vector<Block> blocks;
  const auto check_and_free = [&](const Block& b) {
    const bool whole =
        std::all_of(b.memory, b.memory + b.size, [&](unsigned char c) { return c == b.mark; });
    pool::deallocate(b.memory, b.size);
    return whole;
  };
  for (int round = 0; round < 3; ++round) {
    std::shuffle(sizes.begin(), sizes.end(), random);
    for (const std::size_t size : sizes) {
      Block block{static_cast<unsigned char*>(pool::allocate(size)), size,
                  static_cast<unsigned char>(random())};
      REQUIRE(reinterpret_cast<std::uintptr_t>(block.memory) % 64 == 0);
      std::memset(block.memory, block.mark, size);
      blocks.push_back(block);
      if (blocks.size() > 20) {
        std::swap(blocks[random() % blocks.size()], blocks.back());
        REQUIRE(check_and_free(blocks.back()));
        blocks.pop_back();
      }
    }
  }
  for (const Block& block : blocks) REQUIRE(check_and_free(block));
}

TEST_CASE("warm steps of training take nothing from the system") {
  Training training;
  for (int i = 0; i < 10; ++i) training.step(500);
  const std::int64_t before = memory_stats().system_allocations;
  for (int i = 0; i < 100; ++i) training.step(500);
  CHECK(memory_stats().system_allocations == before);
}

TEST_CASE("10,000 steps of varying batch sizes end with the memory of the largest few") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  Training training;
  std::mt19937_64 random(11);
  const auto held = [] { return memory_stats().in_use + memory_stats().cached; };
  const std::int64_t at_first = held();
  reset_peak_memory();
  const std::int64_t in_use = memory_stats().in_use;
  for (int i = 0; i < 20; ++i) training.step(500);
  const std::int64_t largest = memory_stats().peak_in_use - in_use;
  for (int i = 0; i < 5000; ++i) training.step(1 + std::int64_t(random() % 500));
  const std::int64_t halfway = held(), calls = memory_stats().system_allocations;
  for (int i = 0; i < 5000; ++i) training.step(1 + std::int64_t(random() % 500));
  CHECK(held() == halfway);
  CHECK(memory_stats().system_allocations == calls);
  // One set of blocks for each of the sizes that they are rounded to.
  CHECK(halfway - at_first < 5 * largest);
}

TEST_CASE("beyond the limit freed blocks go back to the system") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  empty_cache();
  const std::int64_t before = memory_stats().in_use;
  set_memory_limit(before + (8 << 20));
  const auto held = [&] { return memory_stats().in_use + memory_stats().cached - before; };
  {
    const Tensor a = empty({1 << 20}), b = empty({1 << 20}), c = empty({1 << 20});  // 4 MiB each
    CHECK(held() > (12 << 20));  // what is in use is never refused
  }
  CHECK(memory_stats().cached <= (8 << 20));
  CHECK(held() <= (8 << 20));
  { const Tensor large = empty({2 << 20}); }  // the cached blocks make room
  CHECK(held() <= (8 << 20));
  set_memory_limit(before);
  CHECK(held() <= 0);

  set_memory_limit(std::numeric_limits<std::int64_t>::max());
  { const Tensor a = empty({1 << 20}); }
  CHECK(memory_stats().cached >= (4 << 20));
  empty_cache();
  CHECK(memory_stats().cached < (4 << 20));
}

TEST_CASE("elements in a power of two waste no quarter") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  const std::int64_t before = memory_stats().in_use;
  const Tensor x = empty({1 << 20});
  CHECK(memory_stats().in_use - before <= (4 << 20) + 512);
}

TEST_CASE("a layer with dropout keeps one activation") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  constexpr std::int64_t rows = 4096, width = 64;
  constexpr std::int64_t activation = rows * width * 4;
  const Tensor x = rand({rows, width});
  Tensor first = rand({width, width}).requires_grad_();
  Tensor second = rand({width, width}).requires_grad_();
  std::int64_t before = 0, kept = 0, peak = 0;
  for (int step = 0; step < 2; ++step) {  // the first one fills the threads' caches
    zero_grad(Tensors{first, second});
    before = memory_stats().in_use;
    Tensor loss;
    {
      Tensor h = dropout(relu(linear(x, first)), 0.5, true);
      h = dropout(relu(linear(h, second)), 0.5, true);
      loss = mean(square(h));
    }
    kept = memory_stats().in_use - before;
    reset_peak_memory();
    loss.backward();
    peak = memory_stats().peak_in_use - before;
  }
  CHECK(double(kept) < 2.2 * activation);
  CHECK(double(peak) < 3.2 * activation);
}

TEST_CASE("a product gives its saved input back before it makes that input's gradient") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  constexpr std::int64_t rows = 4096, width = 64;
  const Tensor x = rand({rows, width}).requires_grad_();
  const Tensor weight = rand({width, width}).requires_grad_();
  const auto peak_of = [&](const auto& product) {
    std::int64_t peak = 0;
    for (int step = 0; step < 2; ++step) {  // the first one fills the threads' caches
      for (const Tensor& leaf : {x, weight}) leaf.set_grad({});
      const std::int64_t before = memory_stats().in_use;
      Tensor loss = sum(product(x * 2.0) * 1.0);
      reset_peak_memory();
      loss.backward();
      peak = memory_stats().peak_in_use - before;
    }
    return double(peak) / (rows * width * 4);
  };
  // The gradients of the result and of the input; the input itself would be a third.
  CHECK(peak_of([&](const Tensor& in) { return linear(in, weight); }) < 2.3);
  CHECK(peak_of([&](const Tensor& in) { return matmul(in, weight); }) < 2.3);
}

// Last, since what threads leave in the shared lists of small blocks stays there.
TEST_CASE("every byte is in use or cached, and is counted once") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  struct Counts {
    std::int64_t in_use, cached;
  };
  const auto counts = [] { return Counts{memory_stats().in_use, memory_stats().cached}; };
  for (const std::size_t size : {64, 500, 4096, 32 * 1024}) {
    CAPTURE(size);
    const std::size_t number = 4 * 64 * 1024 / size + 40;  // several lists of a thread
    Counts meanwhile{};
    const auto work = [&] {
      std::vector<void*> blocks;
      for (std::size_t i = 0; i < number; ++i) blocks.push_back(pool::allocate(size));
      meanwhile = counts();
      for (void* block : blocks) pool::deallocate(block, size);
    };
    const Counts before = counts();
    std::thread(work).join();  // gives back what it has when it ends
    const Counts after = counts();
    CHECK(meanwhile.in_use - before.in_use >= std::int64_t(number * size));
    CHECK(after.in_use == before.in_use);
    CHECK(after.cached >= before.cached + std::int64_t(number * size));
    // The next one lives on that.
    std::thread(work).join();
    CHECK(meanwhile.in_use + meanwhile.cached == after.in_use + after.cached);
    CHECK(counts().in_use == after.in_use);
    CHECK(counts().cached == after.cached);
  }
}

TEST_CASE("large blocks are counted once, too") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  constexpr std::size_t size = 1 << 20;
  pool::deallocate(pool::allocate(size), size);
  const MemoryStats before = memory_stats();
  void* const block = pool::allocate(size);
  const MemoryStats meanwhile = memory_stats();
  CHECK(meanwhile.in_use >= before.in_use + std::int64_t(size));
  CHECK(meanwhile.in_use + meanwhile.cached == before.in_use + before.cached);
  pool::deallocate(block, size);
  CHECK(memory_stats().in_use == before.in_use);
  CHECK(memory_stats().cached == before.cached);
  empty_cache();
  CHECK(memory_stats().in_use == before.in_use);
  CHECK(memory_stats().cached <= before.cached - std::int64_t(size));
}
