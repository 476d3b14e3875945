// Any bytes are an image or an IoError; what was read is written, and reads back the same.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/formats/image.hpp>
#include <filesystem>

#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file;
  file.set({reinterpret_cast<const char*>(data), size});
  try {
    const Tensor x = io::load_image(file.path(), {.dtype = int64, .max_pixels = 10000});
    // The name's ending tells the format, which /proc/self/fd does not have. In memory, too.
    static const std::string other = "/dev/shm/cinta_fuzz_" + std::to_string(getpid()) + ".png";
    io::save_image(other, x, {.bits = 16});
    const Tensor y = io::load_image(other, {.dtype = int64});
    std::filesystem::remove(other);
    fuzz::require(x.shape() == y.shape());
    fuzz::require(x.to_vector<std::int64_t>() == y.to_vector<std::int64_t>());
  } catch (const IoError& error) {
    fuzz::require_plain(error.what());
  }
  return 0;
}
