#pragma once
// A file's bytes as memory.

#include <cstdint>
#include <string>

namespace cinta::io::detail {

/// A regular file in memory: pages are read when they are touched, and a page that is written to
/// becomes this process's own, so that the file stays as it is. A file that takes its name, as
/// OutputFile does it, leaves the mapping alone; if the file itself is cut short meanwhile,
/// touching what is gone ends the process (SIGBUS). The constructor throws IoError.
class MappedFile {
 public:
  explicit MappedFile(std::string path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  char* data() const { return data_; }  ///< null if the file is empty
  std::uint64_t size() const { return size_; }

 private:
  std::string path_;
  char* data_ = nullptr;
  std::uint64_t size_ = 0;
};

}  // namespace cinta::io::detail
