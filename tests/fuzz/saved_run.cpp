// Any bytes are the file of a run, which loads whole, or are refused by one line and change
// nothing.

#include "fuzz/support.hpp"
#include "train/sample_run.hpp"

using namespace cinta;

namespace {

struct Run : SampleRun {
  std::string bytes() const {
    const fuzz::MemoryFile file;
    checkpoint.save(file.path());
    return file.bytes();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  manual_seed(1);
  const Run run;
  const std::string before = run.bytes();
  const fuzz::MemoryFile file;
  file.set({reinterpret_cast<const char*>(data), size});
  try {
    run.checkpoint.load(file.path());
  } catch (const Error& error) {
    fuzz::require_plain(error.what());
    fuzz::require(run.bytes() == before);
    return 0;
  }
  // What was loaded is saved, and is the same in another run.
  const std::string loaded = run.bytes();
  const fuzz::MemoryFile again;
  again.set(loaded);
  const Run other;
  other.checkpoint.load(again.path());
  fuzz::require(other.bytes() == loaded);
  return 0;
}
