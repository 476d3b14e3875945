#include <cinta/io/detail/npy_format.hpp>
#include <cinta/io/formats/detail/zip.hpp>
#include <cinta/io/formats/npz.hpp>
#include <unordered_set>

namespace cinta::io {

namespace {

constexpr std::string_view suffix = ".npy";
constexpr std::size_t longest_name = 65535 - suffix.size();  // an archive counts it in 16 bits

}  // namespace

void save_npz(const std::string& path, const NamedTensors& tensors, const NpzOptions& options) {
  const std::string what = escaped(path) + ": npz: ";
  std::unordered_set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    if (const char* const fault = detail::fault_of_name(name))
      throw ValueError(what + io::quoted(name) + ": " + fault);
    if (name.size() > longest_name)
      throw ValueError(what + io::quoted(name) + ": a name of " + std::to_string(name.size()) +
                       " bytes; an archive has room for " + std::to_string(longest_name));
    if (!names.insert(name).second) throw ValueError(what + io::quoted(name) + ": the name twice");
    if (!is_utf8(name)) throw ValueError(what + io::quoted(name) + ": the name is not UTF-8");
    detail::npy_type(tensor, "", what + io::quoted(name));
  }
  detail::ZipWriter archive(path, "npz", options.compress);
  for (const auto& [name, tensor] : tensors)
    archive.add(name + std::string(suffix),
                detail::npy_start(tensor.shape(), detail::ElementType::of(tensor.dtype())), tensor);
  archive.commit();
}

NamedTensors load_npz(const std::string& path, const UnpackLimits& limits) {
  const detail::ZipReader archive(path, "npz", limits);
  NamedTensors tensors;
  for (const auto& entry : archive.entries()) {
    if (!entry.name.ends_with(suffix)) archive.fail(entry.name, "not an array, a .npy file");
    const std::unique_ptr<detail::Source> source = archive.open(entry);
    tensors.emplace_back(entry.name.substr(0, entry.name.size() - suffix.size()),
                         detail::read_npy(*source));
  }
  return tensors;
}

}  // namespace cinta::io
