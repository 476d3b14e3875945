// Writers that are killed, that meet, or that find the disk full: there is the old file or the new
// one.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/ops/creation.hpp>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <new>
#include <random>

#include "support/catch_compat.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

using namespace cinta;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("cinta_killed_test_" + std::to_string(getpid()))) {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator(path), {}); }
  fs::path path;
};

/// A number that processes share.
struct Shared {
  Shared() {
    void* const memory = mmap(nullptr, sizeof(std::atomic<std::int64_t>), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    number = new (memory) std::atomic<std::int64_t>(0);
  }
  ~Shared() { munmap(number, sizeof *number); }
  std::atomic<std::int64_t>* number;
};

constexpr std::int64_t elements = 100'000;

/// Every element of every tensor is `value`.
void save(const std::string& path, std::int64_t value, std::uint64_t shard_bytes = 0) {
  NamedTensors tensors;
  for (const char* name : {"a", "b", "c"})
    tensors.emplace_back(name, full({elements}, value, int64));
  tensors.emplace_back("value", full({}, value, int64));
  io::save_safetensors(path, tensors, {.shard_bytes = shard_bytes});
}

/// The value of a file, which must be whole.
std::int64_t value_in(const std::string& path) {
  const io::SafetensorsFile file(path);
  const auto value = file.load("value").item<std::int64_t>();
  for (const char* name : {"a", "b", "c"})
    if (file.load(name).to_vector<std::int64_t>() != std::vector<std::int64_t>(elements, value))
      return -1;
  return value;
}

void kill_writers(std::uint64_t shard_bytes, int times) {
  const Folder folder;
  const std::string path = folder / "f.safetensors";
  const auto begin = std::chrono::steady_clock::now();
  save(path, 0, shard_bytes);
  const std::chrono::duration<double, std::micro> one_save =
      std::chrono::steady_clock::now() - begin;
  const Shared done;  // the last value that was saved for certain
  std::mt19937 random(1);
  int saved = 0;
  // On a machine that has become busier, more of them: some have to come to the end of a save.
  for (int i = 0; i < times || (saved == 0 && i < 20 * times); ++i) {
    const std::int64_t before = *done.number;
    const pid_t child = start_child([&] {
      for (std::int64_t value = before + 1;; ++value) {
        save(path, value, shard_bytes);
        *done.number = value;
      }
    });
    usleep(std::uniform_int_distribution(0, int(5 * one_save.count()))(random));
    kill(child, SIGKILL);
    REQUIRE(code_of(child) == -SIGKILL);
    const std::int64_t value = value_in(path);
    REQUIRE((value == *done.number || value == *done.number + 1));
    saved += value > before;
    *done.number = value;
  }
  CHECK(saved > 0);  // or they were killed before they began
  if (shard_bytes) return;
  save(path, 7);
  CHECK(folder.entries() == 1);  // what they left has gone
}

}  // namespace

TEST_CASE("killed at any moment of saving, there is the old file or the new one") {
  if (thread_sanitized) SKIP_TEST("the sanitizer does not support threads after fork");
  kill_writers(0, 50);
}

TEST_CASE(
    "killed at any moment of saving shards, the index leads to the old ones or the new ones") {
  if (thread_sanitized) SKIP_TEST("the sanitizer does not support threads after fork");
  kill_writers(8 * elements, 50);
}

TEST_CASE("of two writers at once each writes a whole file") {
  if (thread_sanitized) SKIP_TEST("the sanitizer does not support threads after fork");
  const Folder folder;
  const std::string path = folder / "f";
  save(path, 0);
  const auto writer = [&](std::int64_t first) {
    return start_child([&, first] {
      for (std::int64_t i = 0; i < 30; ++i) save(path, first + i);
    });
  };
  const pid_t one = writer(100), two = writer(200);
  int seen = 0;
  for (int status = 0; waitpid(one, &status, WNOHANG) == 0; ++seen) REQUIRE(value_in(path) >= 0);
  REQUIRE(code_of(two) == 0);
  CHECK(seen > 0);
  const std::int64_t last = value_in(path);
  CHECK((last == 129 || last == 229));
  CHECK(folder.entries() == 1);
}

TEST_CASE("a disk that is full leaves the old file") {
  if (thread_sanitized) SKIP_TEST("the sanitizer does not support threads after fork");
  const Folder folder;
  const std::string path = folder / "f";
  save(path, 1);
  const auto size = fs::file_size(path);
  for (const std::uint64_t shard_bytes : {std::uint64_t{0}, std::uint64_t{8 * elements}}) {
    for (const rlim_t limit : {rlim_t{0}, rlim_t{100}, rlim_t{size / 8}, rlim_t{size / 4 - 1}}) {
      // In another process, which a limit and a signal do not outlive.
      const pid_t child = start_child([&] {
        const struct rlimit most = {limit, limit};
        setrlimit(RLIMIT_FSIZE, &most);
        std::signal(SIGXFSZ, SIG_IGN);  // what a full disk does: an error, no signal
        const std::string text = error_of([&] { save(path, 2, shard_bytes); });
        if (!text.ends_with(": File too large")) throw Error(text);
      });
      CHECK(code_of(child) == 0);
      CHECK(value_in(path) == 1);
      CHECK(folder.entries() == 1);
    }
  }
}
