#include <algorithm>
#include <atomic>
#include <charconv>
#include <cinta/train/trial/trial.hpp>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <ostream>

namespace cinta::train {
namespace {

volatile std::sig_atomic_t stop_requested = 0;
std::atomic<bool> one_lives = false;

constexpr int diverged_code = 3;
constexpr int broken_pipe_code = 128 + SIGPIPE;
constexpr int stopped_code = 128 + SIGTERM;

/// 17 digits, from which every double reads back as it was.
std::string exact(double value) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 17).ptr};
}

std::string quoted(const std::string& text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string figures_text(const Figures& figures) {
  std::string out;
  for (const auto& [name, value] : figures)
    out += (out.empty() ? "" : ",") + quoted(name) + ":" + exact(value);
  return "{" + out + "}";
}

}  // namespace

struct Trial::Signals {
  Signals() {
    stop_requested = 0;
    struct sigaction action = {};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = [](int) { stop_requested = 1; };
    sigaction(SIGTERM, &action, &term);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &pipe);
  }
  ~Signals() {
    sigaction(SIGTERM, &term, nullptr);
    // With nobody listening it stays ignored: what the stream still holds is written when it
    // closes.
    if (!broken) sigaction(SIGPIPE, &pipe, nullptr);
    one_lives = false;
  }
  struct sigaction term, pipe;
  bool broken = false;
};

Trial::Trial(std::ostream& out) : out_(out) {
  if (one_lives.exchange(true)) throw ValueError("Trial: there is one already");
  signals_ = std::make_unique<Signals>();
}

Trial::~Trial() = default;

void Trial::write(const std::string& line) {
  out_ << line << '\n';
  out_.flush();
  if (out_) return;
  signals_->broken = true;
  throw TrialStopped("nobody reads the reports any more", broken_pipe_code);
}

void Trial::check(std::int64_t step, const Figures& figures) {
  if (ended_) throw ValueError("Trial: has ended already");
  if (figures.empty()) throw ValueError("Trial: a report needs a figure");
  for (const auto& [name, value] : figures)
    if (!std::isfinite(value))
      diverged(step, name + (std::isnan(value) ? " is not a number" : " is infinite"));
}

bool Trial::report(std::int64_t step, const Figures& figures) {
  if (step <= last_step_)
    throw ValueError("Trial: step " + std::to_string(step) + " is not after step " +
                     std::to_string(last_step_));
  check(step, figures);
  last_step_ = step;
  write("{\"event\":\"report\",\"step\":" + std::to_string(step) +
        ",\"figures\":" + figures_text(figures) + "}");
  stopping_ = stop_requested;
  return !stopping_;
}

void Trial::finish(std::int64_t step, const Figures& figures) {
  if (stopping_ && !ended_) stopped();
  check(step, figures);
  ended_ = true;
  write("{\"event\":\"end\",\"status\":\"ok\",\"step\":" + std::to_string(step) +
        ",\"figures\":" + figures_text(figures) + "}");
}

void Trial::stopped() {
  ended_ = true;
  write("{\"event\":\"end\",\"status\":\"stopped\",\"step\":" + std::to_string(last_step_) + "}");
  throw TrialStopped("stopped after step " + std::to_string(last_step_), stopped_code);
}

void Trial::diverged(std::int64_t step, const std::string& reason) {
  ended_ = true;
  write("{\"event\":\"end\",\"status\":\"diverged\",\"step\":" + std::to_string(step) +
        ",\"reason\":" + quoted(reason) + "}");
  throw TrialDiverged("diverged at step " + std::to_string(step) + ": " + reason, diverged_code);
}

Callback Trial::callback() {
  return {.on_start =
              [this](FitStatus& status) {
                // Of an earlier process, whose steps count.
                last_step_ = std::max(last_step_, std::int64_t(status.history.size()));
              },
          .on_epoch =
              [this](FitStatus& status) {
                if (!report(status.epoch, status.history.back().figures)) status.stop = true;
              }};
}

}  // namespace cinta::train
