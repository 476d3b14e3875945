#include <zlib.h>

#include <cinta/io/detail/idx_format.hpp>
#include <cinta/io/formats/idx_gz.hpp>
#include <memory>

namespace cinta::io {
namespace {

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

/// All that a file holds, unpacked if it is packed.
std::string unpacked(const std::string& path, const UnpackLimits& limits) {
  const std::uint64_t packed = InputFile(path).size();
  const std::unique_ptr<gzFile_s, CloseGzip> file(gzopen(path.c_str(), "rb"));
  if (!file) throw_system_error(path, errno);
  constexpr std::size_t at_a_time = 1 << 16;
  constexpr std::uint64_t free_bytes = std::uint64_t{64} << 20;
  const auto by_ratio = static_cast<std::uint64_t>(limits.ratio * static_cast<double>(packed));
  const std::uint64_t limit =
      std::max(packed, std::min(limits.entry_bytes, std::max(by_ratio, free_bytes)));
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + at_a_time);
    const int n = gzread(file.get(), out.data() + before, at_a_time);
    int code = Z_OK;
    std::string text = gzerror(file.get(), &code);
    if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);
    if (n < 0 || code != Z_OK) detail::refuse_at(path, "idx", before, "damaged: " + text);
    out.resize(before + static_cast<std::size_t>(n));
    if (n == 0) return out;
    if (out.size() > limit)
      detail::refuse_at(path, "idx", before,
                        "unpacks to more than " + std::to_string(limit) +
                            " bytes; raise the limits if you trust it");
  }
}

}  // namespace

Tensor load_idx_gz(const std::string& path, const UnpackLimits& limits) {
  const std::string bytes = unpacked(path, limits);
  detail::MemorySource source(bytes, path, "idx");
  return detail::read_idx(source);
}

}  // namespace cinta::io
