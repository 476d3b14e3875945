#pragma once
// What every example does in the same way: exit codes, Ctrl-C, progress, files.

#include <unistd.h>

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/train/callback.hpp>
#include <cinta/train/report/output_folder.hpp>
#include <cinta/train/report/plot.hpp>
#include <cinta/train/report/progress.hpp>
#include <cinta/train/trial/trial.hpp>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace example {

/// Thrown where a program notices that the user has pressed Ctrl-C.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted; nothing has been written") {}
};

inline volatile std::sig_atomic_t interrupted = 0;

/// From now on SIGINT and SIGTERM only leave a note, so that half-written files are cleaned up.
inline void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM})
    if (std::signal(signal, [](int) { interrupted = 1; }) == SIG_IGN) std::signal(signal, SIG_IGN);
}

/// Throws Interrupted if there is such a note.
inline void check_interrupt() {
  if (interrupted) throw Interrupted();
}

/// Runs a program and turns what it throws into one line and an exit code: 0 done, 2 bad input or a
/// request that cannot be met, 130 interrupted, 1 a bug; a trial's own (docs/tuning.md).
template <class F>
int run(const char* name, const F& program) {
  try {
    catch_interrupts();
    program();
    if (!std::cout.flush()) throw cinta::IoError("standard output: what was printed is lost");
    return 0;
  } catch (const Interrupted& stop) {
    std::cerr << stop.what() << '\n';
    return 130;
  } catch (const cinta::train::TrialEnd& end) {
    std::cerr << name << ": " << cinta::io::escaped(end.what()) << '\n';
    return end.exit_code();
  } catch (const cinta::Error& error) {
    std::cerr << name << ": " << cinta::io::escaped(error.what()) << '\n';
    return 2;
  } catch (const std::bad_alloc& error) {
    std::cerr << name << ": " << cinta::io::escaped(error.what()) << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << name << ": internal error: " << cinta::io::escaped(error.what()) << '\n';
    return 1;
  }
}

/// What every program that trains asks for.
struct RunOptions {
  std::string output;  // folder of the results
  bool quiet = false;
  std::string trial;  // folder of a trial of a search, which has standard output; else empty

  /// --out and --quiet; `what` the folder is for.
  void add_to(CLI::App& app, const std::string& what);  // flags.hpp
  bool is_trial() const { return !trial.empty(); }
};

/// Throws cinta::ValueError with the rule unless it is kept.
inline void require(bool kept, const std::string& rule) {
  if (!kept) throw cinta::ValueError(rule);
}

/// Throws cinta::train::DivergedError unless what a training has come to is a number: of a network
/// that is none there are no results.
inline void require_number(double figure, const char* what) {
  if (!std::isfinite(figure))
    throw cinta::train::DivergedError(std::string(what) +
                                      " is no longer a number; a smaller learning rate may help");
}

/// A shipped file: as seen from the top of the source tree, or where that was for the build.
inline std::string data_file(const std::string& name) {
  const std::string here = "examples/data/" + name;
  return std::filesystem::exists(here) ? here : CINTA_SOURCE_DIR "/" + here;
}

/// Progress on standard error, unless quiet, and Ctrl-C.
class Steps {
 public:
  Steps(bool quiet, std::int64_t total) {
    if (!quiet)
      progress_.emplace(std::cerr, total,
                        cinta::train::ProgressOptions{.terminal = isatty(STDERR_FILENO) == 1});
  }
  /// Names what the following steps belong to.
  void note(const std::string& text) {
    if (progress_) progress_->note(text);
  }
  /// Counts steps. Throws Interrupted.
  void advance(std::int64_t steps = 1) {
    check_interrupt();
    if (progress_) progress_->advance(steps);
  }

 private:
  std::optional<cinta::train::Progress> progress_;
};

/// Draws a plot into the folder, or says on standard error why there is none: an example without
/// gnuplot still has its figures.
inline void plot(cinta::train::OutputFolder& folder, const std::string& name,
                 const std::vector<cinta::train::Curve>& curves,
                 const cinta::train::PlotOptions& options) {
  try {
    cinta::train::plot_png(folder.file(name), curves, options);
  } catch (const cinta::IoError& error) {
    std::cerr << "no plot: " << std::string(error.what()).substr(folder.file("").size()) << '\n';
  }
}

}  // namespace example
