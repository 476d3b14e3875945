// Any bytes are an archive of arrays or an IoError; what was read is written, and reads back the
// same.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/formats/npz.hpp>
#include <cstring>

#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file;
  file.set({reinterpret_cast<const char*>(data), size});
  try {
    const NamedTensors tensors = io::load_npz(file.path(), {.entry_bytes = 1 << 20});
    const fuzz::MemoryFile again;
    try {
      io::save_npz(again.path(), tensors);
    } catch (const ValueError& error) {
      fuzz::require_plain(error.what());  // the name ".npy" is none
      return 0;
    }
    const NamedTensors back = io::load_npz(again.path());
    fuzz::require(back.size() == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto& [name, x] = tensors[i];
      const auto& [other_name, y] = back[i];
      fuzz::require(name == other_name && x.spec() == y.spec());
      const std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
      fuzz::require(bytes == 0 || std::memcmp(Array(x).memory, Array(y).memory, bytes) == 0);
    }
  } catch (const IoError& error) {
    fuzz::require_plain(error.what());
  }
  return 0;
}
