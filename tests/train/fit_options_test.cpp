// train: what fit does besides its loop: accumulation, clipping, averages, modes, callbacks, logs,
// checkpoints, signals.

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/fit.hpp>
#include <cinta/train/report/fit_progress.hpp>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using train::FitStatus;
namespace fs = std::filesystem;

namespace {

/// w * x, from w = 0.
struct Weight : nn::Module {
  Tensor w = add("w", zeros({1}, float64));
  nn::Dropout drop = add("drop", nn::Dropout(0.5));
  nn::Dropout frozen = add("frozen", nn::Dropout(0.5));
};

Tensor column(const std::vector<double>& values) {
  return from_data(values, {std::int64_t(values.size()), 1});
}

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("cinta_fit_" + std::to_string(getpid()))) {
    fs::remove_all(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::size_t files() const { return std::size_t(std::distance(fs::directory_iterator(path), {})); }
  fs::path path;
};

std::vector<nlohmann::json> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// A run with everything, of `epochs` epochs, that may be stopped by `callback`.
struct Net : nn::Module {
  nn::Linear layer = add("layer", nn::Linear(3, 4));
  nn::Dropout drop = add("drop", nn::Dropout(0.2));
  nn::Linear out = add("out", nn::Linear(4, 1));
  Tensor operator()(const Tensor& x) const { return out(drop(tanh(layer(x)))); }
};

std::vector<float> train_net(train::FitOptions options, train::FitResult* result = nullptr) {
  manual_seed(1);
  const Tensor x = randn({30, 3}), y = sum(x, 1, keepdims);
  Net net;
  optim::AdamW optimizer(net, {.lr = 1e-2});
  optim::Scheduler schedule(optimizer, optim::schedule::cosine(60));
  auto average = optim::Average::exponential(net, 0.9);
  train::DataLoader loader({x, y}, {.batch_size = 7, .shuffle = true, .seed = 2});
  options.schedules = {&schedule};
  options.average = &average;
  const auto got = train::fit(
      net, optimizer, loader,
      [&](const Tensor& in, const Tensor& out) { return mse_loss(net(in), out); },
      [&] { return mse_loss(net(x), y).item(); }, std::move(options));
  if (result) *result = got;
  std::vector<float> all;
  for (const Tensor& tensor : net.parameters())
    for (const float value : tensor.to_vector<float>()) all.push_back(value);
  return all;
}

}  // namespace

TEST_CASE("fit: accumulated batches count by their rows, and an epoch's rest is a step") {
  // Of all four rows: -5. Averaging micro-batches of 3 and 1 alike would give -6.
  Weight net;
  optim::SGD optimizer(net, {.lr = 1});
  train::DataLoader loader({column({1, 2, 3, 4})}, {.batch_size = 3});
  std::vector<double> gradients;
  const auto loss = [&](const Tensor& x) { return mean(square(net.w * x - 1)); };
  const auto keep = [&](FitStatus&) { gradients.push_back(net.w.grad().item()); };
  train::fit(net, optimizer, loader, loss, [] { return 0.0; },
             {.epochs = 1, .accumulate = 2, .callbacks = {{.before_step = keep}}});
  CHECK(gradients == std::vector<double>{-5});

  // Windows do not pass from one epoch into the next, and schedules count steps.
  Weight other;
  optim::SGD slow(other, {.lr = 1e-3});
  optim::Scheduler schedule(slow, optim::schedule::linear(4, 1, 0));
  train::DataLoader six({column({1, 2, 3, 4, 5, 6})}, {.batch_size = 1});
  std::vector<double> rates;
  const auto result = train::fit(
      other, slow, six, [&](const Tensor& x) { return mean(square(other.w * x - 1)); },
      [] { return 0.0; },
      {.epochs = 2,
       .accumulate = 4,
       .schedules = {&schedule},
       .callbacks = {{.before_step = [&](FitStatus&) {
         rates.push_back(slow.option("lr") * 1e3);
         gradients.push_back(other.w.grad().item());
       }}}});
  CHECK(result.steps == 4);
  REQUIRE(rates.size() == 4);
  for (int i = 0; i < 4; ++i) CHECK(rates[std::size_t(i)] == Approx(1 - 0.25 * i));
  CHECK(gradients[1] == Approx(-2 * (1 + 2 + 3 + 4) / 4.));
  CHECK(gradients[2] == Approx(2 * (5 * (5 * 5e-3 - 1) + 6 * (6 * 5e-3 - 1)) / 2.));
}

TEST_CASE("fit: accumulated rows of a table") {
  struct Table : nn::Module {
    nn::Embedding rows = add("rows", nn::Embedding(5, 2, {.sparse = true, .dtype = float64}));
  };
  const auto weights = [](std::int64_t batch_size, std::int64_t accumulate) {
    manual_seed(1);
    Table net;
    optim::SGD optimizer(net, {.lr = 0.1});
    const Tensor ids = from_data(std::vector<std::int64_t>{0, 1, 1, 4, 2, 0, 3}, {7});
    train::DataLoader loader({ids}, {.batch_size = batch_size});
    train::fit(
        net, optimizer, loader, [&](const Tensor& id) { return mean(square(net.rows(id))); },
        [] { return 0.0; }, {.epochs = 3, .accumulate = accumulate});
    return net.rows.weight.to_vector<double>();
  };
  const auto whole = weights(4, 1), parts = weights(2, 2);
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(parts[i] == Approx(whole[i]).epsilon(1e-12));
}

TEST_CASE("fit: clips the common norm, and refuses or skips what is not finite") {
  Weight net;
  optim::SGD optimizer(net, {.lr = 1});
  train::DataLoader loader({column({1, 2})}, {.batch_size = 1});
  std::vector<double> norms, gradients;
  const auto look = [&](FitStatus& now) {
    norms.push_back(now.gradient_norm);
    gradients.push_back(net.w.grad().item());
  };
  train::fit(
      net, optimizer, loader, [&](const Tensor& x) { return mean(net.w * x); }, [] { return 0.0; },
      {.epochs = 1, .clip_norm = 1.5, .callbacks = {{.before_step = look}}});
  CHECK(norms == std::vector<double>{1, 2});
  CHECK(gradients == std::vector<double>{1, 1.5});

  // A finite loss whose gradient is not.
  const auto steep = [&](const Tensor& x) {
    return mean(sqrt(abs(net.w * x * 0))) + net.w.detach() * 0;
  };
  const auto run = [&](optim::Nonfinite nonfinite, double clip_norm = 1) {
    std::int64_t skipped = 0;
    train::fit(
        net, optimizer, loader,
        [&](const Tensor& x) { return sum(steep(x)) * 1.0 + sum(pow(net.w * 0, 0.5)); },
        [] { return 0.0; },
        {.epochs = 1,
         .clip_norm = clip_norm,
         .nonfinite = nonfinite,
         .callbacks = {{.on_end = [&](FitStatus& now) { skipped = now.skipped; }}}});
    return skipped;
  };
  const double before = net.w.item();
  CHECK_THROWS_AS(run(optim::Nonfinite::raise), NanError);
  // It names the parameter and the line of fit's caller.
  const std::string text = error_of([&] { run(optim::Nonfinite::raise); });
  CHECK(
      text.starts_with("clip_grad_norm: the gradient of parameter w, float64 (1,), is not finite"));
  CHECK(text.find("[fit_options_test.cpp:") != text.npos);
  CHECK(run(optim::Nonfinite::skip) == 2);
  CHECK(run(optim::Nonfinite::skip, 0) == 2);  // without clipping too
  CHECK(net.w.item() == before);
}

TEST_CASE("fit: callbacks at every point, and each module's mode is its own") {
  Weight net;
  optim::SGD optimizer(net, {.lr = 0.01});
  train::DataLoader loader({column({1, 2, 3})}, {.batch_size = 1});
  std::string order;
  const auto note = [&](const char* what) { return [&order, what](FitStatus&) { order += what; }; };
  train::Callback all{.on_start = note("<"),
                      .on_epoch_start = note("("),
                      .before_step = note("b"),
                      .after_step = note("a"),
                      .before_validation = note("v"),
                      .on_epoch = note(")"),
                      .on_end = note(">")};
  train::Callback freeze{.on_start = [&](FitStatus&) { net.frozen.eval(); }};
  std::vector<int> batches;
  train::Callback stop{.after_step = [&](FitStatus& now) {
    batches.push_back(int(now.batch));
    CHECK(now.batches == 3);
    CHECK(now.epochs == 5);
    if (now.step == 5) now.stop = true;
  }};
  const auto result = train::fit(
      net, optimizer, loader,
      [&](const Tensor& x) {
        CHECK(net.drop.is_training());
        CHECK_FALSE(net.frozen.is_training());
        return mean(square(net.w * x - 1));
      },
      [&] {
        CHECK_FALSE(net.drop.is_training());
        CHECK_FALSE(GradMode::enabled());
        order += "!";
        return 1.0;
      },
      {.epochs = 5, .callbacks = {all, freeze, stop}});
  CHECK(order == "<(bababav!)(baba>");
  CHECK(batches == std::vector<int>{1, 2, 3, 1, 2});
  CHECK(result.history.size() == 1);
  CHECK(result.steps == 5);
  CHECK_FALSE(net.is_training());
}

TEST_CASE("fit: several figures, of which one is named to decide") {
  const auto run = [](train::FitOptions options) {
    Weight net;
    optim::SGD optimizer(net, {.lr = 0.1});
    train::DataLoader loader({column({1})});
    int epoch = 0;
    options.epochs = 6;
    return train::fit(
        net, optimizer, loader, [&](const Tensor& x) { return mean(square(net.w * x - 1)); },
        [&] {
          ++epoch;
          return train::Figures{{"loss", epoch == 2 ? 0.1 : 1.0 / epoch},
                                {"accuracy", epoch == 3 ? 0.9 : 0.5}};
        },
        std::move(options));
  };
  CHECK(run({.monitor = "loss"}).best_epoch == 2);
  const auto result = run({.monitor = "accuracy", .stopping = {.patience = 2, .maximize = true}});
  CHECK(result.best_epoch == 3);
  CHECK(result.best_figure == 0.9);
  CHECK(result.history.size() == 5);
  CHECK(result.history[1].figures[0] == std::pair<std::string, double>("loss", 0.1));
  CHECK(std::isnan(result.history[1].validation_loss));
  CHECK_THROWS_WITH(
      run({}),
      StartsWith("fit: monitor has to say which figure decides what is best, of: loss accuracy ["));
  CHECK_THROWS_WITH(
      run({.monitor = "f1"}),
      StartsWith("fit: validate gave no figure \"f1\" to monitor, only: loss accuracy ["));
}

TEST_CASE(
    "fit: NaN is never best, may end the run, and the best weights come back however it ends") {
  const auto run = [](bool stop_at_nan, int patience, int epochs) {
    Weight net;
    optim::SGD optimizer(net, {.lr = 0.1});
    train::DataLoader loader({column({1})});
    std::vector<double> seen;
    const std::vector<double> figures{3, 1, NAN, 2, 2.5, 2.6};
    const auto result = train::fit(
        net, optimizer, loader, [&](const Tensor& x) { return mean(square(net.w * x - 1)); },
        [&] {
          seen.push_back(net.w.item());
          return figures[seen.size() - 1];
        },
        {.epochs = epochs, .stopping = {.patience = patience}, .stop_at_nan = stop_at_nan});
    CHECK(result.best_epoch == 2);
    CHECK(net.w.item() == seen[1]);
    return seen.size();
  };
  CHECK(run(true, 0, 6) == 3);
  CHECK(run(false, 2, 6) == 4);
  CHECK(run(false, 5, 4) == 4);  // not stopped early
  CHECK(run(false, 0, 6) == 6);
}

TEST_CASE("fit: the average is validated, best, and what the model ends with") {
  for (const bool keep_best : {true, false}) {
    Weight net;
    optim::SGD optimizer(net, {.lr = 0.1});
    auto average = optim::Average::equal(net);
    train::DataLoader loader({column({1, 1})}, {.batch_size = 1});
    std::vector<double> steps, seen;
    train::fit(
        net, optimizer, loader, [&](const Tensor& x) { return mean(square(net.w * x - 1)); },
        [&] {
          seen.push_back(net.w.item());
          return 1 - net.w.item();
        },
        {.epochs = 2,
         .keep_best = keep_best,
         .average = &average,
         .callbacks = {{.after_step = [&](FitStatus&) { steps.push_back(net.w.item()); }}}});
    REQUIRE(steps.size() == 4);
    CHECK(seen[0] == Approx((steps[0] + steps[1]) / 2));
    CHECK(seen[1] == Approx((steps[0] + steps[1] + steps[2] + steps[3]) / 4));
    CHECK(net.w.item() == seen[1]);
  }
}

TEST_CASE("fit: a run that is stopped anywhere goes on as if nothing had been, its log too") {
  train::FitResult whole;
  Folder folder;
  fs::create_directory(folder.path);
  const auto through = train_net({.epochs = 8, .log = folder / "through.jsonl"}, &whole);
  for (const int at : {1, 5, 9, 13, 20, 39}) {  // steps; 5 are an epoch
    train::FitOptions options{.epochs = 8,
                              .checkpoints = {.folder = folder / std::to_string(at), .last = 2},
                              .log = folder / (std::to_string(at) + ".jsonl")};
    train::FitResult first, second;
    auto stopped = options;
    stopped.callbacks = {{.after_step = [&](FitStatus& now) { now.stop = now.step == at; }}};
    CHECK(train_net(stopped, &first) != through);
    CHECK(first.steps == at);
    options.callbacks = {{.on_start = [&](FitStatus& now) { CHECK(now.resumed_at == at); }}};
    CHECK(train_net(options, &second) == through);
    CHECK(second.best_epoch == whole.best_epoch);
    CHECK(second.best_figure == whole.best_figure);
    REQUIRE(second.history.size() == whole.history.size());
    for (std::size_t i = 0; i < whole.history.size(); ++i) {
      CHECK(second.history[i].train_loss == whole.history[i].train_loss);
      CHECK(second.history[i].validation_loss == whole.history[i].validation_loss);
    }
    const auto lines = lines_of(options.log), lines_through = lines_of(folder / "through.jsonl");
    REQUIRE(lines.size() == 8);
    for (std::size_t i = 0; i < 8; ++i)
      for (const char* key : {"epoch", "step", "lr", "train_loss", "validation_loss"})
        CHECK(lines[i][key] == lines_through[i][key]);
    // A finished run is not trained further, and two files or three are left.
    CHECK(train_net({.epochs = 8, .checkpoints = options.checkpoints}) == through);
    CHECK(std::distance(fs::directory_iterator(options.checkpoints.folder), {}) <= 3);
  }
}

TEST_CASE("fit: epochs after a checkpoint are cut off the log when a run goes back to it") {
  Folder folder;
  fs::create_directory(folder.path);
  const train::FitOptions options{
      .epochs = 3, .checkpoints = {.folder = folder / "run", .last = 9}, .log = folder / "log"};
  train_net(options);
  REQUIRE(lines_of(folder / "log").size() == 3);
  fs::remove(folder / "run/step-000000015.safetensors");
  auto more = options;
  more.epochs = 4;
  train_net(more);
  const auto lines = lines_of(folder / "log");
  REQUIRE(lines.size() == 4);
  for (int i = 0; i < 4; ++i) CHECK(lines[std::size_t(i)]["epoch"] == i + 1);
}

TEST_CASE("fit: Ctrl-C ends after the step, with a checkpoint; a second one does what it did") {
  Folder folder;
  train::FitOptions options{
      .epochs = 8, .checkpoints = {.folder = folder / "run"}, .stop_on_interrupt = true};
  const auto through = train_net({.epochs = 8});
  std::signal(SIGINT, SIG_DFL);  // in the background of a script it is ignored
  train::FitResult result;
  options.callbacks = {{.before_step = [](FitStatus& now) {
    if (now.step == 6) std::raise(SIGINT);
  }}};
  train_net(options, &result);
  CHECK(result.interrupted);
  CHECK(result.steps == 7);
  CHECK(result.history.size() == 1);
  static int others = 0;
  const auto before = std::signal(SIGINT, [](int) { ++others; });
  options.callbacks = {{.before_step = [](FitStatus& now) {
    if (now.step == 12) std::raise(SIGINT), std::raise(SIGINT);
  }}};
  train_net(options, &result);
  CHECK(others == 1);
  CHECK(result.steps == 13);
  std::raise(SIGINT);
  CHECK(others == 2);
  // What is ignored, as in the background of a script, stays so.
  std::signal(SIGINT, SIG_IGN);
  options.callbacks = {{.before_step = [](FitStatus& now) {
    if (now.step == 14) std::raise(SIGINT), now.stop = true;
  }}};
  train_net(options, &result);
  CHECK_FALSE(result.interrupted);
  CHECK(std::signal(SIGINT, before) == SIG_IGN);
  options.callbacks = {};
  CHECK(train_net(options, &result) == through);
  CHECK_FALSE(result.interrupted);
}

TEST_CASE("fit: checkpoints that are refused, damaged or cannot be written lose nothing") {
  Folder folder;
  const std::string run = folder / "run";
  const train::FitOptions options{.epochs = 2, .checkpoints = {.folder = run}};
  train_net(options);
  const auto last = [&] {
    std::string name;
    for (const auto& entry : fs::directory_iterator(run))
      name = std::max(name, entry.path().string());
    return name;
  };
  CHECK(error_of([&] {
          auto anew = options;
          anew.checkpoints.resume = false;
          train_net(anew);
        }).starts_with("fit: the folder " + run + " holds a run; resume it, or use another"));
  CHECK(error_of([&] {
          auto other = options;
          other.accumulate = 2;
          train_net(other);
        }).find("accumulate: it is 'whole 1' in the file and 'whole 2' here") != std::string::npos);
  {
    Weight net;
    optim::SGD optimizer(net, {.lr = 0.1});
    train::DataLoader loader({column({1})});
    CHECK_THROWS_WITH(train::fit(
                          net, optimizer, loader, [&](const Tensor&) { return sum(net.w); },
                          [] { return 0.0; }, options),
                      ContainsSubstring("step-000000010.safetensors"));
    CHECK(net.w.item() == 0);
    std::vector<std::tuple<Tensor>> list{{column({1})}};
    CHECK_THROWS_WITH(
        train::fit(
            net, optimizer, list, [&](const Tensor&) { return sum(net.w); }, [] { return 0.0; },
            options),
        StartsWith(
            "fit: checkpoints need a loader that has a state and batches(), as DataLoader has ["));
  }
  // A full disk: the file of the third epoch cannot be written, the others stay.
  const auto files = std::distance(fs::directory_iterator(run), {});
  {
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 300;
    auto more = options;
    more.epochs = 3;
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string error = error_of([&] { train_net(more); });
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(error.find("step-000000015.safetensors: ") != std::string::npos);
    CHECK(error.find("File too large") != std::string::npos);
    CHECK(std::distance(fs::directory_iterator(run), {}) == files);
    CHECK(train_net(more) == train_net({.epochs = 3}));
  }
  // A damaged file is named and left; without it the run goes on from the one before.
  const std::string damaged = last();
  fs::resize_file(damaged, fs::file_size(damaged) / 2);
  auto more = options;
  more.epochs = 4;
  CHECK(error_of([&] { train_net(more); }).find(damaged) != std::string::npos);
  CHECK(fs::exists(damaged));
  fs::remove(damaged);
  CHECK(train_net(more) == train_net({.epochs = 4}));
  // A file where the folder should be.
  std::ofstream(folder / "file") << "x";
  CHECK_THROWS_AS(train_net({.epochs = 1, .checkpoints = {.folder = folder / "file"}}), IoError);
}

TEST_CASE("fit: a folder that cannot be written to is said, and the last checkpoint stays") {
  Folder folder;
  const std::string run = folder / "run";
  const train::FitOptions options{.epochs = 2, .checkpoints = {.folder = run}};
  auto more = options;
  more.epochs = 3;
  train_net(options);
  const auto bytes = [&] {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::directory_iterator(run)) {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      all[entry.path().filename().string()] = text.str();
    }
    return all;
  };
  const auto before = bytes();
  fs::permissions(run, fs::perms(0555));
  // Permissions do not bind root, so the run is another user's.
  const bool root = geteuid() == 0;
  if (root && seteuid(65534) != 0) SKIP_TEST("root, and no other user to be");
  const std::string error = error_of([&] { train_net(more); });
  if (root) REQUIRE(seteuid(0) == 0);
  CHECK(error.find(run + "/step-000000015.safetensors: ") == 0);
  CHECK(error.find("Permission denied") != std::string::npos);
  CHECK(bytes() == before);

  fs::permissions(run, fs::perms(0755));
  CHECK(train_net(more) == train_net({.epochs = 3}));
  // Also where the folder cannot be made, before anything has been trained.
  CHECK(error_of([&] {
          train_net({.epochs = 1, .checkpoints = {.folder = "/proc/cinta"}});
        }).starts_with("/proc/cinta: "));
}

TEST_CASE("fit: the checkpoint that stays is that of the best epoch, with min_delta too") {
  Folder folder;
  Weight net;
  optim::SGD optimizer(net, {.lr = 0.1});
  train::DataLoader loader({column({1, 2})});
  double figure = 1;
  const auto result = train::fit(
      net, optimizer, loader, [&](const Tensor& x) { return mean(square(net.w * x - 1)); },
      [&] { return figure -= 0.01; },
      {.epochs = 6,
       .stopping = {.min_delta = 0.5},
       .checkpoints = {.folder = folder / "run", .last = 1}});
  CHECK(result.best_epoch == 1);
  CHECK(fs::exists(folder / "run/step-000000001.safetensors"));
  CHECK(fs::exists(folder / "run/step-000000006.safetensors"));
  CHECK(std::distance(fs::directory_iterator(folder / "run"), {}) == 2);
}

TEST_CASE("fit: progress on a terminal and nothing elsewhere") {
  std::ostringstream terminal, file;
  // A line is drawn every 0.1 s.
  const train::Callback wait{.on_epoch_start = [](FitStatus&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(110));
  }};
  train_net(
      {.epochs = 3,
       .callbacks = {wait, train::fit_progress(terminal, true), train::fit_progress(file, false)}});
  CHECK(file.str().empty());
  const std::string text = terminal.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  const std::string last = text.substr(text.rfind('\r'));
  for (const char* part : {"100 %", "epoch 3/3", "loss ", "validation "})
    CHECK(last.find(part) != std::string::npos);
}

TEST_CASE("fit: names of figures that a log or a checkpoint could not hold") {
  Weight net;
  optim::SGD optimizer(net, {.lr = 0.1});
  train::DataLoader loader({column({1, 2})});
  const auto error = [&](const train::Figures& figures) {
    return error_of([&] {
      train::fit(
          net, optimizer, loader, [&](const Tensor& x) { return mean(square(net.w * x - 1)); },
          [&] { return figures; }, {.monitor = "a"});
    });
  };
  CHECK(error({{"a", 1}, {"b\nc", 1}}) == "fit: the name of a figure has a line break in it");
  CHECK(error({{"a", 1}, {"b", 1}, {"b", 2}}) == "fit: validate gave two figures \"b\"");
}

TEST_CASE("fit: options out of their range") {
  const auto error = [](train::FitOptions options) {
    return error_of([&] { train_net(std::move(options)); });
  };
  CHECK(error({.accumulate = 0}).starts_with("fit: accumulate is 0, must be at least 1"));
  CHECK(error({.clip_norm = -1}).starts_with("fit: clip_norm must not be negative"));
  CHECK(error({.epochs = -1}).starts_with("fit: epochs must not be negative"));
  CHECK(error({.stopping = {.patience = -1}})
            .starts_with("fit: stopping.patience must not be negative"));
  for (const double delta : {-1.0, double(NAN)})
    CHECK(error({.stopping = {.min_delta = delta}})
              .starts_with("fit: stopping.min_delta must not be negative"));
  CHECK(error({.checkpoints = {.every = -1}})
            .starts_with("fit: checkpoints.every must not be negative"));
  Weight net;
  optim::SGD optimizer(net, {.lr = 0.1});
  train::DataLoader loader({column({1})});
  CHECK(error_of([&] {
          train::fit(
              net, optimizer, loader, [&](const Tensor& x) { return mean(net.w * x); },
              [] { return 1.0; }, {.schedules = {nullptr}});
        }).starts_with("fit: a schedule is null"));
  const std::function<Tensor(const Tensor&)> loss;
  const std::function<double()> validate;
  const std::string empty = " is an empty function; give one that can be called [fit_options_test";
  CHECK(error_of([&] {
          train::fit(net, optimizer, loader, loss, [] { return 1.0; });
        }).starts_with("fit: loss" + empty));
  CHECK(error_of([&] {
          train::fit(
              net, optimizer, loader, [&](const Tensor& x) { return mean(net.w * x); }, validate);
        }).starts_with("fit: validate" + empty));
}
