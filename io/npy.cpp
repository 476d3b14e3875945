#include <cinta/io/detail/npy_format.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/npy.hpp>

namespace cinta::io {

void save_npy(const std::string& path, const Tensor& tensor, const NpyOptions& options) {
  const std::string what = escaped(path) + ": npy";
  const detail::ElementType type = detail::npy_type(tensor, options.dtype, what);
  OutputFile file(path);
  file.write(detail::npy_start(tensor.shape(), type));
  detail::write_elements(detail::in_order(tensor), type, what,
                         [&](const void* data, std::size_t bytes) { file.write(data, bytes); });
  file.commit();
}

Tensor load_npy(const std::string& path) {
  detail::FileSource source(path, "npy");
  return detail::read_npy(source);
}

}  // namespace cinta::io
