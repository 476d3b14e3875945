#pragma once
// safetensors: Hugging Face's files of named tensors, one or several shards with an index.

#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::io {

/// How a file holds floating tensors.
enum class FloatsAs { they_are, float16, bfloat16 };

struct SafetensorsOptions {
  /// Texts that go into the file beside the tensors.
  std::map<std::string, std::string> metadata = {};
  /// In 16 bits each element is rounded to the nearest, of two to the even one; a finite one that
  /// would become infinite is refused.
  FloatsAs floats = FloatsAs::they_are;
  /// If more than so many bytes of tensors are to be written, they go into several files, each with
  /// at most that many (or a single tensor). 0 is no limit.
  std::uint64_t shard_bytes = 0;
  /// Called from time to time with the bytes that are written and those that there are in all. What
  /// it throws ends the writing, and leaves what was there.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};
};

/// Writes tensors by name: all or nothing, on the disk when the function returns. Elements are
/// written in row-major order whatever the strides; tensors that share memory are written once
/// each. Data is aligned for its type.
///
/// With `shard_bytes`, "model.safetensors" becomes "model-00001-of-00003.safetensors" and so on,
/// and "model.safetensors.index.json", written last. Shards that are there already stay until the
/// new index is in its place, so the new ones have other names then. One process at a time may
/// write them, and one that is killed may leave shards that no index knows. A file
/// "model.safetensors" that was there is removed, since it would be read first.
///
/// Throws IoError, and ValueError that names the tensor: undefined or row-sparse, a name given
/// twice or "__metadata__", text that is not UTF-8, an element too large for 16 bits.
void save_safetensors(const std::string& path, const NamedTensors& tensors,
                      const SafetensorsOptions& options = {});
/// Of a map; a template so that braces mean the list above.
template <std::same_as<std::map<std::string, Tensor>> Map>
void save_safetensors(const std::string& path, const Map& tensors,
                      const SafetensorsOptions& options = {}) {
  save_safetensors(path, NamedTensors(tensors.begin(), tensors.end()), options);
}

/// An open file, checked as a whole; its tensors are read when they are asked for.
///
/// float32, float64 and int64 are not even read then: they lie on the mapped file, page by page as
/// they are touched. Writing to one changes the process's memory and never the file; a name that is
/// loaded twice is the same memory twice. They outlive this object. A file that another one
/// replaces (as all writers here do) stays readable; one that is cut short in place ends the
/// process, as with any mapping.
///
/// F16 and BF16 become float32; I8, I16, I32, U8, U16, U32 and U64 int64; BOOL is bool, any byte
/// but 0 true. So do tensors that are not aligned in the file become copies. Other dtypes
/// (8-bit floats, complex) are refused.
///
///     const io::SafetensorsFile file("model.safetensors");
///     Tensor w = file.load("hidden.weight");
class SafetensorsFile {
 public:
  /// Opens a file; the shards of an index if the path ends in ".json", or if there is only
  /// "PATH.index.json". Throws IoError that names file, rule and byte for each rule of the format:
  /// its length, the header's limit of 100 MB and its JSON (UTF-8, no key twice), known dtypes,
  /// sizes that can be multiplied, data without holes or overlaps up to the last byte.
  explicit SafetensorsFile(const std::string& path);

  /// In the order of the header; shards one after the other.
  const std::vector<std::string>& names() const;
  bool contains(const std::string& name) const;
  /// What load() gives. Throws IoError for a name that is not in the file, as those below.
  const Spec& spec(const std::string& name) const;
  /// The dtype in the file, "BF16".
  const std::string& stored_dtype(const std::string& name) const;
  /// Also throws IoError for a U64 beyond int64.
  Tensor load(const std::string& name) const;
  NamedTensors load_all() const;
  /// Texts beside the tensors; of shards, those of all.
  const std::map<std::string, std::string>& metadata() const;

 private:
  struct Contents;
  std::shared_ptr<const Contents> contents_;
};

/// All tensors of a file.
NamedTensors load_safetensors(const std::string& path);

}  // namespace cinta::io
#pragma GCC visibility pop
