// Any bytes are a safetensors file or an IoError; what was read is written, and reads back the
// same. They are an index or an IoError, too.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/detail/safetensors_header.hpp>
#include <cinta/io/safetensors.hpp>
#include <cstring>

#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file;
  file.set({reinterpret_cast<const char*>(data), size});
  try {
    const io::SafetensorsFile opened(file.path());
    const NamedTensors tensors = opened.load_all();
    const fuzz::MemoryFile again;
    io::save_safetensors(again.path(), tensors, {.metadata = opened.metadata()});
    const io::SafetensorsFile reopened(again.path());
    fuzz::require(reopened.names() == opened.names());
    fuzz::require(reopened.metadata() == opened.metadata());
    for (const auto& [name, tensor] : tensors) {
      const Tensor back = reopened.load(name);
      fuzz::require(tensor.is_contiguous() && back.spec() == tensor.spec());
      const std::size_t bytes = static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
      fuzz::require(bytes == 0 ||
                    std::memcmp(Array(back).memory, Array(tensor).memory, bytes) == 0);
    }
  } catch (const IoError& error) {
    fuzz::require_plain(error.what());
  }
  try {
    for (const auto& [name, shard] : io::detail::read_index(io::detail::MappedFile(file.path())))
      fuzz::require(!shard.empty() && shard.find('/') == shard.npos);
  } catch (const IoError& error) {
    fuzz::require_plain(error.what());
  }
  return 0;
}
