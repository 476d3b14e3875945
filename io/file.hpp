#pragma once
// Whole files: read with their size known, written all or nothing.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

/// std::fopen that throws IoError with the system's reason. Directories are refused.
FilePointer open_file(const std::string& path, const char* mode);

/// Bytes of a regular file, 0 for a pipe or a device.
std::uint64_t size_of_file(std::FILE* file);

/// Throws IoError with the path and the system's words for the error number `code`.
[[noreturn]] void throw_system_error(const std::string& path, int code);

/// Where a path leads: symbolic links are followed, also to what does not exist yet, but for those
/// of /proc. Throws IoError for links that lead in a circle.
std::string follow_links(const std::string& path);

/// After this, a name that was given to something in the folder of `path` outlives a power failure.
/// Throws IoError.
void sync_folder_of(const std::string& path);

/// A file opened for reading. All members throw IoError naming the file.
class InputFile {
 public:
  explicit InputFile(std::string path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return size_ - position_; }

  /// Reads exactly `bytes`.
  void read(void* data, std::size_t bytes);

 private:
  std::string path_;
  FilePointer file_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

/// An empty file or folder beside `path`, under a hidden name of its own, in which that grows what
/// is to stand there. It is locked while this object lives: one without a lock is what a killed
/// process has left, and goes when the next one comes for the same path. The destructor removes it
/// with all that it holds, unless it has been moved. Throws IoError naming `path`.
class Scratch {
 public:
  enum class Kind { file, folder };

  /// `mode` as for open(2) and mkdir(2): the process's umask takes bits away.
  Scratch(const std::string& path, Kind kind, unsigned mode);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }
  /// Open as long as this object lives; for writing if it is a file.
  int descriptor() const { return descriptor_; }
  /// It has another name now: the destructor only lets go of it.
  void moved() { moved_ = true; }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool moved_ = false;
};

/// Writes beside its place and moves there on commit(), so that nobody ever finds half a file, not
/// even after a power failure; without commit() nothing is left. Symbolic links are followed; a
/// file that was there gives its mode (and, where permitted, its group) to the new one. Pipes and
/// character devices are written through, as there is no file to replace; other special files, and
/// files without permission to write, are refused. All members throw IoError naming the file.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void write(const std::string& text) { write(text.data(), text.size()); }
  /// Where the next byte goes, counted from the beginning. A pipe has no such places.
  void seek(std::uint64_t position);
  void commit();

 private:
  std::string path_, target_;
  std::optional<Scratch> scratch_;  // none for a pipe or a device
  FilePointer file_;
};

}  // namespace cinta::io
#pragma GCC visibility pop
