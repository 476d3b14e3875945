#include <cinta/io/detail/idx_format.hpp>
#include <cinta/io/detail/npy_format.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/idx.hpp>
#include <limits>

namespace cinta::io {

Tensor load_idx(const std::string& path) {
  detail::FileSource source(path, "idx");
  return detail::read_idx(source);
}

void save_idx(const std::string& path, const Tensor& tensor, const IdxOptions& options) {
  const std::string what = escaped(path) + ": idx";
  detail::check_has_elements(tensor, what);
  const std::string own = tensor.dtype() == int64     ? "int32"
                          : tensor.dtype() == boolean ? "uint8"
                                                      : name_of(tensor.dtype());
  const std::string& dtype = options.dtype.empty() ? own : options.dtype;
  const auto* const row =
      std::ranges::find(detail::idx_types, dtype, [](auto& known) { return known.second.name(); });
  if (row == std::end(detail::idx_types))
    throw ValueError(what + ": " + io::quoted(dtype) +
                     " is no dtype of an IDX file; uint8, int8, int16, int32, float32 and float64 "
                     "are");
  detail::ElementType type = row->second;
  type.swapped = false;
  if (tensor.rank() > 255)
    throw ValueError(what + ": " + std::to_string(tensor.rank()) + " axes, a file has at most 255");
  std::string start{'\0', '\0', static_cast<char>(row->first), static_cast<char>(tensor.rank())};
  for (const std::int64_t size : tensor.shape()) {
    if (size > std::numeric_limits<std::uint32_t>::max())
      throw ValueError(what + ": a size of " + std::to_string(size) + " is beyond 32 bits");
    for (const int shift : {24, 16, 8, 0}) start += static_cast<char>(size >> shift);
  }

  OutputFile file(path);
  file.write(start);
  std::vector<char> swapped;
  detail::write_elements(
      detail::in_order(tensor), type, what, [&](const void* data, std::size_t bytes) {
        const auto* const from = static_cast<const char*>(data);
        constexpr std::size_t at_a_time = 1 << 20;  // a multiple of every size
        for (std::size_t done = 0; done < bytes; done += at_a_time) {
          const std::size_t end = std::min(done + at_a_time, bytes);
          swapped.assign(from + done, from + end);
          for (auto i = swapped.begin(); i != swapped.end(); i += std::ptrdiff_t(type.bytes))
            std::reverse(i, i + std::ptrdiff_t(type.bytes));
          file.write(swapped.data(), swapped.size());
        }
      });
  file.commit();
}

}  // namespace cinta::io
