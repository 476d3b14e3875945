#pragma once
// A progress bar on a stream that the caller hands over.

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::train {

struct ProgressOptions {
  bool terminal = false;      ///< redraw one line; otherwise a line for each tenth of the way
  double min_interval = 0.1;  ///< seconds between redraws on a terminal
};

/// Shows how much of `total` steps is done, with the time taken and what is left of it. The
/// stream must outlive it. Not for several threads at once.
class Progress {
 public:
  Progress(std::ostream& out, std::int64_t total, const ProgressOptions& options = {});
  /// Ends the line, so that what is printed next starts on its own.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// What is being done now, shown beside the bar.
  void note(std::string text) { note_ = std::move(text); }

  /// Counts steps and redraws when it is time. Throws ValueError for a negative number.
  void advance(std::int64_t steps = 1);

 private:
  void draw();
  std::string line() const;

  std::ostream& out_;
  ProgressOptions options_;
  std::int64_t total_, done_ = 0;
  std::int64_t drawn_tenth_ = 0;
  bool drawn_ = false;
  std::string note_;
  std::chrono::steady_clock::time_point start_, last_draw_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
