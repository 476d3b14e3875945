#include "machine.hpp"

#include <atomic>
#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <fstream>
#include <memory>

#include "bench.hpp"
#include "child.hpp"
#include "works/data.hpp"
#include "works/linalg/linalg.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef __SSE__
#include <immintrin.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace bench {
namespace {

// Plain loops over 16 bytes at a time: what waits for memory does not care for more.
using Vector [[gnu::vector_size(16)]] = float;

// In large pages, as large tensors are.
struct Lines {
  explicit Lines(std::int64_t n)
      : count(n),
        data(static_cast<Vector*>(std::aligned_alloc(2 << 20, std::size_t(n) * sizeof(Vector)))) {
#ifdef MADV_HUGEPAGE
    madvise(data.get(), std::size_t(n) * sizeof(Vector), MADV_HUGEPAGE);
#endif
    cinta::kernels::parallel_for(n, 1, [this](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        data.get()[i] = Vector{} + float(bits(7, std::uint64_t(i)) >> 40);
    });
  }
  struct Free {
    void operator()(Vector* p) const { std::free(p); }
  };
  std::int64_t count;
  std::unique_ptr<Vector, Free> data;
};

// With what is `ahead` bytes away fetched to the second cache.
template <int ahead>
float read(const Vector* a, std::int64_t n) {
  Vector s[8] = {};
  for (std::int64_t i = 0; i + 8 <= n; i += 8) {
    for (int line = 0; ahead > 0 && line < 2; ++line)
      __builtin_prefetch(reinterpret_cast<const char*>(a + i) + ahead + 64 * line, 0, 2);
    for (int k = 0; k < 8; ++k) s[k] += a[i + k];
  }
  Vector total = {};
  for (const Vector& v : s) total += v;
  return total[0];
}
void copy(const Vector* a, Vector* b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) b[i] = a[i] + a[i];
}
void add(const Vector* a, const Vector* b, Vector* c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) c[i] = a[i] + b[i];
}
// Past the caches, which otherwise read what is to be overwritten.
void put(Vector value, Vector* to) {
#ifdef __SSE__
  _mm_stream_ps(reinterpret_cast<float*>(to), __m128(value));
#else
  *to = value;
#endif
}
void stream_copy(const Vector* a, Vector* b, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) put(a[i], b + i);
}
void stream_add(const Vector* a, const Vector* b, Vector* c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) put(a[i] + b[i], c + i);
}

std::vector<double> bandwidth(int rounds) {
  constexpr std::int64_t n = 4 * 1024 * 1024;  // 64 MiB an array
  const Lines a(n), b(n), c(n);
  Vector *x = a.data.get(), *y = b.data.get(), *z = c.data.get();
  constexpr double array = double(n) * sizeof(Vector);
  double reading = 0, best = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto rate = [&](double arrays, auto&& part) {
      return arrays * array / time_of([&] { cinta::kernels::parallel_for(n, 1, part); }, 0.05);
    };
    const auto read_all = [&]<int ahead>(std::integral_constant<int, ahead>) {
      // One array alone may fit the caches of several neighbourhoods.
      return rate(3, [&](std::int64_t i, std::int64_t j) {
        float sum = 0;
        for (const Vector* from : {x, y, z}) sum += read<ahead>(from + i, j - i);
        asm volatile("" : : "r,m"(sum));  // somebody could want it
      });
    };
    reading = std::max({reading, read_all(std::integral_constant<int, 0>()),
                        read_all(std::integral_constant<int, 2048>()),
                        read_all(std::integral_constant<int, 4096>())});
    best = std::max(
        {best, reading, rate(2, [&](std::int64_t i, std::int64_t j) { copy(x + i, y + i, j - i); }),
         rate(3, [&](std::int64_t i, std::int64_t j) { add(x + i, y + i, z + i, j - i); }),
         rate(2, [&](std::int64_t i, std::int64_t j) { stream_copy(x + i, y + i, j - i); }),
         rate(3, [&](std::int64_t i, std::int64_t j) { stream_add(x + i, y + i, z + i, j - i); })});
  }
  return {best, reading};
}

// Two threads pass a number to and fro: how far processors are from each other. 0 for one thread.
double exchange() {
  constexpr int times = 10000;
  struct alignas(256) Cell {
    std::atomic<int> value{0};
  };
  double seconds = 0;
#ifdef _OPENMP
  Cell there, back;
#pragma omp parallel num_threads(2)
  {
    if (omp_get_num_threads() == 2) {
      const bool first = omp_get_thread_num() == 0;
      const double begin = now();
      for (int i = 1; i <= times; ++i) {
        if (first) there.value.store(i, std::memory_order_release);
        while ((first ? back : there).value.load(std::memory_order_acquire) != i) {
        }
        if (!first) back.value.store(i, std::memory_order_release);
      }
      if (first) seconds = now() - begin;
    }
  }
#endif
  return seconds / times;
}

double blocks() {
  return time_of([] {
           std::unique_ptr<char[]> room[16];
           for (auto& block : room) {
             block.reset(new char[128]);
             asm volatile("" : : "r"(block.get()) : "memory");
           }
         }) /
         16;
}

double product(std::int64_t m, std::int64_t n, std::int64_t k) {
  using namespace cinta;
  const NoGrad no_grad;
  const Tensor a = from_data(values(0, m * k), {m, k}), b = from_data(values(1, k * n), {k, n});
  const Tensor y = empty({m, n});
  const kernels::Blas& blas = kernels::blas();
  double best = time_of([&] { matmul(a, b); }, 0.1);
  for (int round = 0; round < 2; ++round) {
    best = std::min(best, time_of(
                              [&] {
                                blas.sgemm(blas.row_major, blas.no_transpose, blas.no_transpose,
                                           int(m), int(n), int(k), 1, a.data<float>(), int(k),
                                           b.data<float>(), int(n), 0, y.data<float>(), int(n));
                              },
                              0.1));
    best = std::min(best, time_of([&] { matmul(a, b); }, 0.1));
  }
  return best;
}

double gather(std::int64_t rows, std::int64_t width, std::int64_t count) {
  const std::int64_t step = (width + 3) / 4;
  const Lines table(rows * step);
  const std::vector<std::int64_t> places = ids(7, count, rows);
  const auto read_all = [&]<int ahead>(std::integral_constant<int, ahead>) {
    return time_of([&] {
      cinta::kernels::parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
        Vector sum[4] = {};
        for (std::int64_t k = begin; k < end; ++k) {
          const Vector* const row = table.data.get() + places[std::size_t(k)] * step;
          if (ahead > 0 && k + ahead < end) {
            const Vector* const next = table.data.get() + places[std::size_t(k + ahead)] * step;
            for (std::int64_t c = 0; c < step; c += 4) __builtin_prefetch(next + c, 0, 2);
          }
          std::int64_t c = 0;
          for (; c + 4 <= step; c += 4)
            for (int i = 0; i < 4; ++i) sum[i] += row[c + i];
          for (; c < step; ++c) sum[0] += row[c];
        }
        Vector total = sum[0] + sum[1] + sum[2] + sum[3];
        asm volatile("" : : "r,m"(total[0]));  // somebody could want it
      });
    });
  };
  return std::min({read_all(std::integral_constant<int, 0>()),
                   read_all(std::integral_constant<int, 8>()),
                   read_all(std::integral_constant<int, 32>())});
}

}  // namespace

std::vector<double> measure(const std::vector<std::string>& question) {
  const std::string& what = question.at(0);
  if (what == "bandwidth") return bandwidth(std::stoi(question.at(1)));
  if (what == "blocks") return {blocks()};
  if (what == "exchange") return {exchange()};
  if (what == "product")
    return {product(std::stoll(question.at(1)), std::stoll(question.at(2)),
                    std::stoll(question.at(3)))};
  if (what == "gather")
    return {
        gather(std::stoll(question.at(1)), std::stoll(question.at(2)), std::stoll(question.at(3)))};
  if (what == "lapack") return {lapack_seconds(question.at(1))};
  throw std::runtime_error("cannot measure " + what);
}

double Machine::get(const std::string& question) {
  const auto [entry, fresh] = known_.try_emplace(question, 0);
  if (fresh) entry->second = child_->numbers("measure " + question).at(0);
  return entry->second;
}

Bandwidth Machine::bandwidth(int rounds) {
  const std::vector<double> rates = child_->numbers("measure bandwidth " + std::to_string(rounds));
  return {rates.at(0), rates.at(1)};
}

double Machine::exchange() { return child_->numbers("measure exchange").at(0); }

double Machine::seconds(const Limit& limit, const Bandwidth& bandwidth) {
  double total = 0;
  if (limit.bytes > 0)
    total += limit.bytes / (limit.reads_only ? bandwidth.reading : bandwidth.best);
  if (limit.blocks > 0) total += limit.blocks * get("blocks");
  if (!limit.lapack.empty()) total += get("lapack " + limit.lapack);
  for (const Product& p : limit.products)
    total += p.times * get("product " + std::to_string(p.m) + " " + std::to_string(p.n) + " " +
                           std::to_string(p.k));
  for (const Gather& g : limit.gathers)
    total += g.times * get("gather " + std::to_string(g.rows) + " " + std::to_string(g.width) +
                           " " + std::to_string(g.count));
  return total;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
      return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace bench
