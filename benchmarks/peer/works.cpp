// The works of benchmarks/works on libtorch: the same data, models and loops.

#include <c10/core/CPUAllocator.h>
#include <torch/torch.h>

#include <atomic>
#include <cstring>
#include <memory>

#include "bench.hpp"
#include "fourier.hpp"
#include "images.hpp"
#include "linalg.hpp"
#include "moves.hpp"
#include "sequences.hpp"
#include "serve.hpp"
#include "tensors.hpp"
#include "updates.hpp"
#include "works/data.hpp"
#include "works/sizes.hpp"
#include "works/training/diamonds.hpp"

namespace bench {
namespace {

using torch::Tensor;
namespace F = torch::nn::functional;

void clear_gradient(const Tensor& leaf) { leaf.mutable_grad() = Tensor(); }
void clear_gradients(torch::optim::Optimizer& optimizer) {
  for (auto& group : optimizer.param_groups())
    for (const Tensor& parameter : group.params()) clear_gradient(parameter);
}

Running chain(std::int64_t length, bool backward) {
  const auto vector = [](std::uint64_t stream) {
    return tensor(values(stream, chain_width), {chain_width});
  };
  const Tensor leaf = vector(0).requires_grad_(), factor = vector(1), term = vector(2),
               weights = vector(3);
  const auto run = [=] {
    Tensor x = leaf;
    for (std::int64_t i = 0; i < length / 2; ++i) x = x * factor + term;
    return x;
  };
  const auto step = [=] {
    const Tensor x = run();
    if (!backward) return;
    clear_gradient(leaf);
    x.backward(weights);
  };
  const auto results = [=] {
    const Tensor y = backward ? leaf.grad() : run();
    return std::vector<double>{number(y.abs().sum()), number((y * weights).sum())};
  };
  return {step, results, [=] { clear_gradient(leaf); }};
}

struct MlpNet : torch::nn::Module {
  MlpNet(const Mlp& size, double dropout) : drop(dropout) {
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i + 1 < size.widths.size(); ++i) {
      const std::int64_t in = size.widths[i], out = size.widths[i + 1];
      layers.push_back(register_module(std::to_string(i), torch::nn::Linear(in, out)));
      const double bound = 1 / std::sqrt(double(in));
      layers.back()->weight.copy_(tensor(values(100 + i, in * out, bound), {out, in}));
      layers.back()->bias.copy_(tensor(values(200 + i, out, bound), {out}));
    }
  }

  Tensor forward(const Tensor& input) {
    Tensor x = input;  // an argument by value would live until the caller's statement ends
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
      x = torch::relu(layers[i](x));
      if (drop > 0) x = torch::dropout(x, drop, true);
    }
    return layers.back()(x);
  }

  std::vector<torch::nn::Linear> layers;
  double drop;
};

Running mlp(const Mlp& size, Mode mode) {
  const auto net = std::make_shared<MlpNet>(size, mode == Mode::check ? 0 : size.dropout);
  const Tensor x =
      tensor(values(0, size.batch * size.widths.front()), {size.batch, size.widths.front()});
  const Tensor labels = tensor(ids(1, size.batch, size.widths.back()), {size.batch});
  const auto adam = std::make_shared<torch::optim::Adam>(net->parameters());
  const auto step = [=] {
    clear_gradients(*adam);
    F::cross_entropy(net->forward(x), labels).backward();
    adam->step();
  };
  const auto results = [=] {
    std::vector<double> numbers{number(F::cross_entropy(net->forward(x), labels))};
    for (const Tensor& parameter : net->parameters()) {
      numbers.push_back(number(parameter.abs().sum()));
      numbers.push_back(number(parameter.grad().abs().sum()));
    }
    return numbers;
  };
  return {step, results, [=] { clear_gradients(*adam); }};
}

Running lookup(const Lookup& size) {
  const Tensor table = tensor(values(0, size.rows * lookup_width), {size.rows, lookup_width});
  table.set_requires_grad(true);
  const Tensor target =
      tensor(values(1, lookup_count * lookup_width), {lookup_count, lookup_width});
  std::vector<Tensor> batches;
  for (int i = 0; i < lookup_batches; ++i)
    batches.push_back(tensor(ids(10 + std::uint64_t(i), lookup_count, size.rows), {lookup_count}));
  const auto sgd =
      std::make_shared<torch::optim::SGD>(std::vector<Tensor>{table}, torch::optim::SGDOptions(10));
  const auto turn = std::make_shared<std::size_t>(0);
  const auto loss = std::make_shared<Tensor>();
  const auto options = F::EmbeddingFuncOptions().sparse(size.sparse);
  const auto step = [=] {
    clear_gradients(*sgd);
    const Tensor rows = F::embedding(batches[(*turn)++ % batches.size()], table, options);
    *loss = (rows - target).square().sum() * 1e-3;
    loss->backward();
    sgd->step();
  };
  const auto results = [=] {
    return std::vector<double>{number(*loss), number(table.square().sum())};
  };
  return {step, results, [=] { clear_gradients(*sgd); }};
}

// Forward and backward of a loss.
Running differentiated(const std::vector<Tensor>& leaves, const std::function<Tensor()>& forward,
                       const std::function<std::vector<double>()>& more) {
  for (const Tensor& leaf : leaves) leaf.set_requires_grad(true);
  const auto loss = std::make_shared<Tensor>();
  const auto clear = [=] {
    for (const Tensor& leaf : leaves) clear_gradient(leaf);
  };
  const auto step = [=] {
    clear();
    const Tensor result = forward();
    result.backward();
    *loss = result.detach();
  };
  const auto results = [=] {
    std::vector<double> numbers{number(*loss)};
    for (const double value : more()) numbers.push_back(value);
    return numbers;
  };
  return {step, results, clear};
}

Running elementwise(bool penalty) {
  const Tensor a = tensor(values(0, big), {big}), b = tensor(values(1, big), {big});
  const std::vector<Tensor> leaves = penalty ? std::vector<Tensor>{a} : std::vector<Tensor>{a, b};
  const auto forward = [=] {
    if (penalty) return 0.1 * a.abs().sum() + 0.05 * (a * a).sum();
    return ((a * b).tanh() + a).square().mean();
  };
  return differentiated(leaves, forward, [=] {
    std::vector<double> numbers;
    for (const Tensor& leaf : leaves) {
      numbers.push_back(number(leaf.grad().abs().sum()));
      numbers.push_back(number((leaf.grad() * leaf).sum()));
    }
    return numbers;
  });
}

Running cross_entropy() {
  const Tensor logits =
      tensor(values(0, logit_rows * logit_classes, 4), {logit_rows, logit_classes});
  const Tensor labels = tensor(ids(1, logit_rows, logit_classes), {logit_rows});
  return differentiated(
      {logits}, [=] { return F::cross_entropy(logits, labels); },
      [=] {
        return std::vector<double>{number(logits.grad().abs().sum()),
                                   number(logits.grad().square().sum())};
      });
}

Running layer_norm() {
  const auto sheet = [](std::uint64_t stream) {
    return tensor(values(stream, sheet_rows * sheet_columns), {sheet_rows, sheet_columns});
  };
  const Tensor x = sheet(0), dy = sheet(1);
  const Tensor weight = tensor(values(2, sheet_columns), {sheet_columns});
  const Tensor bias = tensor(values(3, sheet_columns), {sheet_columns});
  const std::vector<Tensor> leaves{x, weight, bias};
  for (const Tensor& leaf : leaves) leaf.set_requires_grad(true);
  const auto y = std::make_shared<Tensor>();
  const auto clear = [=] {
    for (const Tensor& leaf : leaves) clear_gradient(leaf);
  };
  const auto step = [=] {
    clear();
    *y = Tensor();
    const Tensor result = torch::layer_norm(x, {sheet_columns}, weight, bias);
    result.backward(dy);
    *y = result.detach();
  };
  const auto results = [=] {
    return std::vector<double>{number((*y * dy).sum()), number(x.grad().abs().sum()),
                               number((x.grad() * dy).sum()), number(weight.grad().abs().sum()),
                               number(bias.grad().abs().sum())};
  };
  return {step, results, clear};
}

Running reduction(std::int64_t rows, std::int64_t columns, std::int64_t count,
                  const std::function<Tensor(const Tensor&)>& f) {
  std::vector<Tensor> inputs;
  for (std::int64_t i = 0; i < count; ++i)
    inputs.push_back(tensor(values(std::uint64_t(i), rows * columns), {rows, columns}));
  const auto turn = std::make_shared<std::size_t>(0);
  return forward([=] { return f(inputs[(*turn)++ % inputs.size()]); });
}

struct ExerciseNet : torch::nn::Module {
  ExerciseNet(const Diamonds& data, double p) : drop(p) {
    const torch::NoGradGuard no_grad;
    std::uint64_t stream = 100;
    const auto set = [&](Tensor& parameter, double bound) {
      parameter.copy_(tensor(values(stream++, parameter.numel(), bound), parameter.sizes().vec()));
    };
    for (std::size_t k = 0; k < data.classes.size(); ++k) {
      tables.push_back(register_module("table" + std::to_string(k),
                                       torch::nn::Embedding(data.classes[k], Diamonds::embedding)));
      set(tables.back()->weight, 1);
    }
    std::int64_t in = Diamonds::numbers + Diamonds::categories * Diamonds::embedding;
    for (const std::int64_t out : {Diamonds::hidden[0], Diamonds::hidden[1], std::int64_t{1}}) {
      layers.push_back(
          register_module("layer" + std::to_string(layers.size()), torch::nn::Linear(in, out)));
      set(layers.back()->weight, 1 / std::sqrt(double(in)));
      set(layers.back()->bias, 1 / std::sqrt(double(in)));
      in = out;
    }
  }

  Tensor forward(const Tensor& numbers, const Tensor& ids) {
    std::vector<Tensor> parts{numbers};
    for (std::size_t k = 0; k < tables.size(); ++k)
      parts.push_back(tables[k](ids.select(1, std::int64_t(k))));
    Tensor x = torch::cat(parts, 1);
    for (std::size_t i = 0; i < 2; ++i)
      x = torch::dropout(torch::relu(layers[i](x)), drop, is_training());
    return layers[2](x);
  }

  std::vector<torch::nn::Embedding> tables;
  std::vector<torch::nn::Linear> layers;
  double drop;
};

Running exercise(Mode mode) {
  const Diamonds data = read_diamonds(CINTA_SOURCE_DIR "/examples/data/diamonds.csv");
  const Tensor x = tensor(data.x, {data.rows, Diamonds::numbers});
  const Tensor ids = tensor(data.ids, {data.rows, Diamonds::categories});
  const Tensor y = tensor(data.y, {data.rows, 1});
  const std::int64_t train_rows = data.train_rows, rows = train_rows + data.validation_rows;
  const auto net = std::make_shared<ExerciseNet>(data, mode == Mode::check ? 0 : Diamonds::dropout);
  const auto adam = std::make_shared<torch::optim::Adam>(net->parameters(),
                                                         torch::optim::AdamOptions(Diamonds::lr));
  const auto epoch = std::make_shared<std::uint64_t>(0);
  const auto validation = std::make_shared<double>(0);
  const auto step = [=] {
    net->train();
    const Tensor order = tensor(shuffled(train_rows, ++*epoch), {train_rows});
    double total = 0;
    for (std::int64_t first = 0; first < train_rows; first += Diamonds::batch) {
      const Tensor batch = order.slice(0, first, first + Diamonds::batch);
      clear_gradients(*adam);
      const Tensor loss =
          F::mse_loss(net->forward(x.index_select(0, batch), ids.index_select(0, batch)),
                      y.index_select(0, batch));
      loss.backward();
      adam->step();
      total += number(loss);
    }
    net->eval();
    const torch::NoGradGuard no_grad;
    *validation = number(
        F::mse_loss(net->forward(x.slice(0, train_rows, rows), ids.slice(0, train_rows, rows)),
                    y.slice(0, train_rows, rows)));
  };
  return {step, [=] { return std::vector<double>{*validation}; }, [=] { clear_gradients(*adam); }};
}

std::optional<Running> start(const std::string& name, Mode mode) {
  for (const std::int64_t length : chain_lengths)
    for (const bool backward : {false, true})
      if (name == chain_name(length, backward)) return chain(length, backward);
  for (const Mlp& size : mlps())
    if (name == size.name) return mlp(size, mode);
  for (const Lookup& size : lookups)
    if (name == size.name) return lookup(size);
  for (const Update& update : updates)
    for (const ParameterSet& set : parameter_sets)
      if (name == update.name + "-" + set.name) return start_update(update, set);
  if (name == "tanh-plain" || name == "tanh-map") return elementwise(false);
  if (name == "penalty") return elementwise(true);
  if (name == "cross-entropy") return cross_entropy();
  if (name == "layer-norm") return layer_norm();
  if (name == "transpose")
    return reduction(square_side, square_side, 1,
                     [](const Tensor& x) { return x.t().contiguous(); });
  if (name == "row-sum")
    return reduction(sheet_rows, sheet_columns, sheets, [](const Tensor& x) { return x.sum(1); });
  if (name == "column-sum")
    return reduction(sheet_rows, sheet_columns, sheets, [](const Tensor& x) { return x.sum(0); });
  if (name == "exercise") return exercise(mode);
  if (auto images = start_images(name)) return images;
  if (auto moves = start_moves(name)) return moves;
  if (auto fourier = start_fourier(name)) return fourier;
  if (auto sequences = start_sequences(name)) return sequences;
  return start_linalg(name);
}

// Counts the bytes of tensors; only there while a peak is measured.
class Counting : public c10::Allocator {
 public:
  explicit Counting(c10::Allocator* under) : under_(under) {}
  c10::DataPtr allocate(std::size_t n)
#if TORCH_VERSION_MAJOR == 1 || TORCH_VERSION_MINOR < 3
      const
#endif
      override {
    in_use_ += std::int64_t(n);
    peak_ = std::max(peak_.load(), in_use_.load());
    auto* block = new Block{under_->allocate(n), std::int64_t(n), this};
    return {block->data.get(), block, &release, c10::Device(c10::DeviceType::CPU)};
  }
#if TORCH_VERSION_MAJOR > 1
  void copy_data(void* to, const void* from, std::size_t n) const
#if TORCH_VERSION_MINOR >= 2
      override
#endif
  {
    std::memcpy(to, from, n);
  }
#endif
  double peak() const { return double(peak_); }

 private:
  struct Block {
    c10::DataPtr data;
    std::int64_t bytes;
    const Counting* owner;
  };
  static void release(void* context) {
    auto* block = static_cast<Block*>(context);
    block->owner->in_use_ -= block->bytes;
    delete block;
  }
  c10::Allocator* under_;
  mutable std::atomic<std::int64_t> in_use_{0}, peak_{0};
};

double peak(const std::function<void()>& call) {
  c10::Allocator* usual = c10::GetCPUAllocator();
  auto* counting = new Counting(usual);  // tensors of the call may outlive it, and need it then
  c10::SetCPUAllocator(counting, 1);
  call();
  c10::SetCPUAllocator(usual, 1);
  return counting->peak();
}

// Seconds of products as training has them: what the settings of a BLAS are chosen by.
std::vector<double> measure(const std::vector<std::string>& question) {
  if (question.at(0) != "products") throw std::runtime_error("cannot measure " + question.at(0));
  const torch::NoGradGuard no_grad;
  double total = 0;
  for (const std::int64_t n : {64, 256, 1024}) {
    const Tensor a = tensor(values(0, n * n), {n, n}), b = tensor(values(1, n * n), {n, n});
    total += std::log(time_of([&] { torch::mm(a, b); }, 0.1));
  }
  return {std::exp(total / 3)};
}

}  // namespace
}  // namespace bench

int main() {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  torch::set_num_threads(threads ? std::atoi(threads) : 1);
  torch::set_num_interop_threads(1);
  bench::Host host;
  host.version = "libtorch " TORCH_VERSION;
  host.start = bench::start;
  host.peak = bench::peak;
  host.measure = bench::measure;
  bench::serve(host);
}
