#include <cinta/io/detail/elements.hpp>
#include <cinta/io/formats/detail/pickle.hpp>
#include <cinta/io/formats/detail/zip.hpp>
#include <cinta/io/formats/pt.hpp>
#include <map>
#include <optional>
#include <unordered_set>

namespace cinta::io {
namespace {

using detail::ElementType;
using detail::Pickle;
using detail::PickleValue;
using detail::ZipReader;

/// What the first bytes say where a later message could only say that it is no archive.
void check_kind(const std::string& path) {
  InputFile file(path);
  char start[16] = {};
  file.read(start, std::min<std::uint64_t>(file.size(), sizeof start));
  // A pickle of the number that torch.save used to begin with.
  constexpr std::string_view legacy("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20", 10);
  if (std::string_view(start, sizeof start).starts_with(legacy))
    detail::refuse_at(path, "pt", 0,
                      "the format of before PyTorch 1.6; save it anew in Python: "
                      "torch.save(torch.load(f, weights_only=True), g)");
}

/// The archive's pickle, and the folder around it.
const ZipReader::Entry& find_pickle(const ZipReader& archive) {
  constexpr std::string_view name = "data.pkl";
  const ZipReader::Entry* found = nullptr;
  for (const auto& entry : archive.entries()) {
    const std::size_t slash = entry.name.find('/');
    const std::size_t begin = slash == entry.name.npos ? 0 : slash + 1;
    if (entry.name.substr(begin) == "constants.pkl")
      archive.fail(entry.name,
                   "this is a program (TorchScript); save the weights: "
                   "torch.save(module.state_dict(), file)");
    if (entry.name.substr(begin) != name) continue;
    if (found) archive.fail(entry.name, "a second pickle beside " + io::quoted(found->name));
    found = &entry;
  }
  if (!found)
    detail::refuse(archive.path(), "pt", "an archive without data.pkl, which torch.save writes");
  return *found;
}

class Contents {
 public:
  Contents(const ZipReader& archive, const ZipReader::Entry& entry)
      : archive_(archive), entry_(entry) {
    const std::unique_ptr<detail::Source> source = archive.open(entry);
    pickle_ = detail::read_pickle(*source);
    folder_ = entry.name.substr(0, entry.name.find('/') + 1);
    if (const auto* order = archive.find(folder_ + "byteorder")) {
      const std::string text = order->size < 10 ? archive.read(*order) : "";
      if (text != "little" && text != "big")
        archive.fail(order->name, "neither 'little' nor 'big'");
      big_endian_ = text == "big";
    }
  }

  PtContents take() {
    add("", pickle_.root, 0);
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const PickleValue& value, const std::string& what) const {
    detail::refuse_at(archive_.path(), "pt: " + io::quoted(entry_.name), value.position, what);
  }

  void add(const std::string& name, PickleValue::Place place, int depth) {
    constexpr int max_depth = 100;
    constexpr std::size_t max_names = 1'000'000;
    const PickleValue& value = pickle_.values[place];
    if (depth > max_depth)
      fail(value, "a value within itself, or more than " + std::to_string(max_depth) + " deep");
    // Lists may hold a list many times, that another one many times ...
    if (++names_ > max_names) fail(value, "too many names");
    count_bytes(value, name.size());
    std::visit([&]<class T>(const T& is) { add_value(name, value, is, depth); }, value.is);
  }

  void add_value(const std::string& name, const PickleValue&, const PickleValue::List& list,
                 int depth) {
    for (std::size_t i = 0; i < list.items.size(); ++i)
      add(below(name, std::to_string(i)), list.items[i], depth + 1);
  }
  void add_value(const std::string& name, const PickleValue& value, const PickleValue::Dict& dict,
                 int depth) {
    for (const auto& [key_place, item] : dict.items) {
      const PickleValue& key = pickle_.values[key_place];
      if (const auto* text = std::get_if<std::string>(&key.is))
        add(below(name, *text), item, depth + 1);
      else if (const auto* number = std::get_if<std::int64_t>(&key.is))
        add(below(name, std::to_string(*number)), item, depth + 1);
      else
        fail(value, "a dictionary with a key that is neither a text nor an integer");
    }
  }
  void add_value(const std::string& name, const PickleValue& value,
                 const PickleValue::Tensor& tensor, int) {
    check_new(name, value);
    const auto& layout = tensor.layout;
    out_.tensors.emplace_back(name, alias(storage(tensor, value), layout.shape, layout.strides,
                                          layout.shape.numel() > 0 ? layout.offset : 0));
  }
  void add_value(const std::string& name, const PickleValue& value, const PickleValue::Storage&,
                 int) {
    fail(value, io::quoted(name) + " is a storage without a tensor");
  }
  void add_value(const std::string& name, const PickleValue& value,
                 const PickleValue::Global& global, int) {
    check_new(name, value);
    out_.values.emplace_back(name, detail::name_of_global(global));
  }
  void add_value(const std::string& name, const PickleValue& value, PickleValue::None, int) {
    check_new(name, value);
    out_.values.emplace_back(name, std::monostate());
  }
  template <class T>
  void add_value(const std::string& name, const PickleValue& value, const T& plain, int) {
    check_new(name, value);
    if constexpr (std::is_same_v<T, std::string>) count_bytes(value, plain.size());
    out_.values.emplace_back(name, plain);
  }

  void count_bytes(const PickleValue& value, std::size_t bytes) {
    constexpr std::size_t most = std::size_t{256} << 20;
    bytes_ += bytes;
    if (bytes_ > most) fail(value, "names and texts of more than 256 MB");
  }
  static std::string below(const std::string& name, const std::string& key) {
    return name.empty() ? key : name + "." + key;
  }
  void check_new(const std::string& name, const PickleValue& value) {
    if (!taken_.insert(name).second)
      fail(value,
           "two values are called " + io::quoted(name) + " once dictionaries are taken apart");
  }

  /// The elements of a storage, each read once for each type.
  Tensor storage(const PickleValue::Tensor& tensor, const PickleValue& value) {
    const auto& storage = std::get<PickleValue::Storage>(pickle_.values[tensor.storage].is);
    ElementType type = tensor.type;
    Tensor& elements = storages_[{storage.key, type.name()}];
    if (elements.defined()) return elements;
    const std::string name = folder_ + "data/" + storage.key;
    const ZipReader::Entry* const entry = archive_.find(name);
    if (!entry) fail(value, "the archive has no " + io::quoted(name) + ", a tensor's storage");
    const std::uint64_t unit = storage.untyped ? 1 : type.bytes;
    if (entry->size != unit * static_cast<std::uint64_t>(storage.count))
      fail(value, io::quoted(name) + " has " + std::to_string(entry->size) + " bytes, not " +
                      std::to_string(storage.count) + " elements of " + std::to_string(unit));
    type.swapped = big_endian_ && type.bytes > 1;
    const std::unique_ptr<detail::Source> source = archive_.open(*entry);
    const auto count = static_cast<std::int64_t>(entry->size / type.bytes);
    elements = detail::read_elements(*source, type, {count});
    return elements;
  }

  const ZipReader& archive_;
  const ZipReader::Entry& entry_;
  Pickle pickle_;
  std::string folder_;
  bool big_endian_ = false;
  std::map<std::pair<std::string, std::string>, Tensor> storages_;
  std::unordered_set<std::string> taken_;
  std::size_t names_ = 0, bytes_ = 0;
  PtContents out_;
};

}  // namespace

NamedTensors PtContents::part(const std::string& prefix) const {
  NamedTensors found;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(prefix + ".")) found.emplace_back(name.substr(prefix.size() + 1), tensor);
  if (found.empty())
    throw ValueError("PtContents: no tensor's name begins with " + io::quoted(prefix + ".") +
                     (tensors.empty() ? std::string("; there are none")
                                      : "; the first one is " + io::quoted(tensors[0].first)));
  return found;
}

PtContents load_pt(const std::string& path, const UnpackLimits& limits) {
  check_kind(path);
  const ZipReader archive(path, "pt", limits);
  return Contents(archive, find_pickle(archive)).take();
}

}  // namespace cinta::io
