// Layers over sequences: names, initial values, shapes, errors, gradients of whole modules. Values
// are those of operations (op table) and of PyTorch (tests/io/weights_python_test.cpp).

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cmath>
#include <map>

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
using StateNames = std::map<std::string, Tensor>;

StateNames by_name(const nn::Module& net) {
  const nn::StateDict all = net.state_dict();
  return {all.begin(), all.end()};
}

double std_of(const Tensor& x) { return std::sqrt(mean(square(x)).item()); }

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

TEST_CASE("LSTM with projections has PyTorch's names, shapes and initial values") {
  manual_seed(1);
  const nn::LSTM net(5, 16, {.num_layers = 2, .bias = false, .proj_size = 3});
  CHECK(names(net) == Names{"weight_ih_l0(64, 5)", "weight_hh_l0(64, 3)", "weight_hr_l0(3, 16)",
                            "weight_ih_l1(64, 3)", "weight_hh_l1(64, 3)", "weight_hr_l1(3, 16)"});
  check_uniform(net, 0.25);
  const auto found = net(randn({7, 2, 5}));
  CHECK(found.output.shape() == Shape{7, 2, 3});
  CHECK(found.state.h.shape() == Shape{2, 2, 3});
  CHECK(found.state.c.shape() == Shape{2, 2, 16});
  CHECK(names(nn::LSTM(2, 3, {.bidirectional = true, .proj_size = 2})).back() ==
        "weight_hr_l0_reverse(2, 3)");
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
  refuses([] { nn::RNN(2, 2, {.dropout = 1}); }, "RNN: dropout must lie in [0, 1), got 1");
  refuses([] { nn::LSTM(2, 4, {.proj_size = 4}); },
          "LSTM: proj_size must lie in [0, hidden_size), got 4 for hidden_size 4");
  refuses([] { nn::LSTM(2, 4, {.proj_size = -1}); },
          "LSTM: proj_size must lie in [0, hidden_size), got -1 for hidden_size 4");
  refuses([] { nn::GRU(2, 4, {.proj_size = 3}); }, "GRU: proj_size is of LSTM alone, got 3");
  refuses([] { nn::GRUCell(2, -1); },
          "GRUCell: sizes must be positive, got input_size 2, hidden_size -1");
}

TEST_CASE("MultiheadAttention has PyTorch's names and initial values") {
  manual_seed(4);
  const nn::MultiheadAttention net(32, 4);
  CHECK(names(net) == Names{"in_proj_weight(96, 32)", "in_proj_bias(96,)",
                            "out_proj.weight(32, 32)", "out_proj.bias(32,)"});
  const StateNames state = by_name(net);
  const double xavier = std::sqrt(6.0 / 128);
  CHECK(max(abs(state.at("in_proj_weight"))).item() <= xavier);
  CHECK(max(abs(state.at("in_proj_weight"))).item() > 0.9 * xavier);
  CHECK(max(abs(state.at("in_proj_bias"))).item() == 0);
  CHECK(max(abs(state.at("out_proj.bias"))).item() == 0);
  CHECK(max(abs(state.at("out_proj.weight"))).item() <= 1 / std::sqrt(32.0));
  CHECK(names(nn::MultiheadAttention(4, 2, {.bias = false})) ==
        Names{"in_proj_weight(12, 4)", "out_proj.weight(4, 4)"});
}

TEST_CASE("MultiheadAttention with other widths and further keys has PyTorch's names") {
  manual_seed(4);
  const nn::MultiheadAttention net(32, 4, {.kdim = 8, .vdim = 16, .add_bias_kv = true});
  CHECK(names(net) == Names{"q_proj_weight(32, 32)", "k_proj_weight(32, 8)",
                            "v_proj_weight(32, 16)", "in_proj_bias(96,)", "bias_k(1, 1, 32)",
                            "bias_v(1, 1, 32)", "out_proj.weight(32, 32)", "out_proj.bias(32,)"});
  const StateNames state = by_name(net);
  const double xavier = std::sqrt(6.0 / 40);
  CHECK(max(abs(state.at("k_proj_weight"))).item() <= xavier);
  CHECK(max(abs(state.at("k_proj_weight"))).item() > 0.9 * xavier);
  CHECK(std::abs(std_of(state.at("bias_k")) / std::sqrt(2.0 / 64) - 1) < 0.5);
  CHECK(names(nn::MultiheadAttention(4, 2, {.vdim = 3}))[2] == "v_proj_weight(4, 3)");
  CHECK(names(nn::MultiheadAttention(4, 2, {.kdim = 4}))[0] == "in_proj_weight(12, 4)");
}

TEST_CASE("MultiheadAttention's weights: shares of what is seen, after dropout") {
  manual_seed(8);
  const nn::MultiheadAttention net(6, 2, {.dropout = 0.5, .batch_first = true});
  const Tensor x = randn({3, 4, 6}), hidden = zeros({3, 4}, boolean);
  fill_(select(hidden, 1, 3), true);
  const Tensor dropped = net.with_weights(x, x, x, {}, false).weights;
  CHECK(dropped.shape() == Shape{3, 2, 4, 4});
  CHECK(min(dropped).item() == 0);
  net.eval();
  const auto found = net.with_weights(x, x, x, {.key_padding_mask = hidden, .is_causal = true});
  CHECK(found.weights.shape() == Shape{3, 4, 4});
  CHECK(max(abs(sum(found.weights, -1) - 1)).item() < 1e-6);
  CHECK(max(abs(select(found.weights, 2, 3))).item() == 0);
  CHECK(max(abs(triu(found.weights, 1))).item() == 0);
  const Tensor plain = net(x, x, x, {.key_padding_mask = hidden, .is_causal = true});
  CHECK(max(abs(plain - found.output)).item() < 1e-6);
  // Who sees nothing has no shares, and zeros in place of its attention.
  const auto nobody = net.with_weights(x, x, x, {.key_padding_mask = ones({3, 4}, boolean)});
  CHECK(max(abs(nobody.weights)).item() == 0);
}

// PyTorch reports 21518, 33763, 41508.
TEST_CASE("MultiheadAttention: true in its masks means ignored") {
  manual_seed(5);
  const nn::MultiheadAttention net(6, 2, {.batch_first = true, .dtype = float64});
  const Tensor x = randn({3, 4, 6}, float64);
  const auto close = [](const Tensor& a, const Tensor& b) {
    return max(abs(a - b)).item() < 1e-14;
  };
  const Tensor none = zeros({3, 4}, boolean);
  CHECK(close(net(x, x, x, {.key_padding_mask = none}), net(x, x, x)));

  // Padding that is ignored is as good as gone.
  const Tensor last =
      unsqueeze(arange(4), 0) >= unsqueeze(from_data(std::vector<std::int64_t>{2, 2, 2}, {3}), 1);
  const Tensor shorter = slice(x, 1, 0, 2);
  CHECK(close(net(x, x, x, {.key_padding_mask = last}), net(x, shorter, shorter)));
  // So is a float mask of -inf, and a mask for each head.
  const Tensor numbers = where(last, -INFINITY, zeros({3, 4}, float64));
  CHECK(close(net(x, x, x, {.key_padding_mask = numbers}), net(x, shorter, shorter)));
  const Tensor later = unsqueeze(arange(4), 0) > unsqueeze(arange(4), 1);
  const Tensor causal = net(x, x, x, {.is_causal = true});
  CHECK(close(net(x, x, x, {.attn_mask = later}), causal));
  CHECK(close(net(x, x, x, {.attn_mask = contiguous(broadcast_to(later, {6, 4, 4}))}), causal));
  // Both together, of either kind.
  const Tensor both = net(x, x, x, {.key_padding_mask = last, .attn_mask = later});
  CHECK(close(net(x, x, x, {.key_padding_mask = numbers, .attn_mask = later}), both));
  CHECK(close(net(x, x, x, {.key_padding_mask = last, .is_causal = true}), both));
  // Who sees nothing gets the bias, not NaN.
  const Tensor all = ones({3, 4}, boolean);
  CHECK(max(abs(net(x, x, x, {.key_padding_mask = all}))).item() == 0);
}

TEST_CASE("MultiheadAttention: layouts, other keys and values, no batch") {
  manual_seed(6);
  const nn::MultiheadAttention first(6, 3, {.batch_first = true, .dtype = float64}),
      second(6, 3, {.dtype = float64});
  second.load_state_dict(first.state_dict());
  const Tensor q = randn({2, 3, 6}, float64), k = randn({2, 5, 6}, float64),
               v = randn({2, 5, 6}, float64);
  const auto turn = [](const Tensor& x) { return transpose(x, 0, 1); };
  const Tensor y = first(q, k, v);
  CHECK(y.shape() == Shape{2, 3, 6});
  CHECK(max(abs(turn(second(turn(q), turn(k), turn(v))) - y)).item() < 1e-14);
  const Tensor alone = first(select(q, 0, 1), select(k, 0, 1), select(v, 0, 1));
  CHECK(max(abs(alone - select(y, 0, 1))).item() < 1e-14);
  // One tensor given twice is multiplied in one go, with the same result.
  CHECK(max(abs(first(q, k, k) - first(q, k, clone(k)))).item() < 1e-14);
  CHECK(max(abs(first(q, q, q) - first(q, clone(q), clone(q)))).item() < 1e-14);
  CHECK(nn::check_gradients(first, [&](const Tensors& in) { return first(in[0], in[1], in[2]); },
                            {q, k, v}));
}

TEST_CASE("transformers have PyTorch's names, pass the gradient check, and follow the mode") {
  manual_seed(7);
  const nn::TransformerLayerOptions small{.dim_feedforward = 5, .batch_first = true};
  CHECK(names(nn::TransformerEncoder(4, 2, 1, small, true)) ==
        Names{"layers.0.self_attn.in_proj_weight(12, 4)", "layers.0.self_attn.in_proj_bias(12,)",
              "layers.0.self_attn.out_proj.weight(4, 4)", "layers.0.self_attn.out_proj.bias(4,)",
              "layers.0.linear1.weight(5, 4)", "layers.0.linear1.bias(5,)",
              "layers.0.linear2.weight(4, 5)", "layers.0.linear2.bias(4,)",
              "layers.0.norm1.weight(4,)", "layers.0.norm1.bias(4,)", "layers.0.norm2.weight(4,)",
              "layers.0.norm2.bias(4,)", "norm.weight(4,)", "norm.bias(4,)"});
  const nn::Transformer net(4, 2, 1, 2, small);
  const auto all = names(net);
  CHECK(all.size() == 14 + 2 * 18 + 2);
  CHECK(std::count(all.begin(), all.end(),
                   "decoder.layers.1.multihead_attn.in_proj_weight(12, 4)") == 1);
  const Tensor src = randn({2, 3, 4}), tgt = randn({2, 4, 4});
  CHECK(net(src, tgt).to_vector<float>() != net(src, tgt).to_vector<float>());
  CHECK(nn::check_gradients(
      net, [&](const Tensors& in) { return net(in[0], in[1], {}, {.is_causal = true}); },
      {src, tgt}));
  net.eval();
  CHECK(net(src, tgt).to_vector<float>() == net(src, tgt).to_vector<float>());
  const nn::TransformerEncoderLayer before(
      4, 2, {.dim_feedforward = 5, .dropout = 0, .activation = &gelu, .norm_first = true});
  CHECK(nn::check_gradients(before, [&](const Tensors& in) { return before(in[0]); },
                            {randn({3, 2, 4})}));
}

TEST_CASE("PositionalEncoding adds the positions along the right axis") {
  const nn::PositionalEncoding rows(0), columns(0, true);
  const Tensor y = rows(zeros({5, 2, 4})), z = columns(zeros({2, 5, 4}));
  for (const std::int64_t n : {0, 1}) {
    CHECK(select(y, 1, n).to_vector<float>() == sinusoidal_positions(5, 4).to_vector<float>());
    CHECK(select(z, 0, n).to_vector<float>() == sinusoidal_positions(5, 4).to_vector<float>());
  }
}

TEST_CASE("rotary positions: products depend on the distance alone") {
  const Tensor q = randn({1, 8}, float64), k = randn({1, 8}, float64);
  for (const bool interleaved : {false, true}) {
    const auto product = [&](std::int64_t i, std::int64_t j) {
      return sum(rotary_positions(q, {.offset = i, .interleaved = interleaved}) *
                 rotary_positions(k, {.offset = j, .interleaved = interleaved}))
          .item();
    };
    CHECK(product(3, 1) == Approx(product(12, 10)).epsilon(1e-12));
    CHECK(product(3, 1) != Approx(product(3, 2)).epsilon(1e-3));
  }
}

TEST_CASE("attention layers refuse what makes no sense") {
  const auto refuses = [](auto&& f, const std::string& text) {
    CHECK_THAT(error_of(f), StartsWith(text + " ["));
  };
  refuses([] { nn::MultiheadAttention(6, 4); },
          "MultiheadAttention: 4 heads do not divide embed_dim 6");
  refuses([] { nn::MultiheadAttention(6, 0); },
          "MultiheadAttention: 0 heads do not divide embed_dim 6");
  refuses([] { nn::MultiheadAttention(6, 2, {.dropout = -1}); },
          "MultiheadAttention: dropout must lie in [0, 1), got -1");
  refuses([] { nn::MultiheadAttention(6, 2, {.kdim = -1}); },
          "MultiheadAttention: kdim and vdim must be positive, or 0 for embed_dim, got -1 and 0");
  refuses([] { nn::TransformerEncoder(4, 2, 0); },
          "TransformerEncoder: num_layers must be positive, got 0");
  refuses([] { nn::TransformerDecoder(4, 2, -1); },
          "TransformerDecoder: num_layers must be positive, got -1");
  refuses(
      [] {
        nn::PositionalEncoding()(ones({2, 3}));
      },
      "PositionalEncoding: needs (L, N, E), got (2, 3)");
  const nn::MultiheadAttention net(6, 2);
  const Tensor x = randn({4, 3, 6}), k = randn({5, 3, 6});
  refuses(
      [&] {
        net(x, randn({5, 3, 4}), k);
      },
      "MultiheadAttention: key needs (L, N, 6), or all three without N, got (5, 3, 4)");
  refuses([&] { net(x, Tensor(), k); }, "MultiheadAttention: key is an undefined tensor");
  const std::string query = "MultiheadAttention: query (4, 3, 6), ";
  refuses(
      [&] {
        net(x, randn({5, 1, 6}), randn({5, 1, 6}));
      },
      query + "key (5, 1, 6), value (5, 1, 6): needs one batch size for all");
  refuses(
      [&] {
        net(x, k, randn({6, 3, 6}));
      },
      query + "key (5, 3, 6), value (6, 3, 6): key and value differ in length");
  refuses(
      [&] {
        net(randn({4, 6}), randn({5, 6}), randn({3, 6}));
      },
      "MultiheadAttention: key (5, 6), value (3, 6): key and value differ in length");
  refuses(
      [&] {
        net(x, k, k, {.key_padding_mask = zeros({3, 4}, boolean)});
      },
      "MultiheadAttention: key_padding_mask must be (3, 5), it is (3, 4)");
  refuses(
      [&] {
        net(x, k, k, {.attn_mask = zeros({5, 4}, boolean)});
      },
      "MultiheadAttention: attn_mask must be (4, 5) or (6, 4, 5), it is (5, 4)");
  refuses(
      [&] {
        net(x, k, k, {.attn_mask = zeros({4, 5}, int64)});
      },
      "MultiheadAttention: attn_mask must be bool or float32, it is int64");
}
