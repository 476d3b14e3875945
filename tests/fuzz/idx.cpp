// Any bytes are an IDX file, packed or not, or an IoError; what was read is written, and reads back
// the same.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/formats/idx_gz.hpp>
#include <cinta/io/idx.hpp>
#include <cstring>

#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file;
  file.set({reinterpret_cast<const char*>(data), size});
  try {
    const bool packed = size > 1 && data[0] == 0x1F && data[1] == 0x8B;
    const Tensor x =
        packed ? io::load_idx_gz(file.path(), {.entry_bytes = 1 << 20}) : io::load_idx(file.path());
    const fuzz::MemoryFile again;
    io::save_idx(again.path(), x);
    const Tensor y = io::load_idx(again.path());
    fuzz::require(x.spec() == y.spec());
    const std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
    fuzz::require(bytes == 0 || std::memcmp(Array(x).memory, Array(y).memory, bytes) == 0);
  } catch (const IoError& error) {
    fuzz::require_plain(error.what());
  }
  return 0;
}
