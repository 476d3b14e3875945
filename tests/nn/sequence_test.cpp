// Layers over sequences: names, initial values, shapes, errors, gradients of whole modules. Values
// are those of operations (op table) and of PyTorch (tests/io/weights_python_test.cpp).

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

namespace {

using namespace cinta;

std::vector<std::string> names(const nn::Module& net) {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : net.named_parameters())
    all.push_back(name + tensor.shape().str());
  return all;
}
using Names = std::vector<std::string>;

// Every parameter uniform on [-bound, bound]: within it, and up to it.
void check_uniform(const nn::Module& net, double bound) {
  for (const auto& [name, tensor] : net.named_parameters()) {
    CAPTURE(name);
    const double largest = max(abs(tensor)).item();
    CHECK(largest <= bound);
    CHECK(largest > 0.8 * bound);
    CHECK(std::abs(mean(tensor).item()) < 5 * bound / std::sqrt(3.0 * double(tensor.numel())));
  }
}

}  // namespace

TEST_CASE("recurrent layers have PyTorch's names and initial values") {
  manual_seed(1);
  const nn::LSTM lstm(5, 16, {.num_layers = 2, .bidirectional = true});
  CHECK(names(lstm) == Names{"weight_ih_l0(64, 5)", "weight_hh_l0(64, 16)", "bias_ih_l0(64,)",
                             "bias_hh_l0(64,)", "weight_ih_l0_reverse(64, 5)",
                             "weight_hh_l0_reverse(64, 16)", "bias_ih_l0_reverse(64,)",
                             "bias_hh_l0_reverse(64,)", "weight_ih_l1(64, 32)",
                             "weight_hh_l1(64, 16)", "bias_ih_l1(64,)", "bias_hh_l1(64,)",
                             "weight_ih_l1_reverse(64, 32)", "weight_hh_l1_reverse(64, 16)",
                             "bias_ih_l1_reverse(64,)", "bias_hh_l1_reverse(64,)"});
  check_uniform(lstm, 0.25);
  const nn::GRU gru(5, 16, {.bias = false});
  CHECK(names(gru) == Names{"weight_ih_l0(48, 5)", "weight_hh_l0(48, 16)"});
  check_uniform(gru, 0.25);
  const nn::RNN rnn(5, 16);
  CHECK(names(rnn) ==
        Names{"weight_ih_l0(16, 5)", "weight_hh_l0(16, 16)", "bias_ih_l0(16,)", "bias_hh_l0(16,)"});
  const nn::LSTMCell cell(5, 16);
  CHECK(names(cell) ==
        Names{"weight_ih(64, 5)", "weight_hh(64, 16)", "bias_ih(64,)", "bias_hh(64,)"});
  check_uniform(cell, 0.25);
  CHECK(names(nn::GRUCell(2, 3, {.bias = false})) == Names{"weight_ih(9, 2)", "weight_hh(9, 3)"});
  CHECK(names(nn::RNNCell(2, 3, {.bias = false})) == Names{"weight_ih(3, 2)", "weight_hh(3, 3)"});
}

TEST_CASE("recurrent layers: shapes, states that go on, cells step by step") {
  manual_seed(2);
  const nn::LSTM lstm(
      3, 4, {.num_layers = 2, .batch_first = true, .bidirectional = true, .dtype = float64});
  const auto [y, state] = lstm(randn({5, 7, 3}, float64));
  CHECK(y.shape() == Shape{5, 7, 8});
  CHECK(state.h.shape() == Shape{4, 5, 4});
  CHECK(state.c.shape() == Shape{4, 5, 4});

  // Two halves of a sequence, the second one from the state of the first, are the whole one; so
  // are steps of a cell with the same weights.
  const nn::LSTM layer(3, 4, {.dtype = float64});
  const nn::LSTMCell cell(3, 4, {.dtype = float64});
  cell.load_state_dict({{"weight_ih", layer.weights()[0].ih},
                        {"weight_hh", layer.weights()[0].hh},
                        {"bias_ih", layer.weights()[0].bias_ih},
                        {"bias_hh", layer.weights()[0].bias_hh}});
  const Tensor x = randn({6, 2, 3}, float64);
  const auto whole = layer(x);
  const auto first = layer(slice(x, 0, 0, 3)), second = layer(slice(x, 0, 3), first.state);
  CHECK(max(abs(cat({first.output, second.output}) - whole.output)).item() < 1e-15);
  nn::LSTMState s;
  for (std::int64_t t = 0; t < 6; ++t) {
    s = cell(select(x, 0, t), s);
    CHECK(max(abs(s.h - select(whole.output, 0, t))).item() < 1e-15);
  }
  CHECK(max(abs(s.c - select(whole.state.c, 0, 0))).item() < 1e-15);

  const nn::GRU gru(3, 4, {.dtype = float64});
  const nn::GRUCell gru_cell(3, 4, {.dtype = float64});
  gru_cell.load_state_dict({{"weight_ih", gru.weights()[0].ih},
                            {"weight_hh", gru.weights()[0].hh},
                            {"bias_ih", gru.weights()[0].bias_ih},
                            {"bias_hh", gru.weights()[0].bias_hh}});
  const Tensor h1 = gru_cell(select(x, 0, 0)), h2 = gru_cell(select(x, 0, 1), h1);
  CHECK(max(abs(h2 - select(gru(x).output, 0, 1))).item() < 1e-15);
  const nn::RNN relu(3, 4, {}, nn::Nonlinearity::relu);
  CHECK(min(relu(randn({9, 3, 3})).output).item() == 0);
  CHECK(nn::RNNCell(3, 4)(randn({3})).shape() == Shape{4});
}

TEST_CASE("recurrent layers: dropout follows the mode") {
  const nn::GRU gru(3, 4, {.num_layers = 2, .dropout = 0.5});
  const Tensor x = randn({5, 2, 3});
  CHECK(gru(x).output.to_vector<float>() != gru(x).output.to_vector<float>());
  gru.eval();
  CHECK(gru(x).output.to_vector<float>() == gru(x).output.to_vector<float>());
}

TEST_CASE("recurrent layers pass the gradient check as modules") {
  manual_seed(3);
  const Tensor x = randn({4, 2, 3}), lengths = from_data(std::vector<std::int64_t>{4, 2}, {2});
  const nn::LSTM lstm(3, 2, {.num_layers = 2, .bidirectional = true});
  CHECK(nn::check_gradients(lstm, [&](const Tensors& in) { return lstm(in[0]).output; }, {x}));
  const nn::GRU gru(3, 2, {.bidirectional = true});
  CHECK(nn::check_gradients(gru, [&](const Tensors& in) { return gru(in[0], {}, lengths).output; },
                            {x}));
}

TEST_CASE("recurrent layers refuse what makes no sense") {
  const auto refuses = [](auto&& f, const char* text) {
    CHECK_THAT(error_of(f), StartsWith(std::string(text) + " ["));
  };
  refuses([] { nn::LSTM(0, 2); }, "LSTM: sizes must be positive, got input_size 0, hidden_size 2");
  refuses([] { nn::GRU(2, 2, {.num_layers = 0}); }, "GRU: num_layers must be positive, got 0");
  refuses([] { nn::RNN(2, 2, {.dropout = 1}); }, "RNN: p must lie in [0, 1), got 1");
  refuses([] { nn::GRUCell(2, -1); },
          "GRUCell: sizes must be positive, got input_size 2, hidden_size -1");
}
