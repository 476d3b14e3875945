#include <cinta/io/detail/elements.hpp>
#include <cinta/io/formats/detail/zip.hpp>
#include <cinta/io/formats/pt.hpp>
#include <unordered_map>
#include <unordered_set>

namespace cinta::io {
namespace {

/// Instructions of protocol 2, which torch.load(weights_only=True) understands.
class PickleWriter {
 public:
  void op(char code) { bytes_ += code; }
  void global(const std::string& module, const std::string& name) {
    bytes_ += "c" + module + "\n" + name + "\n";
  }
  void text(const std::string& text) {
    op('X');
    number(text.size(), 4);
    bytes_ += text;
  }
  void integer(std::int64_t value) {
    if (value >= 0 && value < 256) {
      op('K');
      number(static_cast<std::uint64_t>(value), 1);
    } else {
      op('\x8A');
      number(8, 1);
      number(static_cast<std::uint64_t>(value), 8);
    }
  }
  void integers(const Shape& values) {
    op('(');
    for (const std::int64_t value : values) integer(value);
    op('t');
  }
  std::string take() { return std::move(bytes_); }

 private:
  void number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }

  std::string bytes_ = "\x80\x02";
};

const char* storage_name(Dtype dtype) {
  constexpr const char* names[] = {"BoolStorage", "LongStorage", "FloatStorage", "DoubleStorage"};
  return names[static_cast<int>(dtype)];
}

bool is_same(const Tensor& a, const Tensor& b) {
  return Array(a).memory == Array(b).memory && a.spec() == b.spec() && a.strides() == b.strides();
}

}  // namespace

void save_pt(const std::string& path, const NamedTensors& tensors) {
  std::unordered_set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    const std::string what = escaped(path) + ": pt: " + io::quoted(name);
    if (!names.insert(name).second) throw ValueError(what + ": the name twice");
    if (!is_utf8(name)) throw ValueError(what + ": the name is not UTF-8");
    detail::check_has_elements(tensor, what);
  }

  Tensors stored;
  std::unordered_multimap<const void*, std::size_t> places;  // of those, by their memory
  PickleWriter pickle;
  const auto ordered_dict = [&] {
    pickle.global("collections", "OrderedDict");
    pickle.op(')');
    pickle.op('R');
  };
  ordered_dict();
  pickle.op('(');
  for (const auto& [name, tensor] : tensors) {
    std::size_t key = stored.size();
    const auto [first, last] = places.equal_range(Array(tensor).memory);
    for (auto known = first; known != last; ++known)
      if (is_same(tensor, stored[known->second])) key = known->second;
    if (key == stored.size()) {
      places.emplace(Array(tensor).memory, key);
      stored.push_back(tensor);
    }
    pickle.text(name);
    pickle.global("torch._utils", "_rebuild_tensor_v2");
    pickle.op('(');
    pickle.op('(');
    pickle.text("storage");
    pickle.global("torch", storage_name(tensor.dtype()));
    pickle.text(std::to_string(key));
    pickle.text("cpu");
    pickle.integer(tensor.numel());
    pickle.op('t');
    pickle.op('Q');
    pickle.integer(0);
    pickle.integers(tensor.shape());
    pickle.integers(contiguous_strides(tensor.shape()));
    pickle.op('\x89');  // requires no gradient
    ordered_dict();     // of hooks
    pickle.op('t');
    pickle.op('R');
  }
  pickle.op('u');
  pickle.op('.');

  detail::ZipWriter archive(path, "pt", false);
  archive.add("archive/data.pkl", pickle.take());
  archive.add("archive/byteorder", "little");
  for (std::size_t i = 0; i < stored.size(); ++i)
    archive.add("archive/data/" + std::to_string(i), "", stored[i]);
  archive.add("archive/version", "3\n");
  archive.commit();
}

}  // namespace cinta::io
