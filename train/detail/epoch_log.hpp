#pragma once
// A file with a line of JSON for each epoch.

#include <cinta/io/file.hpp>
#include <cinta/train/callback.hpp>
#include <string>

namespace cinta::train::detail {

/// Appends a line an epoch. What a run wrote after the checkpoint from which it goes on is cut off,
/// so that no epoch stands there twice. All members throw IoError.
class EpochLog {
 public:
  /// Begins a new file, or goes on at byte `resume_at` of the one that there is.
  EpochLog(std::string path, std::int64_t resume_at);

  void write(const FitStatus& status, double lr);
  /// Where the next line goes.
  std::int64_t position() const { return position_; }

 private:
  std::string path_;
  std::int64_t position_;
  io::FilePointer file_;
};

}  // namespace cinta::train::detail
