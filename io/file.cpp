#include <atomic>
#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/file.hpp>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

namespace cinta::io {
namespace {

[[noreturn]] void fail(const std::string& path, int code) {
  throw IoError(path + ": " + std::generic_category().message(code ? code : EIO));
}

/// A name beside `path` that no other process or thread picks.
std::string beside(const std::string& path) {
  static const unsigned process = std::random_device()();
  static std::atomic<unsigned> count{0};
  return path + ".part" + std::to_string(process) + "-" + std::to_string(count++);
}

}  // namespace

FilePointer open_file(const std::string& path, const char* mode) {
  // Opening a directory for reading succeeds on Linux and fails later with less clarity.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail(path, EISDIR);
  FilePointer file(std::fopen(path.c_str(), mode));
  if (!file) fail(path, errno);
  return file;
}

InputFile::InputFile(std::string path) : path_(std::move(path)), file_(open_file(path_, "rb")) {
  std::error_code error;
  size_ = std::filesystem::file_size(path_, error);
  if (error) fail(path_, error.value());
}

void InputFile::read(void* data, std::size_t bytes) {
  if (bytes > remaining())
    throw IoError(path_ + ": truncated: " + std::to_string(bytes) + " bytes expected at " +
                  std::to_string(position_) + ", the file has " + std::to_string(remaining()));
  if (std::fread(data, 1, bytes, file_.get()) != bytes) fail(path_, errno);
  position_ += bytes;
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)), temporary_(beside(path_)) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path_, ignored)) fail(path_, EISDIR);
  file_.reset(std::fopen(temporary_.c_str(), "wb"));
  if (!file_) fail(path_, errno);
}

OutputFile::~OutputFile() {
  if (file_) {
    file_.reset();
    std::remove(temporary_.c_str());
  }
}

void OutputFile::write(const void* data, std::size_t bytes) {
  if (bytes && std::fwrite(data, 1, bytes, file_.get()) != bytes) fail(path_, errno);
}

void OutputFile::commit() {
  // fclose reports what was still buffered; the destructor no longer has to.
  if (std::fclose(file_.release()) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int code = errno;
    std::remove(temporary_.c_str());
    fail(path_, code);
  }
}

}  // namespace cinta::io
