#pragma once
// Whole files: read with their size known, written all or nothing.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::io {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

/// std::fopen that throws IoError with the system's reason. Directories are refused.
FilePointer open_file(const std::string& path, const char* mode);

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

/// Writes beside its place and moves there on commit(), so that nobody finds half a file; without
/// commit() nothing is left. All members throw IoError naming the file.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void write(const std::string& text) { write(text.data(), text.size()); }
  void commit();

 private:
  std::string path_, temporary_;
  FilePointer file_;
};

}  // namespace cinta::io
#pragma GCC visibility pop
