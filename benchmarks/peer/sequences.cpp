#include "sequences.hpp"

#include <torch/version.h>

#include <cmath>
#include <map>
#include <memory>

#include "tensors.hpp"
#include "works/data.hpp"
#include "works/sizes.hpp"

namespace bench {
namespace {

using torch::Tensor;

Tensor drawn(std::uint64_t stream, const std::vector<std::int64_t>& shape, double bound = 1) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return tensor(values(stream, count, bound), shape);
}

// A step of f(), whose result has the slope dy; or f() alone, with an undefined dy.
template <class Function>
Running run(const std::vector<Tensor>& leaves, const Tensor& dy, Function f) {
  for (const Tensor& leaf : leaves) leaf.set_requires_grad(dy.defined());
  const auto y = std::make_shared<Tensor>();
  const auto clear = [=] {
    for (const Tensor& leaf : leaves) leaf.mutable_grad() = Tensor();
  };
  const auto step = [=] {
    clear();
    *y = Tensor();
    const Tensor result = f();
    if (dy.defined()) result.backward(dy);
    *y = result.detach();
  };
  const auto results = [=] {
    std::vector<double> found{number(y->abs().sum())};
    if (dy.defined())
      for (const Tensor& leaf : leaves) found.push_back(number(leaf.grad().abs().sum()));
    return found;
  };
  return {step, results, clear};
}

Running recurrent(const Recurrent& size) {
  const double bound = 1 / std::sqrt(double(size.hidden));
  const std::int64_t wide = size.gates() * size.hidden;
  const Tensor x = drawn(0, {size.steps, size.batch, size.in});
  const std::vector<Tensor> weights{drawn(1, {wide, size.in}, bound),
                                    drawn(2, {wide, size.hidden}, bound), drawn(3, {wide}, bound),
                                    drawn(4, {wide}, bound)};
  std::vector<Tensor> leaves{x};
  leaves.insert(leaves.end(), weights.begin(), weights.end());
  const Tensor dy = size.answer ? Tensor() : drawn(5, {size.steps, size.batch, size.hidden});
  const Tensor zero = torch::zeros({1, size.batch, size.hidden});
  return run(leaves, dy, [=] {
    const torch::AutoGradMode records(!size.answer);
    if (size.is_lstm)
      return std::get<0>(torch::lstm(x, {zero, zero}, weights, true, 1, 0, false, false, false));
    return std::get<0>(torch::gru(x, zero, weights, true, 1, 0, false, false, false));
  });
}

Running attention(std::int64_t length) {
  std::vector<Tensor> qkv;
  for (std::uint64_t i = 0; i < 4; ++i)
    qkv.push_back(drawn(i, {1, attention_heads, length, attention_width}));
  const Tensor dy = qkv[3];
  qkv.pop_back();
  return run(qkv, dy, [=] {
#if TORCH_VERSION_MAJOR >= 2
    return torch::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], {}, 0.0, true);
#else
    const Tensor later = torch::ones({length, length}, torch::kBool).triu(1);
    const Tensor scores = qkv[0].matmul(qkv[1].transpose(-2, -1)) / std::sqrt(double(attention_width));
    return scores.masked_fill(later, -INFINITY).softmax(-1).matmul(qkv[2]);
#endif
  });
}

// Draws a module's parameters, in the order of their names.
std::vector<Tensor> draw_parameters(const torch::nn::Module& net, std::int64_t width) {
  std::map<std::string, Tensor> named;
  for (const auto& item : net.named_parameters()) named[item.key()] = item.value();
  std::vector<Tensor> parameters;
  std::uint64_t stream = 100;
  const torch::NoGradGuard initial_values;
  for (const auto& [name, parameter] : named) {
    parameter.copy_(drawn(stream++, parameter.sizes().vec(), 1 / std::sqrt(double(width))));
    parameters.push_back(parameter);
  }
  return parameters;
}

torch::nn::TransformerEncoderLayer layer_of(const Encoder& size) {
  return torch::nn::TransformerEncoderLayer(
      torch::nn::TransformerEncoderLayerOptions(size.width, size.heads)
          .dim_feedforward(size.inner)
          .dropout(0));
}

Running train_layer() {
  const Encoder& size = encoder_layer;
  const auto net = layer_of(size);
  std::vector<Tensor> leaves = draw_parameters(*net, size.width);
  const Tensor x = drawn(0, {size.length, size.batch, size.width});
  leaves.insert(leaves.begin(), x);
  return run(leaves, drawn(1, {size.length, size.batch, size.width}),
             [=, layer = net.ptr()] { return layer->forward(x); });
}

struct CharModel : torch::nn::Module {
  explicit CharModel(const Encoder& size)
      : encoder(torch::nn::TransformerEncoderOptions(layer_of(size), size.layers)),
        out(size.width, char_count),
        table(char_count, size.width) {
    register_module("encoder", encoder);
    register_module("out", out);
    register_module("table", table);
  }

  Tensor forward(const Tensor& ids, const Tensor& positions, const Tensor& later) {
    return out(encoder(table(ids) + positions, later)).flatten(0, 1);
  }

  torch::nn::TransformerEncoder encoder;
  torch::nn::Linear out;
  torch::nn::Embedding table;
};

Running train_chars() {
  const Encoder& size = char_encoder;
  const auto net = std::make_shared<CharModel>(size);
  const std::vector<Tensor> parameters = draw_parameters(*net, size.width);
  const std::int64_t count = size.length * size.batch;
  const Tensor x = tensor(ids(1, count, char_count), {size.length, size.batch}),
               labels = tensor(ids(2, count, char_count), {count}),
               positions = drawn(3, {size.length, 1, size.width});
  const Tensor later = torch::full({size.length, size.length}, -INFINITY).triu(1);
  const auto adam = std::make_shared<torch::optim::Adam>(parameters);
  const auto loss = [=] {
    return torch::nn::functional::cross_entropy(net->forward(x, positions, later), labels);
  };
  const auto clear = [=] {
    for (const Tensor& parameter : parameters) parameter.mutable_grad() = Tensor();
  };
  const auto step = [=] {
    clear();
    loss().backward();
    adam->step();
  };
  const auto results = [=] {
    std::vector<double> found{number(loss())};
    for (const Tensor& parameter : parameters)
      found.push_back(number(parameter.grad().abs().sum()));
    return found;
  };
  return {step, results, clear};
}

}  // namespace

std::optional<Running> start_sequences(const std::string& name) {
  for (const Recurrent& size : recurrents)
    if (name == size.name) return recurrent(size);
  for (const std::int64_t length : attention_lengths)
    if (name == attention_name(length)) return attention(length);
  if (name == "transformer-layer") return train_layer();
  if (name == "transformer-chars") return train_chars();
  return std::nullopt;
}

}  // namespace bench
