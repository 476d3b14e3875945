// A run that is killed at 20 random moments, and each time begun again, ends with the bytes of one
// that was not: with batches made ahead, dropout, an average, a
// schedule, and a table of which steps update single
// rows.

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/fit.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/child.hpp"

extern char** environ;

using namespace cinta;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

struct Net : nn::Module {
  nn::Embedding table = add("table", nn::Embedding(400, 8, {.sparse = true}));
  nn::Dropout drop = add("drop", nn::Dropout(0.3));
  nn::Linear out = add("out", nn::Linear(8, 3));

  Tensor loss(const Tensor& ids) const {
    return mean(square(out(drop(tanh(mean(table(ids), 1)))) - 0.5));
  }
};

constexpr const char* variable = "CINTA_KILLED_RUN";

/// Trains in `folder`, from where an earlier process has left it, and writes the final weights.
void train_in(const fs::path& folder) {
  manual_seed(5);
  Net net;
  optim::AdamW optimizer(net, {.lr = 1e-2});
  optim::Scheduler schedule(optimizer, optim::schedule::cosine(2000));
  auto average = optim::Average::exponential(net, 0.9);
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < 600 * 4; ++i) ids.push_back(i * i % (i % 5 == 0 ? 400 : 50));
  const Tensor all = from_data(ids, {600, 4});
  train::DataLoader loader({all}, {.batch_size = 8, .shuffle = true, .seed = 3, .prefetch = 3});
  train::fit(
      net, optimizer, loader, [&](const Tensor& batch) { return net.loss(batch); },
      [&] { return net.loss(slice(all, 0, 0, 50)).item(); },
      {.epochs = 12,
       .schedules = {&schedule},
       .checkpoints = {.folder = folder / "run", .last = 2, .every = 7},
       .add_parts = [&](train::Checkpoint& run) { run.add("average", average); },
       .log = folder / "log.jsonl",
       .callbacks = {{.after_step = [&](train::FitStatus& now) {
         if (now.step % 16 == 0) average.update();  // which reads all rows
       }}}});
  NamedTensors tensors = net.state_dict();
  for (const auto& [name, tensor] : average.averages())
    tensors.emplace_back("average." + name, tensor);
  io::save_safetensors((folder / "end").string(), tensors);
}

std::string bytes_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

pid_t start(const char* self, const fs::path& folder) {
  setenv(variable, folder.c_str(), 1);
  std::string program = self, test = "the run that is killed";
  char* arguments[] = {program.data(), test.data(), nullptr};
  pid_t child = 0;
  REQUIRE(posix_spawn(&child, self, nullptr, nullptr, arguments, environ) == 0);
  return child;
}

}  // namespace

TEST_CASE("the run that is killed", "[.]") { train_in(std::getenv(variable)); }

TEST_CASE("SIGKILL at 20 random moments: the final weights are those of the undisturbed run") {
  if (std::getenv("CINTA_EMULATED")) SKIP_TEST("an emulated program cannot start itself");
  char self[4096];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) SKIP_TEST("no /proc");
  self[length] = '\0';
  const fs::path folder = fs::temp_directory_path() / ("cinta_killed_" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder / "through");
  fs::create_directories(folder / "killed");

  const auto begin = Clock::now();
  REQUIRE(code_of(start(self, folder / "through")) == 0);
  const auto whole = Clock::now() - begin;

  auto generator = train::make_generator(std::uint64_t(begin.time_since_epoch().count()));
  int killed = 0;
  for (int tries = 0; killed < 20 && tries < 200; ++tries) {
    const pid_t child = start(self, folder / "killed");
    std::this_thread::sleep_for(whole * double(train::random_below(generator, 1000)) / 8000);
    kill(child, SIGKILL);
    const int code = code_of(child);
    if (code == -SIGKILL) {
      ++killed;
      continue;
    }
    // It had ended before: from the beginning.
    REQUIRE(code == 0);
    CHECK(bytes_of(folder / "killed/end") == bytes_of(folder / "through/end"));
    fs::remove_all(folder / "killed");
    fs::create_directories(folder / "killed");
  }
  CHECK(killed == 20);
  REQUIRE(code_of(start(self, folder / "killed")) == 0);
  const std::string through = bytes_of(folder / "through/end");
  CHECK(through.size() > 10000);
  CHECK(bytes_of(folder / "killed/end") == through);
  const auto lines = [&](const char* run) {
    const std::string text = bytes_of(folder / run / "log.jsonl");
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines("killed") == 12);
  CHECK(lines("through") == 12);
  fs::remove_all(folder);
}
