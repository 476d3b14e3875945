#pragma once
// What every example does in the same way: flags, exit codes, Ctrl-C, progress, files.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/train/report/output_folder.hpp>
#include <cinta/train/report/plot.hpp>
#include <cinta/train/report/progress.hpp>
#include <cinta/train/trial/trial.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace example {

/// Thrown where a program notices that the user has pressed Ctrl-C.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted; nothing has been written") {}
};

inline volatile std::sig_atomic_t interrupted = 0;

/// From now on SIGINT and SIGTERM only leave a note, so that half-written files are cleaned up.
inline void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
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
  } catch (const std::exception& error) {
    std::cerr << name << ": internal error: " << cinta::io::escaped(error.what()) << '\n';
    return 1;
  }
}

/// Reads the command line; false after --help and the like, answered on standard output. Throws
/// cinta::ValueError for flags that are unknown or do not parse.
inline bool parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return false;
  } catch (const CLI::CallForVersion& answer) {  // --describe-space
    std::cout << answer.what() << '\n';
    return false;
  } catch (const CLI::ParseError& error) {
    throw cinta::ValueError(std::string(error.what()) + " (see --help)");
  }
}

/// For options that are seeds. What is beyond the range of an int64 is parsed as the largest one,
/// so that one is refused as well.
inline CLI::Range seed_range() {
  return CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max() - 1);
}

/// The flags that say how a CSV file is written.
class CsvFlags {
 public:
  explicit CsvFlags(CLI::App& app) {
    app.add_option("--delimiter", delimiter_,
                   "character between the cells of the file, or the word tab. Left out: found from "
                   "the first rows if , ; | or tab is plain")
        ->option_text("C");
    app.add_option("--decimal", decimal_, "decimal sign of the file's numbers")
        ->option_text("C [.]");
    missing_ =
        app.add_option("--na", marks_,
                       "cells that stand for no value, instead of NA, NaN, null and the like; "
                       "an empty one always does, one in quotes never")
            ->delimiter(',')
            ->option_text("A,B,...");
  }
  /// After the command line has been parsed. Throws cinta::ValueError.
  cinta::io::CsvOptions options() const;

 private:
  std::string delimiter_, decimal_ = ".";
  std::vector<std::string> marks_;
  CLI::Option* missing_;
};

/// Throws cinta::ValueError with the rule unless it is kept.
inline void require(bool kept, const std::string& rule) {
  if (!kept) throw cinta::ValueError(rule);
}

inline cinta::io::CsvOptions CsvFlags::options() const {
  require(delimiter_.size() <= 1 || delimiter_ == "tab", "--delimiter: one character, or tab");
  require(decimal_.size() == 1, "--decimal: one character");
  cinta::io::CsvOptions out;
  if (!delimiter_.empty()) out.delimiter = delimiter_ == "tab" ? '\t' : delimiter_[0];
  out.decimal = decimal_[0];
  if (missing_->count() > 0) out.missing = marks_;
  return out;
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
