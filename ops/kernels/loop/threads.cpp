#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinta/ops/kernels/loop/threads.hpp>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace cinta::kernels {
namespace {

// True in a team's threads, and in their leader while a loop runs.
thread_local constinit bool within_loop = false;

#ifndef _OPENMP
thread_local constinit int chosen = 0;

int default_threads() {
  static const int number = [] {
    const char* text = std::getenv("OMP_NUM_THREADS");
    const int wanted = text ? std::atoi(text) : 0;
    return wanted > 0 ? wanted : std::max(1, int(std::thread::hardware_concurrency()));
  }();
  return number;
}
#endif

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

using Clock = std::chrono::steady_clock;

// About what falling asleep and waking up costs.
constexpr Clock::duration shortest_wait = std::chrono::microseconds(50);

// Waits without sleeping, which notices an end at once. Not for long: where programs share a
// processor, whoever is being waited for may need this one.
template <class Done>
bool spin(Clock::duration longest, const Done& done) {
  const auto start = Clock::now();
  do {
    for (int i = 0; i < 32; ++i) {
      if (done()) return true;
      pause();
    }
  } while (Clock::now() - start < longest);
  return done();
}

// A team divides a loop into shares, one a thread. Share 0 is the leader's, share i + 1 lies open
// before worker i. A share belongs to whoever takes it first: who is done with his own takes those
// of workers that have not come yet, so that nobody waits for a thread that another program keeps
// from running, unless it is in the middle of a share.
class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team() {
    for (auto& worker : workers_) worker->open(Worker::end);
    for (auto& worker : workers_) worker->thread.join();
  }

  void run(const detail::Loop& loop, int threads) {
    hire(threads - 1);
    loop_ = loop;
    shares_ = std::min(threads, int(workers_.size()) + 1);
    size_ = (loop.count + shares_ - 1) / shares_;
    if (size_ >= 1024) size_ = (size_ + 63) / 64 * 64;  // two threads share no cache line
    failed_.store(false, std::memory_order_relaxed);
    unfinished_.store(shares_, std::memory_order_relaxed);
    for (int i = 0; i + 1 < shares_; ++i) workers_[std::size_t(i)]->open(Worker::open_share);
    const auto start = Clock::now();
    within_loop = true;
    work(0);
    within_loop = false;
    // Shares of one size take times that differ by a part of them.
    const auto longest = std::max<Clock::duration>(shortest_wait, (Clock::now() - start) / 4);
    const auto finished = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
    if (!spin(longest, finished)) {
      for (int left; (left = unfinished_.load(std::memory_order_acquire)) != 0;)
        unfinished_.wait(left, std::memory_order_acquire);
    }
    if (failed_.load(std::memory_order_relaxed)) std::rethrow_exception(std::exchange(error_, {}));
  }

 private:
  // On a cache line of its own.
  struct alignas(64) Worker {
    enum State : int { taken, open_share, asleep, end };
    std::atomic<int> state{taken};
    std::thread thread;

    void open(State next) {
      if (state.exchange(next, std::memory_order_acq_rel) == asleep) state.notify_one();
    }
    bool take() {
      int expected = open_share;
      return state.load(std::memory_order_relaxed) == open_share &&
             state.compare_exchange_strong(expected, taken, std::memory_order_acq_rel);
    }
    // Whether there is more to do: true when a share lies open.
    bool wait() {
      const auto called = [&] { return state.load(std::memory_order_acquire) != taken; };
      if (!spin(shortest_wait, called)) {
        int expected = taken;
        if (state.compare_exchange_strong(expected, asleep, std::memory_order_acq_rel))
          state.wait(asleep, std::memory_order_acquire);
      }
      return state.load(std::memory_order_acquire) != end;
    }
  };

  void hire(int wanted) {
    try {
      while (int(workers_.size()) < wanted) {
        auto worker = std::make_unique<Worker>();
        workers_.reserve(workers_.size() + 1);
        worker->thread =
            std::thread(&Team::serve, this, std::ref(*worker), int(workers_.size()) + 1);
        workers_.push_back(std::move(worker));
      }
    } catch (...) {
      // The system has no more threads, or no memory for them: the loop goes on with what there is.
    }
  }

  void serve(Worker& self, int share) {
    set_max_threads(1);
    within_loop = true;
    while (self.wait())
      if (self.take()) work(share);
  }

  // Runs a share that the caller has taken, and then others that still lie open. The loop cannot
  // end, and another one begin, before it has said what it has done.
  void work(int share) {
    run_share(share);
    int done = 1;
    for (int i = 0; i + 1 < shares_; ++i) {
      if (!workers_[std::size_t(i)]->take()) continue;
      run_share(i + 1);
      ++done;
    }
    if (unfinished_.fetch_sub(done, std::memory_order_acq_rel) == done) unfinished_.notify_one();
  }

  void run_share(int share) noexcept {
    const std::int64_t begin = size_ * share, end = std::min(begin + size_, loop_.count);
    if (begin >= end || failed_.load(std::memory_order_relaxed)) return;
    try {
      loop_.call(loop_.f, begin, end);
    } catch (...) {
      if (!failed_.exchange(true, std::memory_order_relaxed)) error_ = std::current_exception();
    }
  }

  std::vector<std::unique_ptr<Worker>> workers_;
  // The loop that runs, not written while one does.
  detail::Loop loop_{};
  int shares_ = 0;
  std::int64_t size_ = 0;
  std::exception_ptr error_;  // of the first thread that failed
  alignas(64) std::atomic<int> unfinished_{0};
  std::atomic<bool> failed_{false};
};

thread_local constinit Team* team = nullptr;
thread_local constinit bool team_gone = false;

struct TeamOwner {
  ~TeamOwner() {
    delete std::exchange(team, nullptr);
    team_gone = true;
  }
};

// The team of this thread; null when the thread is ending or there is no memory for it.
Team* own_team() {
  if (team) return team;
  if (team_gone) return nullptr;
  static thread_local TeamOwner owner;
  // A child process has none of the threads, so it begins with a new team.
  static const int registered = pthread_atfork(nullptr, nullptr, [] { team = nullptr; });
  (void)registered;
  return team = new (std::nothrow) Team;  // else without one
}

}  // namespace

int max_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return chosen ? chosen : default_threads();
#endif
}

void set_max_threads(int threads) {
#ifdef _OPENMP
  omp_set_num_threads(threads);
#else
  chosen = threads;
#endif
}

int thread_count() {
  if (within_loop) return 1;
#ifdef _OPENMP
  if (omp_in_parallel()) return 1;
#endif
  return max_threads();
}

void detail::run_in_threads(const Loop& loop, int threads) {
  if (Team* mine = own_team()) return mine->run(loop, threads);
  loop.call(loop.f, 0, loop.count);
}

}  // namespace cinta::kernels
