#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/from_blob.hpp>
#include <cinta/io/detail/safetensors_header.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/io/text.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <unordered_map>

namespace cinta::io {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t block_bytes = std::size_t{16} << 20;  // written between two calls of progress
constexpr const char* index_suffix = ".index.json";

// ---- Reading ----

/// Of a dtype that Cinta does not have, or not aligned.
Tensor converted(const detail::MappedFile& file, std::uint64_t at,
                 const detail::HeaderEntry& entry) {
  const detail::ElementType& type = entry.stored->type;
  Tensor out = empty(entry.shape, type.dtype());
  const char* const from = file.data() + at;
  const std::int64_t n = out.numel(), step = std::int64_t(type.bytes);
  const std::int64_t fitted = detail::decode(type, from, step, n, Array(out).memory);
  if (fitted < n) {
    std::uint64_t value = 0;
    std::memcpy(&value, from + fitted * step, sizeof value);
    detail::refuse(file.path(),
                   "tensor " + io::quoted(entry.name) + ": element " + std::to_string(fitted) +
                       " is " + std::to_string(value) + ", more than int64 holds",
                   at + std::uint64_t(fitted * step));
  }
  return out;
}

/// The name of a file beside `path`.
std::string beside(const std::string& path, const std::string& name) {
  return (fs::path(path).parent_path() / name).string();
}

// ---- Writing ----

struct Written {
  detail::HeaderEntry entry;
  Tensor tensor;
};

/// In the order of the caller; where the data lies is not known yet.
std::vector<Written> entries_of(const NamedTensors& tensors, const SafetensorsOptions& options) {
  std::vector<Written> all;
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    const std::string title = "save_safetensors: tensor " + io::quoted(name);
    if (name == "__metadata__") throw ValueError(title + ": this name is the format's own");
    if (!names.insert(name).second) throw ValueError(title + " is given twice");
    if (!tensor.defined()) throw ValueError(title + " is undefined");
    if (tensor.is_row_sparse()) throw ValueError(title + " is row-sparse: save its to_dense()");
    Written& written = all.emplace_back();
    written.tensor = tensor;
    written.entry.name = name;
    written.entry.stored = &detail::stored_dtype(tensor.dtype(), options.floats);
    written.entry.shape = tensor.shape();
    written.entry.end = std::uint64_t(tensor.numel()) * written.entry.stored->type.bytes;
  }
  return all;
}

void write_elements(OutputFile& file, const Written& written, std::int64_t first,
                    std::int64_t last) {
  const detail::ElementType& type = written.entry.stored->type;
  const Array x = written.tensor;
  const auto size = std::int64_t(size_of(x.dtype));
  const char* const from = x.data<char>() + first * size;
  const std::int64_t n = last - first;
  if (type.bytes == size_of(x.dtype)) return file.write(from, std::size_t(n * size));
  std::vector<std::uint16_t> rounded(static_cast<std::size_t>(n));
  detail::encode(x.dtype, from, n, type, rounded.data());
  const std::uint32_t infinity =
      type.kind == 'B' ? detail::BFloat16::infinity : detail::Float16::infinity;
  dispatch_floating(x.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = x.data<T>()[first + i];
      if ((rounded[std::size_t(i)] & 0x7FFFu) == infinity && std::isfinite(value))
        throw ValueError("save_safetensors: tensor " + io::quoted(written.entry.name) +
                         ": element " + std::to_string(first + i) + " is " + std::to_string(value) +
                         ", more than " + type.name() + " holds");
    }
  });
  file.write(rounded.data(), rounded.size() * sizeof rounded[0]);
}

class Progress {
 public:
  Progress(const std::vector<Written>& all, const SafetensorsOptions& options) : options_(options) {
    for (const Written& written : all) total_ += written.entry.end;
  }
  std::uint64_t total() const { return total_; }
  void add(std::uint64_t bytes) {
    done_ += bytes;
    if (options_.progress) options_.progress(done_, total_);
  }

 private:
  const SafetensorsOptions& options_;
  std::uint64_t done_ = 0, total_ = 0;
};

/// One file, still under its hidden name.
void write_shard(OutputFile& file, std::span<Written> shard, const SafetensorsOptions& options,
                 Progress& progress) {
  // Those with the largest elements come first, so that all lie at multiples of their sizes without
  // gaps, which the format does not allow.
  std::vector<Written*> by_size;
  for (Written& written : shard) by_size.push_back(&written);
  std::stable_sort(by_size.begin(), by_size.end(), [](const Written* a, const Written* b) {
    return a->entry.stored->type.bytes > b->entry.stored->type.bytes;
  });
  std::uint64_t at = 0;
  for (Written* written : by_size) {
    written->entry.begin = at;
    at += written->entry.end;
    written->entry.end = at;
  }
  std::vector<detail::HeaderEntry> entries;
  for (const Written& written : shard) entries.push_back(written.entry);
  file.write(detail::header_text(entries, options.metadata));
  for (Written* written : by_size) {
    const Tensor original = written->tensor;
    written->tensor = detail::in_order(original);
    const std::int64_t n = original.numel(), size = std::int64_t(written->entry.stored->type.bytes),
                       step = std::int64_t(block_bytes) / size;
    for (std::int64_t first = 0; first < n; first += step) {
      const std::int64_t last = std::min(n, first + step);
      write_elements(file, *written, first, last);
      progress.add(std::uint64_t((last - first) * size));
    }
    written->tensor = original;  // a copy goes at once
  }
}

/// "model", of "model.safetensors".
std::string stem_of(const std::string& path) {
  const std::string name = fs::path(path).filename().string(), ending = ".safetensors";
  return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name;
}

/// Names that nothing has yet: what an index refers to now has to stay until another one replaces
/// it.
std::vector<std::string> shard_names(const std::string& path, std::size_t count) {
  for (int attempt = 1;; ++attempt) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= count; ++i) {
      char number[64];
      std::snprintf(number, sizeof number, "-%05zu-of-%05zu.safetensors", i, count);
      names.push_back(stem_of(path) + (attempt > 1 ? "-" + std::to_string(attempt) : "") + number);
    }
    std::error_code ignored;
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) {
          return fs::exists(beside(path, name), ignored);
        }))
      return names;
  }
}

/// The shards that an index refers to, by names such as we give; none if there is no index that can
/// be read.
std::set<std::string> shards_of(const std::string& path) {
  std::set<std::string> shards;
  try {
    for (const auto& [name, file] : detail::read_index(detail::MappedFile(path + index_suffix)))
      if (file.starts_with(stem_of(path) + "-") && file.ends_with(".safetensors"))
        shards.insert(file);
  } catch (const IoError&) {
  }
  return shards;
}

void save_shards(const std::string& path, std::vector<Written>& all,
                 const SafetensorsOptions& options, Progress& progress) {
  std::vector<std::span<Written>> shards;
  std::uint64_t filled = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::uint64_t bytes = all[i].entry.end;
    if (i > first && filled + bytes > options.shard_bytes) {
      shards.emplace_back(all.data() + first, i - first);
      first = i;
      filled = 0;
    }
    filled += bytes;
  }
  shards.emplace_back(all.data() + first, all.size() - first);

  const std::vector<std::string> names = shard_names(path, shards.size());
  const std::set<std::string> old = shards_of(path);
  std::map<std::string, std::string> files;
  std::vector<std::unique_ptr<OutputFile>> outputs;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    outputs.push_back(std::make_unique<OutputFile>(beside(path, names[i])));
    write_shard(*outputs[i], shards[i], options, progress);
    for (const Written& written : shards[i]) files[written.entry.name] = names[i];
  }
  std::error_code ignored;
  try {
    for (const auto& output : outputs) output->commit();
    OutputFile output(path + index_suffix);
    output.write(detail::index_text(files, progress.total()));
    output.commit();
  } catch (...) {
    // No other save would remove them; but the index may know them, if what failed came after it.
    const std::set<std::string> known = shards_of(path);
    for (const std::string& name : names)
      if (!known.contains(name)) fs::remove(beside(path, name), ignored);
    throw;
  }

  fs::remove(path, ignored);
  for (const std::string& name : old) fs::remove(beside(path, name), ignored);
}

}  // namespace

void save_safetensors(const std::string& path, const NamedTensors& tensors,
                      const SafetensorsOptions& options) {
  std::vector<Written> all = entries_of(tensors, options);
  Progress progress(all, options);
  if (options.shard_bytes && progress.total() > options.shard_bytes)
    return save_shards(path, all, options, progress);
  OutputFile file(path);
  write_shard(file, all, options, progress);
  file.commit();
}

struct SafetensorsFile::Contents {
  struct Place {
    std::shared_ptr<const detail::MappedFile> file;
    std::uint64_t at;  // of the data in the file
    detail::HeaderEntry entry;
    Spec spec;
    std::string stored_dtype;
  };

  const Place& find(const std::string& name) const {
    const auto found = places.find(name);
    if (found == places.end())
      throw IoError(escaped(path) + ": safetensors: there is no tensor " + io::quoted(name));
    return found->second;
  }

  void add(const std::string& file_path) {
    const auto file = std::make_shared<const detail::MappedFile>(file_path);
    detail::Header header = detail::read_header(*file);
    for (detail::HeaderEntry& entry : header.entries) {
      names.push_back(entry.name);
      const Place place{file, header.data + entry.begin, entry, entry.spec(),
                        std::string(entry.stored->name)};
      if (!places.emplace(entry.name, place).second)
        detail::refuse(file_path,
                       "tensor " + io::quoted(entry.name) + " is in another shard as well",
                       entry.place);
    }
    metadata.merge(header.metadata);
  }

  void add_shards(const std::string& index_path) {
    const detail::MappedFile index(index_path);
    const auto files = detail::read_index(index);
    std::set<std::string> shards;
    for (const auto& [name, file] : files) shards.insert(file);
    for (const std::string& file : shards) add(beside(index_path, file));
    for (const auto& [name, file] : files) {
      const auto found = places.find(name);
      if (found == places.end() || found->second.file->path() != beside(index_path, file))
        detail::refuse(index_path, "tensor " + io::quoted(name) + " is not in " + escaped(file),
                       index.size());
    }
    for (const std::string& name : names)
      if (!files.contains(name))
        detail::refuse(index_path, "tensor " + io::quoted(name) + " of a shard is not in the index",
                       index.size());
  }

  std::string path;
  std::vector<std::string> names;
  std::unordered_map<std::string, Place> places;
  std::map<std::string, std::string> metadata;
};

SafetensorsFile::SafetensorsFile(const std::string& path) {
  const auto contents = std::make_shared<Contents>();
  contents->path = path;
  std::error_code ignored;
  if (path.ends_with(".json"))
    contents->add_shards(path);
  else if (!fs::exists(path, ignored) && fs::exists(path + index_suffix, ignored))
    contents->add_shards(path + index_suffix);
  else
    contents->add(path);
  contents_ = contents;
}

const std::vector<std::string>& SafetensorsFile::names() const { return contents_->names; }
bool SafetensorsFile::contains(const std::string& name) const {
  return contents_->places.contains(name);
}
const Spec& SafetensorsFile::spec(const std::string& name) const {
  return contents_->find(name).spec;
}
const std::string& SafetensorsFile::stored_dtype(const std::string& name) const {
  return contents_->find(name).stored_dtype;
}
const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
  return contents_->metadata;
}

Tensor SafetensorsFile::load(const std::string& name) const {
  const Contents::Place& place = contents_->find(name);
  const detail::ElementType& type = place.entry.stored->type;
  if (!type.is_own() || place.at % type.bytes != 0 || place.entry.begin == place.entry.end)
    return converted(*place.file, place.at, place.entry);
  return from_blob(place.file->data() + place.at, place.spec.shape, place.spec.dtype,
                   [file = place.file] {});
}

NamedTensors SafetensorsFile::load_all() const {
  NamedTensors all;
  for (const std::string& name : names()) all.emplace_back(name, load(name));
  return all;
}

NamedTensors load_safetensors(const std::string& path) { return SafetensorsFile(path).load_all(); }

}  // namespace cinta::io
