#pragma once
// A folder of results that appears as a whole or not at all.

#include <cinta/io/file.hpp>
#include <optional>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Collects files in a hidden folder beside `path` and moves it there on commit(), all at once and
/// on the disk; without commit() nothing is left, and what a killed process left goes with the next
/// run. An earlier result at `path`, known by its file `marker`, is replaced and gives its mode; a
/// symbolic link to one stays a link; anything else that is there, and a folder that may not be
/// written, is refused. All members throw IoError.
class OutputFolder {
 public:
  /// Checks that commit() will be possible. Creates nothing yet.
  OutputFolder(const std::string& path, std::string marker);
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// Where to write the file `name`; subfolders in the name are created.
  std::string file(const std::string& name);

  /// Throws if the marker has not been written.
  void commit();

  const std::string& path() const { return path_; }

 private:
  void check() const;

  std::string path_, marker_;
  std::string target_;                 // where links lead
  std::optional<io::Scratch> hidden_;  // from the first file on
};

}  // namespace cinta::train
#pragma GCC visibility pop
