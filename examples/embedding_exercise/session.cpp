#include "session.hpp"

#include <unistd.h>

#include <csignal>
#include <iostream>

namespace exercise {
namespace {

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
}

void check_interrupt() {
  if (interrupted) throw Interrupted();
}

Session::Session(const Options& options, std::int64_t steps) : options_(options) {
  if (!options.quiet)
    progress_.emplace(std::cerr, steps,
                      cinta::train::ProgressOptions{.terminal = isatty(STDERR_FILENO) == 1});
}

void Session::begin(const std::string& model, std::uint64_t seed) {
  if (progress_) progress_->note("seed " + std::to_string(seed) + ", " + model);
}

void Session::step(std::int64_t steps) {
  check_interrupt();
  if (progress_) progress_->advance(steps);
}

}  // namespace exercise
