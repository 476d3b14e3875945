#include <algorithm>
#include <atomic>
#include <cinta/autograd/core/generator.hpp>
#include <cinta/ops/runtime.hpp>
#include <cinta/train/detail/jobs.hpp>
#include <cinta/train/random.hpp>
#include <exception>
#include <mutex>
#include <thread>

namespace cinta::train::detail {

void run_jobs(std::size_t count, int threads, std::uint64_t seed,
              const std::function<void(std::size_t)>& job, const std::function<void(int)>& done,
              std::size_t first) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  int ended = 0;
  std::vector<std::exception_ptr> errors(count);

  const auto work = [&] {
    // The others train too, and a product in several threads rounds differently than in one.
    set_num_threads(1);
    while (!failed) {
      const std::size_t i = next++;
      if (i >= count) return;
      try {
        auto generator = make_generator(seed, 2 * std::uint64_t(first + i) + 1);
        const GeneratorScope scope({generator(), 0});
        job(first + i);
        const std::lock_guard lock(mutex);
        ++ended;
        if (done) done(ended);
      } catch (...) {
        errors[i] = std::current_exception();
        failed = true;
      }
    }
  };
  const auto cores = std::size_t(std::max(1, int(std::thread::hardware_concurrency())));
  {
    std::vector<std::jthread> team;  // not this one, whose settings stay as they are
    for (std::size_t i = 0; i < std::min(threads ? std::size_t(threads) : cores, count); ++i)
      team.emplace_back(work);
  }
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace cinta::train::detail
