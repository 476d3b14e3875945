// What a trial prints, and how it ends: by itself, diverged, on SIGTERM, with nobody listening.

#include <signal.h>
#include <unistd.h>

#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/fit.hpp>
#include <cinta/train/trial/trial.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using nlohmann::json;
using train::Trial;

namespace {

std::vector<json> lines(const std::string& text) {
  std::vector<json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
  return out;
}

/// Runs the body in a child whose reports go to a pipe; `with_child` sees the reading end.
template <class Body, class WithChild>
int status_of(const Body& body, const WithChild& with_child) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    int code = 1;
    {
      std::ofstream out("/dev/fd/" + std::to_string(ends[1]));
      close(ends[1]);
      try {
        Trial trial(out);
        body(trial);
        code = 0;
      } catch (const train::TrialEnd& end) {
        code = end.exit_code();
      } catch (...) {
      }
    }
    _exit(code);
  }
  close(ends[1]);
  with_child(child, ends[0]);
  return code_of(child);
}

std::string read_line(int from) {
  std::string out;
  for (char c; read(from, &c, 1) == 1 && c != '\n';) out += c;
  return out;
}

}  // namespace

TEST_CASE("reports and a result, exactly") {
  std::ostringstream out;
  const double third = 1. / 3;
  {
    Trial trial(out);
    CHECK(trial.report(1, {{"loss", 0.1}, {"size", 1e22}}));
    CHECK(trial.report(3, {{"loss", third}}));
    trial.finish(3, {{"loss", third}});
  }
  CHECK(out.str() ==
        "{\"event\":\"report\",\"step\":1,\"figures\":{\"loss\":0.10000000000000001,\"size\":1e+22}"
        "}\n"
        "{\"event\":\"report\",\"step\":3,\"figures\":{\"loss\":0.33333333333333331}}\n"
        "{\"event\":\"end\",\"status\":\"ok\",\"step\":3,\"figures\":{\"loss\":0.33333333333333331}"
        "}\n");
  CHECK(lines(out.str())[2]["figures"]["loss"].get<double>() == third);
}

TEST_CASE("what is no number is a divergence, at a report and at the end") {
  for (const double value : {std::nan(""), double(INFINITY), -double(INFINITY)}) {
    for (const bool at_end : {false, true}) {
      std::ostringstream out;
      Trial trial(out);
      try {
        if (at_end)
          trial.finish(4, {{"ok", 1}, {"loss", value}});
        else
          (void)trial.report(4, {{"ok", 1}, {"loss", value}});
        FAIL("accepted");
      } catch (const train::TrialDiverged& end) {
        CHECK(end.exit_code() == 3);
      }
      const auto said = lines(out.str());
      REQUIRE(said.size() == 1);
      CHECK(said[0]["event"] == "end");
      CHECK(said[0]["status"] == "diverged");
      CHECK(said[0]["step"] == 4);
      CHECK(said[0]["reason"] == (std::isnan(value) ? "loss is not a number" : "loss is infinite"));
      CHECK_THROWS_AS((void)trial.report(5, {{"loss", 1}}), ValueError);
    }
  }
}

TEST_CASE("steps increase, reports have figures, ends are ends") {
  std::ostringstream out;
  Trial trial(out);
  CHECK_THROWS_AS(Trial(out), ValueError);
  CHECK_THROWS_AS((void)trial.report(0, {{"loss", 1}}), ValueError);
  CHECK(trial.report(1, {{"loss", 1}}));
  CHECK_THROWS_AS((void)trial.report(1, {{"loss", 1}}), ValueError);
  CHECK_THROWS_AS((void)trial.report(2, {}), ValueError);
  CHECK(trial.report(2, {{"loss", 1}}));
  trial.finish(1, {{"loss", 1}});
  CHECK_THROWS_AS((void)trial.report(3, {{"loss", 1}}), ValueError);
  CHECK_THROWS_AS(trial.finish(3, {{"loss", 1}}), ValueError);
}

TEST_CASE("an empty function is no run") {
  std::ostringstream out;
  Trial trial(out);
  CHECK(error_of([&] { trial.run(std::function<int()>()); })
            .starts_with("Trial: training is an empty function; give one that can be called "
                         "[trial_test.cpp:"));
  CHECK(trial.run([] { return 3; }) == 3);
}

TEST_CASE("SIGTERM saves, says so and ends with 143") {
  int saved[2];
  REQUIRE(pipe(saved) == 0);
  std::string first, second, third;
  const int status = status_of(
      [&](Trial& trial) {
        for (int step = 1; step < 1000000; ++step) {
          if (!trial.report(step, {{"loss", 1}})) {
            CHECK(write(saved[1], "saved\n", 6) == 6);
            trial.stopped();
          }
          // Another report only after the signal: it is in the middle of a step that it comes.
          if (step == 1) raise(SIGTERM);
        }
      },
      [&](pid_t, int from) {
        first = read_line(from);
        second = read_line(from);
        third = read_line(from);
        close(from);
      });
  CHECK(status == 143);
  CHECK(json::parse(first)["step"] == 1);
  CHECK(json::parse(second)["step"] == 2);
  CHECK(json::parse(third) == json({{"event", "end"}, {"status", "stopped"}, {"step", 2}}));
  CHECK(read_line(saved[0]) == "saved");
  close(saved[0]);
  close(saved[1]);
}

TEST_CASE("a run that was to stop is not finished") {
  const int status = status_of(
      [](Trial& trial) {
        raise(SIGTERM);
        CHECK(!trial.report(1, {{"loss", 1}}));
        trial.finish(1, {{"loss", 1}});
      },
      [](pid_t, int from) {
        read_line(from);
        CHECK(json::parse(read_line(from))["status"] == "stopped");
        close(from);
      });
  CHECK(status == 143);
}

TEST_CASE("what is finished is not stopped") {
  const int status = status_of(
      [](Trial& trial) {
        raise(SIGTERM);
        trial.finish(1, {{"loss", 1}});
      },
      [](pid_t, int from) {
        CHECK(json::parse(read_line(from))["status"] == "ok");
        close(from);
      });
  CHECK(status == 0);
}

TEST_CASE("a broken pipe stops it") {
  const int status = status_of(
      [](Trial& trial) {
        for (int step = 1; step < 1000000; ++step) (void)trial.report(step, {{"loss", 1}});
      },
      [](pid_t, int from) {
        read_line(from);
        close(from);
      });
  CHECK(status == 141);
}

TEST_CASE("fit reports its epochs, stops with a checkpoint and goes on from there") {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("trial_" + std::to_string(::getpid()))).string();
  std::filesystem::remove_all(folder);
  const auto run = [&](std::ostream& out, int stop_at, double lr, double factor = 1) {
    manual_seed(1);
    const nn::Linear net(2, 1);
    optim::SGD optimizer(net.parameters(), {.lr = lr});
    const Tensor x = randn({32, 2}), y = sum(x, 1, true);
    train::DataLoader loader({x, y}, {.batch_size = 8, .shuffle = true, .seed = 3});
    Trial trial(out);
    const train::Callback stop{.on_epoch = [&](train::FitStatus& status) {
      if (status.epoch == stop_at) raise(SIGTERM);
    }};
    const auto result = trial.run([&] {
      return train::fit(
          net, optimizer, loader,
          [&](const Tensor& a, const Tensor& b) { return mse_loss(net(a), b) * factor; },
          [&] { return mse_loss(net(x), y).item(); },
          {.epochs = 6, .checkpoints = {.folder = folder}, .callbacks = {stop, trial.callback()}});
    });
    trial.finish(result.best_epoch, {{"validation_loss", result.best_figure}});
  };
  std::ostringstream first, second, whole, wild;
  CHECK_THROWS_AS(run(first, 3, 0.05), train::TrialStopped);
  CHECK(lines(first.str()).size() == 4);
  run(second, 0, 0.05);
  std::filesystem::remove_all(folder);
  run(whole, 0, 0.05);
  const std::string stopped = first.str();
  const auto end = stopped.rfind("{\"event\":\"end\"");
  CHECK(stopped.substr(0, end) + second.str() == whole.str());
  std::filesystem::remove_all(folder);
  // A process that goes on and diverges at once does so after the steps of the one before it.
  std::ostringstream before, after;
  CHECK_THROWS_AS(run(before, 3, 0.05), train::TrialStopped);
  CHECK_THROWS_AS(run(after, 0, 0.05, NAN), train::TrialDiverged);
  CHECK(lines(after.str()).back()["step"] == 4);
  std::filesystem::remove_all(folder);
  CHECK_THROWS_AS(run(wild, 0, 1e30), train::TrialDiverged);
  std::filesystem::remove_all(folder);
}

TEST_CASE("signals are as they were when a trial has gone") {
  std::ostringstream out;
  struct sigaction before, after;
  sigaction(SIGTERM, nullptr, &before);
  { const Trial trial(out); }
  sigaction(SIGTERM, nullptr, &after);
  CHECK(before.sa_handler == after.sa_handler);
  CHECK_NOTHROW(Trial(out));
}
