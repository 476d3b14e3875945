// Any bytes are an npy file or an IoError; what was read is written, and reads back the same.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/npy.hpp>
#include <cstring>

#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file;
  file.set({reinterpret_cast<const char*>(data), size});
  try {
    const Tensor tensor = io::load_npy(file.path());
    fuzz::require(tensor.is_contiguous());
    const fuzz::MemoryFile again;
    io::save_npy(again.path(), tensor);
    const Tensor back = io::load_npy(again.path());
    fuzz::require(back.shape() == tensor.shape() && back.dtype() == tensor.dtype());
    const std::size_t bytes = static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
    fuzz::require(bytes == 0 || std::memcmp(Array(back).memory, Array(tensor).memory, bytes) == 0);
  } catch (const IoError& error) {
    fuzz::require_plain(error.what());
  }
  return 0;
}
