#pragma once
// Where a reader of a binary format gets its bytes: a file, memory, an entry of an archive. Nothing
// is read beyond the end that is known beforehand, and every refusal names place and format.
//
// Inline, as are its neighbours, because two libraries use it and neither shows it.

#include <bit>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/text.hpp>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace cinta::io::detail {

static_assert(std::endian::native == std::endian::little,
              "files are read and written as memory is");

/// Throws IoError: "weights.npz: npz: what".
[[noreturn]] inline void refuse(const std::string& file, const std::string& format,
                                const std::string& what) {
  throw IoError(escaped(file) + ": " + format + ": " + what);
}
/// The same: "weights.npy: npy: byte 12: what".
[[noreturn]] inline void refuse_at(const std::string& file, const std::string& format,
                                   std::uint64_t position, const std::string& what) {
  refuse(file, format, "byte " + std::to_string(position) + ": " + what);
}

class Source {
 public:
  /// `name` (a file) and `format`, which may name an entry as well, begin every message.
  Source(std::string name, std::string format, std::uint64_t size)
      : name_(std::move(name)), format_(std::move(format)), size_(size) {}
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return size_ - position_; }

  /// Exactly `bytes`. Throws IoError if there are fewer.
  void read(void* data, std::size_t bytes) {
    if (bytes > remaining())
      fail("truncated: " + std::to_string(bytes) + " bytes expected, " +
           std::to_string(remaining()) + " left");
    get(data, bytes);
    position_ += bytes;
  }
  template <std::integral T>
  T little_endian() {
    T value;
    read(&value, sizeof value);
    return value;
  }
  template <std::unsigned_integral T>
  T big_endian() {
    unsigned char bytes[sizeof(T)];
    read(bytes, sizeof bytes);
    std::uint64_t value = 0;
    for (const unsigned char byte : bytes) value = value << 8 | byte;
    return static_cast<T>(value);
  }

  [[noreturn]] void fail(const std::string& what) const { fail_at(position_, what); }
  [[noreturn]] void fail_at(std::uint64_t position, const std::string& what) const {
    refuse_at(name_, format_, position, what);
  }

 protected:
  /// As many as there are for sure.
  virtual void get(void* data, std::size_t bytes) = 0;

 private:
  std::string name_, format_;
  std::uint64_t size_, position_ = 0;
};

class FileSource : public Source {
 public:
  FileSource(const std::string& path, const char* format) : FileSource(InputFile(path), format) {}

 private:
  FileSource(InputFile&& file, const char* format)
      : Source(file.path(), format, file.size()), file_(std::move(file)) {}
  void get(void* data, std::size_t bytes) override { file_.read(data, bytes); }

  InputFile file_;
};

/// Borrows what it reads.
class MemorySource : public Source {
 public:
  MemorySource(std::string_view bytes, std::string name, std::string format)
      : Source(std::move(name), std::move(format), bytes.size()), bytes_(bytes) {}

 private:
  void get(void* data, std::size_t bytes) override {
    if (bytes) std::memcpy(data, bytes_.data() + position(), bytes);
  }

  std::string_view bytes_;
};

}  // namespace cinta::io::detail
