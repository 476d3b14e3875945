#pragma once
// Archives, read strictly and written all or nothing, by libzip.

#include <cinta/autograd/tensor.hpp>
#include <cinta/io/detail/source.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/formats/limits.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct zip;
struct zip_file;

namespace cinta::io::detail {

struct CloseZip {
  void operator()(zip* archive) const;
  void operator()(zip_file* entry) const;
};

/// Why a name may not be that of an entry; null if it may.
const char* fault_of_name(const std::string& name);

/// An archive for reading. What it holds has been checked: names that are relative, lead nowhere
/// else and are there once; nothing encrypted; methods store and deflate; sizes within the limits.
class ZipReader {
 public:
  struct Entry {
    std::string name;
    std::uint64_t size = 0, index = 0;
  };

  /// `format` begins messages after the file's name. Throws IoError.
  ZipReader(const std::string& path, const char* format, const UnpackLimits& limits);

  const std::string& path() const { return path_; }
  const char* format() const { return format_; }
  /// Folders are left out.
  const std::vector<Entry>& entries() const { return entries_; }
  /// Null if there is none.
  const Entry* find(const std::string& name) const;

  /// The bytes of an entry; the last ones are handed out only if the checksum fits. One at a time,
  /// as long as the archive lives.
  std::unique_ptr<Source> open(const Entry& entry) const;
  std::string read(const Entry& entry) const;

  /// Throws IoError about an entry.
  [[noreturn]] void fail(const std::string& entry, const std::string& what) const;

 private:
  void check(const UnpackLimits& limits, std::uint64_t file_bytes);

  std::string path_;
  const char* format_;
  std::unique_ptr<zip, CloseZip> archive_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> places_;  // of the entries, by name
};

/// An archive that is written when commit() is called, the same bytes for the same contents.
class ZipWriter {
 public:
  ZipWriter(const std::string& path, const char* format, bool compress);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// `head`, and after it the elements of `tensor`, if there is one, as they are in memory when
  /// they are written, in row-major order.
  void add(const std::string& name, std::string head, const Tensor& tensor = {});
  void commit();

 private:
  struct Output;

  [[noreturn]] void fail(const std::string& what) const;

  std::string path_;
  const char* format_;
  bool compress_;
  std::unique_ptr<Output> output_;
  std::unique_ptr<zip, CloseZip> archive_;
  std::int64_t count_ = 0;
};

}  // namespace cinta::io::detail
