// Training that was saved, and goes on with new objects, gives the bytes of training that went on.

#include <cstring>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

constexpr int half = 40;

// A table whose rows are looked up, dropout, and a dense matrix.
struct Net : nn::Module {
  Net(bool row_sparse, Dtype dtype)
      : table(add("table", nn::Embedding(50, 4, {.sparse = row_sparse, .dtype = dtype}))),
        out(add("out", nn::Linear(4, 3, {.bias = false, .dtype = dtype}))) {}
  nn::Embedding table;
  nn::Linear out;

  Tensor loss(int step) const {
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 6; ++i) ids.push_back((step * step + 7 * i) % (step % 5 == 0 ? 50 : 20));
    const Tensor hidden = dropout(table(from_data(ids, {6})), 0.3, true);
    return mean(square(out(tanh(hidden)) - 0.5));
  }
};

struct Training {
  Training(const std::string& name, const every::Options& options, Dtype dtype)
      : net(!every::refuses_rows(name), dtype), optimizer(every::make(name, net, options)) {}

  void steps(int first, int last) {
    for (int step = first; step < last; ++step) {
      optimizer->set_option("lr", lr * (1 + step % 7) / 7.0);
      optimizer->zero_grad();
      net.loss(step).backward();
      optimizer->step();
    }
  }

  Net net;
  std::unique_ptr<optim::Optimizer> optimizer;
  double lr = optimizer->option("lr");
};

std::vector<char> bytes_of(const Tensor& x) {
  const Array elements = contiguous(x.detach());
  std::vector<char> bytes(std::size_t(elements.numel()) * size_of(elements.dtype));
  std::memcpy(bytes.data(), elements.memory, bytes.size());
  return bytes;
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && bytes_of(a) == bytes_of(b);
}

}  // namespace

TEST_CASE("every optimizer goes on byte for byte from its state") {
  for (const Dtype dtype : {float32, float64}) {
    for (const auto& [name, options] : every::cases()) {
      std::string text = name + (dtype == float32 ? " float32" : " float64");
      for (const auto& [option, value] : options)
        text += " " + option + "=" + std::to_string(value);
      INFO(text);
      manual_seed(11);
      Training through(name, options, dtype);
      through.steps(0, half);
      // What a file would hold.
      nn::StateDict parameters;
      for (const auto& [path, tensor] : through.net.state_dict())
        parameters.emplace_back(path, clone(tensor));
      const optim::State state = through.optimizer->state_dict();
      const optim::State generator = optim::generator_state_dict();
      through.steps(half, 2 * half);

      manual_seed(12);
      Training resumed(name, {}, dtype);
      resumed.lr = through.lr;
      resumed.steps(0, 3);  // whatever there was is forgotten
      resumed.net.load_state_dict(parameters);
      resumed.optimizer->load_state_dict(state);
      optim::load_generator_state_dict(generator);
      resumed.steps(half, 2 * half);

      for (std::size_t i = 0; i < 2; ++i)
        CHECK(same_bytes(resumed.optimizer->parameters()[i], through.optimizer->parameters()[i]));
      const optim::State a = resumed.optimizer->state_dict(), b = through.optimizer->state_dict();
      CHECK(a.values == b.values);
      REQUIRE(a.tensors.size() == b.tensors.size());
      for (const auto& [what, tensor] : b.tensors) {
        INFO(what);
        CHECK(same_bytes(a.tensors.at(what), tensor));
      }
    }
  }
}

TEST_CASE("a schedule-free optimizer saves its mode and all its sequences") {
  manual_seed(11);
  Training through("ScheduleFreeAdamW", {{"lr", 0.05}}, float32);
  through.steps(0, half);
  const std::vector<char> trained = bytes_of(through.net.out.weight);
  through.optimizer->eval();
  CHECK(bytes_of(through.net.out.weight) != trained);
  nn::StateDict averages;
  for (const auto& [path, tensor] : through.net.state_dict())
    averages.emplace_back(path, clone(tensor));
  const optim::State state = through.optimizer->state_dict();
  const optim::State generator = optim::generator_state_dict();
  CHECK_THROWS_AS(through.optimizer->step(), ValueError);
  through.optimizer->train();
  CHECK(bytes_of(through.net.out.weight) == trained);
  through.steps(half, 2 * half);

  Training resumed("ScheduleFreeAdamW", {{"lr", 0.05}}, float32);
  resumed.net.load_state_dict(averages);
  resumed.optimizer->load_state_dict(state);
  optim::load_generator_state_dict(generator);
  CHECK_THROWS_AS(resumed.optimizer->step(), ValueError);
  resumed.optimizer->train();
  CHECK(bytes_of(resumed.net.out.weight) == trained);
  resumed.steps(half, 2 * half);
  CHECK(same_bytes(resumed.net.out.weight, through.net.out.weight));
  CHECK(same_bytes(resumed.net.table.weight, through.net.table.weight));
}
