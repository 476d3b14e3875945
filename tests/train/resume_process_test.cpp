// A run of 2 N steps has the bytes of one that was saved after N, in the middle of a pass, and went
// on in a new process: for every optimizer and every schedule, with dropout and a table of which
// steps update single rows.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cinta/train/checkpoint.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"

extern char** environ;

using namespace cinta;
namespace fs = std::filesystem;

namespace {

constexpr int half = 40;

struct Net : nn::Module {
  Net(bool row_sparse, Dtype dtype)
      : table(add("table", nn::Embedding(50, 4, {.sparse = row_sparse, .dtype = dtype}))),
        out(add("out", nn::Linear(4, 3, {.bias = false, .dtype = dtype}))),
        seen(add_buffer("seen", zeros({}, int64))) {}
  nn::Embedding table;
  nn::Linear out;
  Tensor seen;

  Tensor loss(const Tensor& ids) const {
    add_(seen, ids.numel());
    return mean(square(out(tanh(dropout(table(ids), 0.3, true))) - 0.5));
  }
};

std::vector<std::pair<std::string, optim::Schedule>> schedules() {
  namespace s = optim::schedule;
  const int total = 3 * half;  // which leaves rates positive, as some optimizers have them
  return {{"constant", s::constant(0.5, 10)},
          {"step", s::step(9, 0.7)},
          {"multistep", s::multistep({10, 50}, 0.5)},
          {"exponential", s::exponential(0.99)},
          {"polynomial", s::polynomial(total, 2)},
          {"linear", s::linear(total, 1, 0.1)},
          {"cosine", s::cosine(total)},
          {"cosine_restarts", s::cosine_restarts(15, 2, 1e-4)},
          {"inverse_sqrt", s::inverse_sqrt(10)},
          {"lambda", s::lambda([](std::int64_t t) { return 1. / double(1 + t % 7); })},
          {"warmup_linear", s::warmup_linear(60)},
          {"warmup_exponential", s::warmup_exponential(60)},
          {"one_cycle", s::one_cycle(total)},
          {"cyclic", s::cyclic(2, {.up = 13, .cycle = optim::schedule::Cycle::halved})},
          {"chain", s::chain({s::exponential(0.99), s::step(20, 0.5)})},
          {"sequential", s::sequential({s::constant(0.3, 5), s::cosine(60)}, {45})},
          {"with_warmup", s::with_warmup(30, s::cosine(90))}};
}

struct Case {
  std::string optimizer;
  every::Options options;
  std::string schedule;
  Dtype dtype;
  std::string wrapper = "";

  std::string name() const {
    std::string text = wrapper + " " + optimizer + " " + schedule + " " + name_of(dtype);
    for (const auto& [option, value] : options) text += " " + option + "=" + std::to_string(value);
    return text;
  }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto rates = schedules();
  std::size_t next = 0;
  for (const auto& [optimizer, options] : every::cases())
    for (const Dtype dtype : {float32, float64})
      all.push_back({optimizer, options, rates[next++ % rates.size()].first, dtype});
  for (const auto& [schedule, function] : rates)
    for (const char* optimizer : {"SGD", "AdamW"})
      all.push_back({optimizer, {{"lr", 0.02}, {"weight_decay", 0.01}}, schedule, float32});
  for (const char* wrapper : {"Lookahead", "Accumulate", "Proximal"})
    all.push_back({"SGD", {{"lr", 0.02}}, "cosine", float32, wrapper});
  return all;
}

/// One run: made anew in each process.
class Run {
 public:
  explicit Run(const Case& made)
      : net_(!every::refuses_rows(made.optimizer) && made.wrapper.empty(), made.dtype),
        optimizer_(every::make(made.optimizer, net_, made.options)),
        average_(optim::Average::exponential(net_, 0.9)),
        loader_({remainder()}, {.batch_size = 4, .shuffle = true, .seed = 5}) {
    if (made.wrapper == "Lookahead")
      wrapper_ = std::make_unique<optim::Lookahead>(*optimizer_, optim::LookaheadOptions{7, 0.5});
    if (made.wrapper == "Accumulate")
      wrapper_ = std::make_unique<optim::Accumulate>(*optimizer_, optim::AccumulateOptions{3});
    if (made.wrapper == "Proximal") {
      auto proximal = std::make_unique<optim::Proximal>(*optimizer_);
      proximal->add_group({net_.out.weight}, {.l1 = 1e-3});
      wrapper_ = std::move(proximal);
    }
    for (const auto& [name, function] : schedules())
      if (name == made.schedule)
        scheduler_ = std::make_unique<optim::Scheduler>(*optimizer_, function);
    checkpoint_.add("model", net_);
    checkpoint_.add("optimizer", top());
    checkpoint_.add("schedule", *scheduler_);
    checkpoint_.add("average", average_);
    checkpoint_.add("data", loader_);
    checkpoint_.add("step", step_);
    checkpoint_.fix("optimizer name", made.optimizer);
  }

  void load(const std::string& path) { checkpoint_.load(path); }

  /// Trains up to step 2 N, saves there, and in step N if `halfway` is no empty name.
  void train(const std::string& halfway, const std::string& end) {
    while (true) {
      for (auto& [ids] : loader_) {
        top().zero_grad();
        net_.loss(ids).backward();
        top().step();
        scheduler_->step();
        if (step_ % 16 == 0) average_.update();  // which reads all rows of the table
        ++step_;
        if (step_ == half && !halfway.empty()) checkpoint_.save(halfway);
        if (step_ == 2 * half) return checkpoint_.save(end);
      }
    }
  }

 private:
  optim::Optimizer& top() { return wrapper_ ? *wrapper_ : *optimizer_; }
  /// Rows of ids, of which later ones come more seldom.
  static Tensor remainder() {
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < 50 * 3; ++i) ids.push_back(i * i % (i % 5 == 0 ? 50 : 20));
    return from_data(ids, {50, 3});
  }

  Net net_;
  std::unique_ptr<optim::Optimizer> optimizer_, wrapper_;
  std::unique_ptr<optim::Scheduler> scheduler_;
  optim::Average average_;
  train::DataLoader<1> loader_;
  int step_ = 0;
  train::Checkpoint checkpoint_;
};

std::string file_of(const fs::path& folder, std::size_t i, const char* what) {
  return (folder / (std::to_string(i) + what)).string();
}
std::string bytes_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

constexpr const char* variable = "CINTA_RESUME_FOLDER";

}  // namespace

TEST_CASE("the second process", "[.]") {
  const fs::path folder = std::getenv(variable);
  const std::vector<Case> all = cases();
  for (std::size_t i = 0; i < all.size(); ++i) {
    manual_seed(99);
    Run run(all[i]);
    rand({3});
    run.load(file_of(folder, i, "half"));
    run.train("", file_of(folder, i, "resumed"));
  }
}

TEST_CASE("what was saved goes on in a new process, byte for byte") {
  if (std::getenv("CINTA_EMULATED")) SKIP_TEST("an emulated program cannot start itself");
  char self[4096];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) SKIP_TEST("no /proc");
  self[length] = '\0';
  const fs::path folder = fs::temp_directory_path() / ("cinta_resume_" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directory(folder);

  const std::vector<Case> all = cases();
  for (std::size_t i = 0; i < all.size(); ++i) {
    manual_seed(11);
    Run(all[i]).train(file_of(folder, i, "half"), file_of(folder, i, "through"));
  }
  setenv(variable, folder.c_str(), 1);
  std::string test = "the second process";
  char* arguments[] = {self, test.data(), nullptr};
  pid_t child = 0;
  int status = 0;
  REQUIRE(posix_spawn(&child, self, nullptr, nullptr, arguments, environ) == 0);
  waitpid(child, &status, 0);
  REQUIRE(status == 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(all[i].name());
    const std::string through = bytes_of(file_of(folder, i, "through"));
    CHECK(through.size() > 500);
    CHECK(bytes_of(file_of(folder, i, "half")) != through);
    CHECK(bytes_of(file_of(folder, i, "resumed")) == through);
  }
  fs::remove_all(folder);
}
