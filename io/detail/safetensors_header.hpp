#pragma once
// The JSON of safetensors: headers and indices, read strictly and written.

#include <cinta/io/detail/elements.hpp>
#include <cinta/io/detail/mapped_file.hpp>
#include <cinta/io/safetensors.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cinta::io::detail {

inline constexpr std::uint64_t header_limit = 100'000'000;  // the format's

/// A dtype of the format that Cinta reads.
struct StoredDtype {
  std::string_view name;
  ElementType type;
};
/// Null for any other.
const StoredDtype* stored_dtype(std::string_view name);
/// How a tensor of this dtype is written.
const StoredDtype& stored_dtype(Dtype dtype, FloatsAs floats);

struct HeaderEntry {
  std::string name;
  const StoredDtype* stored = nullptr;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  ///< where its data lies, from the beginning of all data
  std::uint64_t place = 0;           ///< the byte of the file at which the entry ends

  Spec spec() const { return {shape, stored->type.dtype()}; }
};

struct Header {
  std::vector<HeaderEntry> entries;  ///< in the order of the file
  std::map<std::string, std::string> metadata;
  std::uint64_t data = 0;  ///< where the data begins in the file
};

/// Throws IoError: "PATH: safetensors: RULE (byte N)".
[[noreturn]] void refuse(const std::string& path, const std::string& rule, std::uint64_t byte);

/// Reads and checks everything that the format asks for. Throws IoError by refuse().
Header read_header(const MappedFile& file);

/// The header of these entries, with the length before it and padded to a multiple of 64 bytes.
/// Throws ValueError for text that is not UTF-8, and for a header beyond the limit.
std::string header_text(const std::vector<HeaderEntry>& entries,
                        const std::map<std::string, std::string>& metadata);

/// Which tensor is in which file, by an index. Names of files are plain ones. Throws IoError by
/// refuse().
std::map<std::string, std::string> read_index(const MappedFile& file);
std::string index_text(const std::map<std::string, std::string>& files, std::uint64_t total_bytes);

}  // namespace cinta::io::detail
