// Any bytes are the file of a run, which loads whole, or are refused by one line and change
// nothing.

#include <cinta/autograd/core/error.hpp>
#include <cinta/cinta.hpp>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/early_stopping.hpp>

#include "fuzz/support.hpp"

using namespace cinta;

namespace {

/// The run of tests/train/saved_run_test.cpp, whose files the corpus has.
struct Run {
  Run() {
    checkpoint.add("model", net);
    checkpoint.add("optimizer", optimizer);
    checkpoint.add("schedule", scheduler);
    checkpoint.add("plateau", plateau);
    checkpoint.add("average", average);
    checkpoint.add("data", loader);
    checkpoint.add("stopping", stopping);
    checkpoint.add("epoch", epoch);
    checkpoint.add("losses", losses);
    checkpoint.add("note", note);
    checkpoint.add("best", best);
    checkpoint.add("done", done);
    checkpoint.fix("width", 2);
  }
  std::string bytes() const {
    const fuzz::MemoryFile file;
    checkpoint.save(file.path());
    return file.bytes();
  }

  struct Net : nn::Module {
    nn::Linear fc = add("fc", nn::Linear(3, 2));
  } net;
  optim::SGD optimizer{net, {.lr = 0.5, .momentum = 0.5}};
  optim::Scheduler scheduler{optimizer, optim::schedule::exponential(0.5)};
  optim::ReduceOnPlateau plateau{optimizer};
  optim::Average average = optim::Average::equal(net);
  train::DataLoader<1> loader{{ones({10, 1})}, {.batch_size = 2, .shuffle = true, .seed = 3}};
  train::EarlyStopping stopping;
  std::int64_t epoch = 0;
  std::vector<double> losses;
  std::string note;
  double best = 0;
  bool done = false;
  train::Checkpoint checkpoint;
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
