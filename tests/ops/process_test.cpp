// What a process may do around the library: compute before main, fork, ask what it runs on.

#include <unistd.h>

#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/loop/threads.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "support/catch_compat.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

// Before main: the library's own globals may not be there yet.
const Tensor global = exp(ones({4}));
const kernels::SimdLevel level_before_main = kernels::simd_level();

// The exit code of a child that runs `work`: 0 if that is true within a minute.
template <class Work>
int in_child(const Work& work) {
  return code_of(start_child([&] {
    alarm(60);
    if (!work()) throw Error("it is not so");
  }));
}

}  // namespace

TEST_CASE("a global tensor does not decide what instructions the process computes with") {
  CHECK(global.numel() == 4);
  CHECK(level_before_main == kernels::simd_level());
  constexpr const char* names[] = {"baseline", "avx2", "avx512"};
  CHECK(runtime_info().instructions == names[int(level_before_main)]);
#ifdef CINTA_SIMD_AVX2
  if (!std::getenv("CINTA_SIMD_LEVEL") && __builtin_cpu_supports("avx2"))
    CHECK(level_before_main >= kernels::SimdLevel::avx2);
#endif
}

TEST_CASE("an instruction set that there is not is said") {
  if (std::getenv("CINTA_EMULATED")) SKIP_TEST("an emulated program cannot start itself");
  char self[4096];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) SKIP_TEST("no /proc");
  const std::string command = "CINTA_SIMD_LEVEL=avx9 '" + std::string(self, std::size_t(length)) +
                              "' 'a global tensor*' 2>&1";
  std::string output;
  FILE* const pipe = popen(command.c_str(), "r");
  for (int c; (c = std::fgetc(pipe)) != EOF;) output += char(c);
  CHECK(pclose(pipe) == 0);
  CAPTURE(output);
  CHECK(output.find("CINTA_SIMD_LEVEL is 'avx9', which is none of baseline, avx2 and avx512") !=
        std::string::npos);
}

TEST_CASE("a forked child computes, in several threads as its parent did") {
  if (thread_sanitized) SKIP_TEST("the sanitizer does not support threads after fork");
  kernels::set_max_threads(2);
  const Tensor a = ones({1000, 1000}), large = ones({200, 200});
  const auto right = [&] {
    const Tensor random = rand({1000, 1000});
    return sum(a * 2. + 1.).item() == 3e6 && max(random).item() < 1 &&
           matmul(a, a).to_vector<float>()[5] == 1000 &&
           std::abs(max(svdvals(large)).item() - 200) < 0.01;
  };
  REQUIRE(right());
  CHECK(in_child(right) == 0);
  CHECK(in_child([&] { return in_child(right) == 0 && right(); }) == 0);  // and its own child
  CHECK(right());
  // In threads of its own: those of the parent, which it has not, are not waited for at its end.
  if (!std::filesystem::exists("/proc/self/task")) SKIP_TEST("no /proc");
  if (std::getenv("CINTA_EMULATED")) SKIP_TEST("an emulator has threads of its own");
  CHECK(in_child([&] {
          using Files = std::filesystem::directory_iterator;
          const auto threads = [] { return std::distance(Files("/proc/self/task"), Files()); };
          return threads() == 1 && sum(a * 2.).item() == 2e6 && threads() == 2;
        }) == 0);
}

TEST_CASE("runtime_info says what computes") {
  set_num_threads(2);
  const RuntimeInfo info = runtime_info();
  CHECK(info.threads == 2);
  CHECK(info.blas.empty() == !info.blas_missing.empty());
  CHECK(info.blas.empty() == info.blas_core.empty());
  CHECK_THAT(info.str(), StartsWith(info.instructions + ", 2 threads, "));
  CHECK_THAT(error_of([] { set_num_threads(0); }),
             StartsWith("set_num_threads: needs at least one, got 0"));
}
