#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/nn/sequence/recurrent.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>

namespace cinta::nn {
namespace {

void check_sizes(const char* name, std::int64_t in, std::int64_t hidden, const Site& site) {
  if (in >= 1 && hidden >= 1) return;
  throw ValueError(std::string(name) + ": sizes must be positive, got input_size " +
                       std::to_string(in) + ", hidden_size " + std::to_string(hidden),
                   site);
}

// A parameter of the layer `name`, whose states have `hidden` elements.
Tensor drawn(const char* name, const Shape& shape, std::int64_t hidden, Dtype dtype,
             const Site& site) {
  const NameScope reported(name);
  const double bound = 1 / std::sqrt(double(hidden));
  return uniform(shape, -bound, bound, dtype, site);
}

Tensors as_list(const Tensor& h, const Tensor& c) {
  if (!h.defined() && !c.defined()) return {};
  return {h, c};
}

}  // namespace

LSTMState::operator Tensors() const { return {h, c}; }
LSTMOutput::operator Tensors() const { return {output, state.h, state.c}; }
RNNOutput::operator Tensors() const { return {output, h_n}; }

RecurrentModule::RecurrentModule(const char* name, std::int64_t gates, std::int64_t input_size,
                                 std::int64_t hidden_size, const RecurrentLayerOptions& options,
                                 const Site& site)
    : input_size_(input_size), hidden_size_(hidden_size), options_(options) {
  check_sizes(name, input_size, hidden_size, site);
  if (options.num_layers < 1) {
    throw ValueError(std::string(name) + ": num_layers must be positive, got " +
                         std::to_string(options.num_layers),
                     site);
  }
  detail::check_dropout(name, "dropout", options.dropout, site);
  const std::int64_t projection = options.proj_size;
  if (projection != 0 && name != std::string("LSTM")) {
    throw ValueError(
        std::string(name) + ": proj_size is of LSTM alone, got " + std::to_string(projection),
        site);
  }
  if (projection < 0 || projection >= hidden_size) {
    throw ValueError("LSTM: proj_size must lie in [0, hidden_size), got " +
                         std::to_string(projection) + " for hidden_size " +
                         std::to_string(hidden_size),
                     site);
  }
  const std::int64_t output = projection > 0 ? projection : hidden_size;
  const int directions = options.bidirectional ? 2 : 1;
  for (std::int64_t layer = 0; layer < options.num_layers; ++layer) {
    const std::int64_t in = layer == 0 ? input_size : directions * output;
    for (int direction = 0; direction < directions; ++direction) {
      const std::string ending = "_l" + std::to_string(layer) + (direction ? "_reverse" : "");
      const auto parameter = [&](const char* what, const Shape& shape) {
        return add(what + ending, drawn(name, shape, hidden_size, options.dtype, site), site);
      };
      const std::int64_t wide = gates * hidden_size;
      RecurrentWeights w;
      w.ih = parameter("weight_ih", {wide, in});
      w.hh = parameter("weight_hh", {wide, output});
      if (options.bias) {
        w.bias_ih = parameter("bias_ih", {wide});
        w.bias_hh = parameter("bias_hh", {wide});
      }
      if (projection > 0) w.hr = parameter("weight_hr", {projection, hidden_size});
      weights_.push_back(w);
    }
  }
}

RecurrentOptions RecurrentModule::call_options(const Tensor& lengths) const {
  return {.batch_first = options_.batch_first,
          .bidirectional = options_.bidirectional,
          .dropout = options_.dropout,
          .training = is_training(),
          .lengths = lengths};
}

LSTMOutput LSTM::operator()(const Tensor& x, const LSTMState& state, const Tensor& lengths,
                            Site site) const {
  const Call call(*this, site, {first()});
  const Tensors y = call(
      [&](const Tensor& in, const Tensor& h, const Tensor& c) {
        return lstm(in, as_list(h, c), weights(), call_options(lengths));
      },
      x, state.h, state.c);
  return {y[0], {y[1], y[2]}};
}

RNNOutput GRU::operator()(const Tensor& x, const Tensor& h0, const Tensor& lengths,
                          Site site) const {
  const Call call(*this, site, {first()});
  const Tensors y =
      call([&](const Tensor& in,
               const Tensor& h) { return gru(in, h, weights(), call_options(lengths)); },
           x, h0);
  return {y[0], y[1]};
}

RNNOutput RNN::operator()(const Tensor& x, const Tensor& h0, const Tensor& lengths,
                          Site site) const {
  const Call call(*this, site, {first()});
  const auto function = nonlinearity_ == Nonlinearity::tanh ? &rnn_tanh : &rnn_relu;
  const Tensors y =
      call([&](const Tensor& in,
               const Tensor& h) { return function(in, h, weights(), call_options(lengths), {}); },
           x, h0);
  return {y[0], y[1]};
}

RecurrentCell::RecurrentCell(const char* name, std::int64_t gates, std::int64_t input_size,
                             std::int64_t hidden_size, const RecurrentCellOptions& options,
                             const Site& site) {
  check_sizes(name, input_size, hidden_size, site);
  const auto parameter = [&](const char* what, const Shape& shape) {
    return add(what, drawn(name, shape, hidden_size, options.dtype, site), site);
  };
  weight_ih = parameter("weight_ih", {gates * hidden_size, input_size});
  weight_hh = parameter("weight_hh", {gates * hidden_size, hidden_size});
  if (!options.bias) return;
  bias_ih = parameter("bias_ih", {gates * hidden_size});
  bias_hh = parameter("bias_hh", {gates * hidden_size});
}

LSTMState LSTMCell::operator()(const Tensor& x, const LSTMState& state, Site site) const {
  const Call call(*this, site, {&weight_ih, &weight_hh, &bias_ih, &bias_hh});
  const Tensors y = call([&](const Tensor& in, const Tensor& h,
                             const Tensor& c) { return lstm_cell(in, as_list(h, c), weights()); },
                         x, state.h, state.c);
  return {y[0], y[1]};
}

Tensor GRUCell::operator()(const Tensor& x, const Tensor& h, Site site) const {
  const Call call(*this, site, {&weight_ih, &weight_hh, &bias_ih, &bias_hh});
  return call([&](const Tensor& in, const Tensor& state) { return gru_cell(in, state, weights()); },
              x, h);
}

Tensor RNNCell::operator()(const Tensor& x, const Tensor& h, Site site) const {
  const Call call(*this, site, {&weight_ih, &weight_hh, &bias_ih, &bias_hh});
  const auto function = nonlinearity_ == Nonlinearity::tanh ? &rnn_tanh_cell : &rnn_relu_cell;
  return call(
      [&](const Tensor& in, const Tensor& state) { return function(in, state, weights(), {}); }, x,
      h);
}

}  // namespace cinta::nn
