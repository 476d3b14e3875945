// Loops over several threads: every item once, exceptions, loops within loops, several at once.

#include <atomic>
#include <chrono>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/catch_compat.hpp"

using namespace cinta;
using kernels::parallel_for;

namespace {

// While it lives, loops of this thread have that many threads.
class Threads {
 public:
  explicit Threads(int n) : before_(kernels::max_threads()) { kernels::set_max_threads(n); }
  ~Threads() { kernels::set_max_threads(before_); }
  Threads(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace

TEST_CASE("a parallel loop does every item once") {
  for (const int threads : {1, 2, 3, 8}) {
    const Threads guard(threads);
    for (const std::int64_t count : {0, 1, 2, 3, 7, 64, 1000, 1023, 1024, 1025, 5000}) {
      for (const std::int64_t grain : {0, 1, 100}) {
        std::vector<int> done(std::size_t(count), 0);
        parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++done[std::size_t(i)];
        });
        CHECK(std::all_of(done.begin(), done.end(), [](int n) { return n == 1; }));
      }
    }
  }
}

TEST_CASE("loops follow each other at any distance") {
  const Threads guard(3);
  std::vector<std::int64_t> sums(3000);
  for (int round = 0; round < 300; ++round) {
    parallel_for(3000, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) sums[std::size_t(i)] += i;
    });
    // Long enough now and then for the threads to fall asleep.
    if (round % 30 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (std::size_t i = 0; i < sums.size(); ++i) REQUIRE(sums[i] == 300 * std::int64_t(i));
}

TEST_CASE("what a range throws, in whichever thread, is thrown by the loop") {
  const Threads guard(4);
  for (std::int64_t thrower = 0; thrower < 4; ++thrower) {
    const auto loop = [&] {
      parallel_for(4, 1, [&](std::int64_t begin, std::int64_t end) {
        if (begin <= thrower && thrower < end) throw std::runtime_error("from a range");
      });
    };
    for (int round = 0; round < 20; ++round) CHECK_THROWS_WITH(loop(), "from a range");
  }
  const auto all = [] {
    parallel_for(4, 1, [](std::int64_t, std::int64_t) { throw std::runtime_error("from all"); });
  };
  CHECK_THROWS_WITH(all(), "from all");
  std::atomic<int> done{0};  // and the next one is whole again
  parallel_for(4, 1, [&](std::int64_t begin, std::int64_t end) { done += int(end - begin); });
  CHECK(done == 4);
}

TEST_CASE("a loop within a loop runs in the thread that it is in") {
  const Threads guard(4);
  std::atomic<int> done{0}, threads{0};
  parallel_for(8, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto self = std::this_thread::get_id();
    threads += kernels::thread_count();
    for (std::int64_t i = begin; i < end; ++i) {
      parallel_for(100, 1, [&](std::int64_t b, std::int64_t e) {
        done += int(e - b);
        if (std::this_thread::get_id() != self) done = -1000000;
      });
    }
  });
  CHECK(done == 800);
  CHECK(threads == 4);  // one for each of the four ranges
  CHECK(kernels::thread_count() == 4);
}

TEST_CASE("threads of one's own each have their loops") {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      const Threads guard(2);
      std::vector<int> done(2048, 0);
      for (int round = 0; round < 100; ++round) {
        parallel_for(2048, 1, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) done[std::size_t(i)] += t;
        });
      }
      for (const int n : done) wrong += n != 100 * t;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
