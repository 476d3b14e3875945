#pragma once
// A run with everything that is saved, whose files lie in tests/train/samples and in the fuzzer's
// corpus.

#include <cinta/cinta.hpp>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/early_stopping.hpp>

namespace cinta {

struct Net : nn::Module {
  explicit Net(std::int64_t width = 2) : fc(add("fc", nn::Linear(3, width))) {}
  nn::Linear fc;
};

/// What tests/train/samples/checkpoint_v<n>.safetensors are of: written by "the sample" of
/// saved_run_test.cpp, each with the version's own library.
struct SampleRun {
  explicit SampleRun(train::DataLoaderOptions batches = {.shuffle = true}) : batches(batches) {
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
  void fill() {
    const NoGrad no_grad;
    fill_(net.fc.weight, 0.5);
    fill_(net.fc.bias, -1);
  }
  static train::DataLoaderOptions with_defaults(train::DataLoaderOptions options) {
    options.batch_size = 2;
    options.seed = 3;
    return options;
  }
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      net.fc.weight.set_grad(full({2, 3}, 0.25));
      net.fc.bias.set_grad(full({2}, -2));
      optimizer.step();
      scheduler.step();
      average.update();
    }
  }

  Net net;
  optim::SGD optimizer{net, {.lr = 0.5, .momentum = 0.5}};
  optim::Scheduler scheduler{optimizer, optim::schedule::exponential(0.5)};
  optim::ReduceOnPlateau plateau{optimizer};
  optim::Average average = optim::Average::equal(net);
  train::DataLoaderOptions batches;
  train::DataLoader<1> loader{{ones({10, 1})}, with_defaults(batches)};
  train::EarlyStopping stopping;
  std::int64_t epoch = 0;
  std::vector<double> losses;
  std::string note;
  double best = 0;
  bool done = false;
  train::Checkpoint checkpoint;
};

}  // namespace cinta
