// Any bytes are a pickle of weights or an IoError. What is one is read once more from an archive,
// which takes it apart, and every element of its tensors lies in the one storage there is.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/formats/detail/pickle.hpp>
#include <cinta/io/formats/pt.hpp>

#include "formats/zip_bytes.hpp"
#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    io::detail::MemorySource source(bytes, "fuzz", "pt");
    io::detail::read_pickle(source);
    const fuzz::MemoryFile file;
    file.set(zip_bytes({{"a/data.pkl", bytes}, {"a/data/0", std::string(48, '\1')}}));
    for (const auto& named : io::load_pt(file.path()).tensors) {
      const Tensor& x = named.second;
      if (x.numel() == 0 || x.numel() > 10000)
        continue;  // an expanded one may be as large as it likes
      const std::int64_t elements = std::int64_t(x.storage()->bytes() / size_of(x.dtype()));
      fuzz::require(x.numel() > 0 && elements > 0);
      dispatch(x.dtype(), [&]<class T>() { fuzz::require(!x.to_vector<T>().empty()); });
    }
  } catch (const IoError& error) {
    fuzz::require_plain(error.what());
  }
  return 0;
}
