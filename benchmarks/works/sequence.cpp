// Recurrent layers, attention, a Transformer's layer.

#include <cinta/cinta.hpp>
#include <cmath>
#include <map>

#include "data.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

using namespace cinta;

Tensor drawn(std::uint64_t stream, const Shape& shape, double bound = 1) {
  return from_data(values(stream, shape.numel(), bound), shape);
}

// A step of f(), whose result has the slope dy; or f() alone, with an undefined dy.
template <class Function>
Running run(const Tensors& leaves, const Tensor& dy, Function f) {
  for (Tensor leaf : leaves) leaf.requires_grad_(dy.defined());
  const auto y = std::make_shared<Tensor>();
  const auto clear = [=] {
    if (!dy.defined()) return;
    for (const Tensor& leaf : leaves) leaf.set_grad({});
  };
  const auto step = [=] {
    clear();
    *y = {};
    const Tensor result = f();
    if (dy.defined()) result.backward(dy);
    *y = result.detach();
  };
  const auto results = [=] {
    std::vector<double> found{sum(abs(*y)).item()};
    if (dy.defined())
      for (const Tensor& leaf : leaves) found.push_back(sum(abs(leaf.grad())).item());
    return found;
  };
  return {step, results, clear};
}

Running start(const Recurrent& size) {
  const double bound = 1 / std::sqrt(double(size.hidden));
  const std::int64_t wide = size.gates() * size.hidden;
  const Tensor x = drawn(0, {size.steps, size.batch, size.in});
  const RecurrentWeights w{drawn(1, {wide, size.in}, bound), drawn(2, {wide, size.hidden}, bound),
                           drawn(3, {wide}, bound), drawn(4, {wide}, bound)};
  const Tensor dy = size.answer ? Tensor() : drawn(5, {size.steps, size.batch, size.hidden});
  return run({x, w.ih, w.hh, w.bias_ih, w.bias_hh}, dy,
             [=] { return size.is_lstm ? lstm(x, {}, {w})[0] : gru(x, {}, {w})[0]; });
}

Running start_attention(std::int64_t length) {
  const auto heads = [&](std::uint64_t stream) {
    return drawn(stream, {1, attention_heads, length, attention_width});
  };
  const Tensor q = heads(0), k = heads(1), v = heads(2);
  return run({q, k, v}, heads(3),
             [=] { return scaled_dot_product_attention(q, k, v, {.is_causal = true}); });
}

// Draws a module's parameters, in the order of their names.
Tensors draw_parameters(const nn::Module& net, std::int64_t width) {
  Tensors parameters;
  std::uint64_t stream = 100;
  const NamedTensors named = net.named_parameters();
  const NoGrad initial_values;
  for (const auto& [name, parameter] : std::map<std::string, Tensor>(named.begin(), named.end())) {
    copy_(parameter, drawn(stream++, parameter.shape(), 1 / std::sqrt(double(width))));
    parameters.push_back(parameter);
  }
  return parameters;
}

Running start_layer() {
  const auto [length, batch, width, heads, inner, layers] = encoder_layer;
  const nn::TransformerEncoderLayer net(width, heads, {.dim_feedforward = inner, .dropout = 0});
  const Tensor x = drawn(0, {length, batch, width});
  Tensors leaves = draw_parameters(net, width);
  leaves.insert(leaves.begin(), x);
  return run(leaves, drawn(1, x.shape()), [=] { return net(x); });
}

struct CharModel : nn::Module {
  explicit CharModel(const Encoder& size)
      : encoder(
            add("encoder", nn::TransformerEncoder(size.width, size.heads, size.layers,
                                                  {.dim_feedforward = size.inner, .dropout = 0}))),
        out(add("out", nn::Linear(size.width, char_count))),
        table(add("table", nn::Embedding(char_count, size.width))) {}

  Tensor forward(const Tensor& ids, const Tensor& positions) const {
    return flatten(out(encoder(table(ids) + positions, {.is_causal = true})), 0, 1);
  }

  nn::TransformerEncoder encoder;
  nn::Linear out;
  nn::Embedding table;
};

Running start_chars() {
  const Encoder& size = char_encoder;
  const CharModel net(size);
  const Tensors parameters = draw_parameters(net, size.width);
  const std::int64_t count = size.length * size.batch;
  const Tensor x = from_data(ids(1, count, char_count), {size.length, size.batch}),
               labels = from_data(ids(2, count, char_count), {count}),
               positions = drawn(3, {size.length, 1, size.width});
  const auto adam = std::make_shared<optim::Adam>(parameters);
  const auto loss = [=] { return cross_entropy(net.forward(x, positions), labels); };
  const auto step = [=] {
    adam->zero_grad();
    loss().backward();
    adam->step();
  };
  const auto results = [=] {
    std::vector<double> found{loss().item()};
    for (const Tensor& parameter : parameters) found.push_back(sum(abs(parameter.grad())).item());
    return found;
  };
  return {step, results, [=] { adam->zero_grad(); }};
}

Limit limit_of(const Recurrent& size) {
  const std::int64_t rows = size.steps * size.batch, wide = size.gates() * size.hidden;
  Limit limit;
  limit.products = {{rows, wide, size.in}, {size.batch, wide, size.hidden, int(size.steps)}};
  if (size.answer) return limit;
  limit.products.push_back({rows, size.in, wide});
  limit.products.push_back({wide, size.in, rows});
  limit.products.push_back({size.batch, size.hidden, wide, int(size.steps)});
  limit.products.push_back({wide, size.hidden, rows});
  return limit;
}

// Half of the products of all queries with all keys: two of the forward, five of the backward.
Limit limit_of_attention(std::int64_t length) {
  constexpr std::int64_t width = attention_width;
  const int heads = int(attention_heads);
  return {
      .products = {{length / 2, length, width, 3 * heads}, {length / 2, width, length, 4 * heads}}};
}

Limit limit_of(const Encoder& size) {
  const std::int64_t rows = size.length * size.batch, width = size.width;
  const std::int64_t part = width / size.heads;
  const int layers = int(size.layers), heads = int(size.batch * size.heads * size.layers);
  return {.bytes = 4 * 30 * double(rows * width * layers),  // what lies between the products
          .products = {{rows, 3 * width, width, 3 * layers},
                       {rows, width, width, 3 * layers},
                       {rows, size.inner, width, 6 * layers},
                       {size.length, size.length, part, 3 * heads},
                       {size.length, part, size.length, 4 * heads}}};
}

Limit limit_of_chars() {
  const Encoder& size = char_encoder;
  Limit limit = limit_of(size);
  limit.products.push_back({size.length * size.batch, char_count, size.width, 3});
  const double weights = double(size.layers * size.width * (4 * size.width + 2 * size.inner) +
                                2 * char_count * size.width);
  limit.bytes += 4 * 7 * weights;  // Adam reads four arrays and writes three
  return limit;
}

}  // namespace

Works sequence_works() {
  Works works;
  for (const Recurrent& size : recurrents) {
    works.push_back({.name = size.name,
                     .title = size.title,
                     .limit = limit_of(size),
                     .peer_target = size.peer_target,
                     .limit_target = size.limit_target,
                     .start = [&size](Mode) { return start(size); }});
  }
  for (const std::int64_t length : attention_lengths) {
    works.push_back({.name = attention_name(length),
                     .title = "causal attention of " + std::to_string(length) +
                              " x 64, 8 heads, forward and backward",
                     .limit = limit_of_attention(length),
                     .peer_target = 1.3,
                     .limit_target = 1.3,
                     .start = [length](Mode) { return start_attention(length); }});
  }
  works.push_back(
      {.name = "transformer-layer",
       .title = "Transformer layer, 128 steps, batch 16, width 256, forward and backward",
       .limit = limit_of(encoder_layer),
       .peer_target = 1.3,
       .limit_target = 1.3,
       .start = [](Mode) { return start_layer(); }});
  works.push_back({.name = "transformer-chars",
                   .title = "causal Transformer of characters, width 128, 64 steps, batch 32, Adam",
                   .limit = limit_of_chars(),
                   .peer_target = 1.3,
                   .limit_target = 1.3,
                   .start = [](Mode) { return start_chars(); }});
  return works;
}

}  // namespace bench
