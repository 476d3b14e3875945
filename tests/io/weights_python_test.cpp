// Weights travel to PyTorch and back by name, in safetensors and in .pt files: outputs and all
// gradients are the same there and here.

#include <cinta/cinta.hpp>
#include <cinta/io/formats/pt.hpp>
#include <cinta/io/safetensors.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/python.hpp"

using namespace cinta;

namespace {

struct Mlp : nn::Module {
  explicit Mlp(Dtype dtype)
      : first(add("first", nn::Linear(6, 16, {.dtype = dtype}))),
        second(add("second", nn::Linear(16, 8, {.bias = false, .dtype = dtype}))),
        norm(add("norm", nn::LayerNorm({8}, {.dtype = dtype}))),
        last(add("last", nn::Linear(8, 3, {.dtype = dtype}))) {}
  nn::Linear first, second;
  nn::LayerNorm norm;
  nn::Linear last;

  Tensor operator()(const Tensor& x) const { return last(norm(tanh(second(relu(first(x)))))); }
};

struct Words : nn::Module {
  explicit Words(Dtype dtype)
      : table(add("table", nn::Embedding(20, 6, {.padding_idx = 0, .dtype = dtype}))),
        norm(add("norm", nn::LayerNorm({4, 6}, {.eps = 1e-3, .bias = false, .dtype = dtype}))),
        out(add("out", nn::Linear(6, 2, {.dtype = dtype}))) {}
  nn::Embedding table;
  nn::LayerNorm norm;
  nn::Linear out;

  Tensor operator()(const Tensor& ids) const { return out(sigmoid(norm(table(ids)))); }
};

struct Bags : nn::Module {
  Bags(BagMode mode, Dtype dtype)
      : bag(add("bag", nn::EmbeddingBag(30, 5, {.mode = mode, .dtype = dtype}))),
        out(add("out", nn::Linear(5, 2, {.dtype = dtype}))) {}
  nn::EmbeddingBag bag;
  nn::Linear out;

  Tensor operator()(const Tensor& ids, const Tensor& offsets) const {
    return out(tanh(bag(ids, offsets)));
  }
};

struct Cnn : nn::Module {
  explicit Cnn(Dtype dtype)
      : features(add(
            "features",
            nn::Sequential(
                nn::Conv2d(2, 4, 3, {.padding = 1, .bias = false, .dtype = dtype}),
                nn::BatchNorm2d(4, {.dtype = dtype}), nn::ReLU(), nn::MaxPool2d(2),
                nn::Conv2d(4, 8, 3, {.stride = 2, .padding = 1, .groups = 4, .dtype = dtype}),
                nn::GroupNorm(2, 8, {.dtype = dtype}),
                nn::ConvTranspose2d(8, 3, 2, {.stride = 2, .dtype = dtype}), nn::AvgPool2d(2)))),
        out(add("out", nn::Linear(12, 2, {.dtype = dtype}))) {}
  nn::Sequential features;
  nn::Linear out;

  Tensor operator()(const Tensor& images) const {
    const auto once = [&] { return out(flatten(features(images), 1)); };
    const Tensor y = once();  // with the batch's statistics, which go into the running ones
    const nn::EvalGuard evaluation(*this);
    return cat({y, once()});
  }
};

struct Recurrent : nn::Module {
  explicit Recurrent(Dtype dtype)
      : lstm(add(
            "lstm",
            nn::LSTM(
                4, 5,
                {.num_layers = 2, .batch_first = true, .bidirectional = true, .dtype = dtype}))),
        gru(add("gru", nn::GRU(10, 6, {.bias = false, .dtype = dtype}))),
        rnn(add("rnn", nn::RNN(6, 3, {.dtype = dtype}, nn::Nonlinearity::relu))),
        lstm_cell(add("lstm_cell", nn::LSTMCell(3, 3, {.dtype = dtype}))),
        gru_cell(add("gru_cell", nn::GRUCell(3, 3, {.dtype = dtype}))),
        rnn_cell(add("rnn_cell", nn::RNNCell(3, 3, {.dtype = dtype}))) {}
  nn::LSTM lstm;
  nn::GRU gru;
  nn::RNN rnn;
  nn::LSTMCell lstm_cell;
  nn::GRUCell gru_cell;
  nn::RNNCell rnn_cell;

  Tensor operator()(const Tensor& x, const Tensor& lengths) const {
    const auto [padded, state] = lstm(x, {}, lengths);
    const Tensor y = transpose(padded, 0, 1);
    const auto [first, last] = gru(y);
    const Tensor z = rnn(first).output;
    nn::LSTMState step = lstm_cell(select(z, 0, 0));
    step = lstm_cell(select(z, 0, 1), step);
    const Tensor end = rnn_cell(gru_cell(step.h, step.c));
    Tensors means;
    for (const Tensor& part : {y, state.h, state.c, z, last, end})
      means.push_back(mean(square(part)));
    return stack(means);
  }
};

struct Attending : nn::Module {
  explicit Attending(Dtype dtype)
      : transformer(add("transformer", nn::Transformer(8, 2, 2, 2, options(dtype)))),
        before(add("before", nn::TransformerEncoderLayer(8, 4, gelu_first(dtype)))),
        attention(add("attention", nn::MultiheadAttention(8, 2, {.bias = false, .dtype = dtype}))) {
  }
  nn::Transformer transformer;
  nn::TransformerEncoderLayer before;
  nn::MultiheadAttention attention;

  Tensor operator()(const Tensor& src, const Tensor& tgt, const Tensor& padding) const {
    const nn::AttentionMasks padded{.key_padding_mask = padding};
    const Tensor y = transformer(src, tgt, padded, {.is_causal = true}, padded);
    return attention(before(y), src, src, padded);
  }

  static nn::TransformerLayerOptions options(Dtype dtype) {
    return {.dim_feedforward = 10, .dropout = 0, .dtype = dtype};
  }
  static nn::TransformerLayerOptions gelu_first(Dtype dtype) {
    nn::TransformerLayerOptions o = options(dtype);
    o.activation = &gelu;
    o.norm_first = true;
    return o;
  }
};

struct Projecting : nn::Module {
  explicit Projecting(Dtype dtype)
      : lstm(add("lstm", nn::LSTM(4, 5, {.bidirectional = true, .proj_size = 3, .dtype = dtype}))),
        attention(add("attention",
                      nn::MultiheadAttention(
                          6, 2, {.kdim = 4, .vdim = 4, .add_bias_kv = true, .dtype = dtype}))),
        head(add("head", nn::AdaptiveLogSoftmaxWithLoss(
                             6, 9, {3, 5}, {.div_value = 2, .head_bias = true, .dtype = dtype}))) {}
  nn::LSTM lstm;
  nn::MultiheadAttention attention;
  nn::AdaptiveLogSoftmaxWithLoss head;

  Tensor operator()(const Tensor& x, const Tensor& labels) const {
    return head(flatten(attention(lstm(x).output, x, x), 0, 1), labels).output;
  }
};

using Named = std::map<std::string, Tensor>;
using Forward = std::function<Tensor(const Named&)>;

/// Calls visit(name, module, forward) for each model, and the dtype.
template <class Visit>
void for_each_model(Visit visit) {
  for (const Dtype dtype : {float32, float64}) {
    const std::string ending = std::string("_") + name_of(dtype);
    const Mlp mlp(dtype);
    visit("mlp" + ending, mlp, dtype, [=](const Named& in) { return mlp(in.at("input.x")); });
    const Words words(dtype);
    visit("words" + ending, words, dtype,
          [=](const Named& in) { return words(in.at("input.ids")); });
    const Cnn cnn(dtype);
    visit("cnn" + ending, cnn, dtype, [=](const Named& in) { return cnn(in.at("input.images")); });
    const Recurrent recurrent(dtype);
    visit("recurrent" + ending, recurrent, dtype,
          [=](const Named& in) { return recurrent(in.at("input.x"), in.at("input.lengths")); });
    const Attending attending(dtype);
    visit("attending" + ending, attending, dtype, [=](const Named& in) {
      return attending(in.at("input.src"), in.at("input.tgt"), in.at("input.padding"));
    });
    const Projecting projecting(dtype);
    visit("projecting" + ending, projecting, dtype,
          [=](const Named& in) { return projecting(in.at("input.x"), in.at("input.labels")); });
    for (const auto& [name, mode] :
         {std::pair("sum", BagMode::sum), {"mean", BagMode::mean}, {"max", BagMode::max}}) {
      const Bags bags(mode, dtype);
      visit("bags_" + (name + ending), bags, dtype,
            [=](const Named& in) { return bags(in.at("input.ids"), in.at("input.offsets")); });
    }
  }
}

/// Output, and the gradients of mean(output^2) as "grad.NAME".
Named results(const nn::Module& net, const Forward& forward, const Named& inputs) {
  net.zero_grad();
  const Tensor output = forward(inputs);
  mean(square(output)).backward();
  Named all = {{"output", output.detach()}};
  for (const auto& [name, parameter] : net.named_parameters())
    all.emplace("grad." + name, parameter.grad());
  return all;
}

double worst(const Tensor& a, const Tensor& b) {
  REQUIRE(a.spec() == b.spec());
  const auto x = to(a, float64).to_vector<double>(), y = to(b, float64).to_vector<double>();
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    largest = std::max(largest, std::abs(x[i] - y[i]) / (1 + std::abs(y[i])));
  return largest;
}

Named read(const std::string& path) {
  const NamedTensors all = io::load_safetensors(path);
  return {all.begin(), all.end()};
}

constexpr const char* script = "tests/io/weights_python.py";

// Each model is in a file of both.
constexpr const char* formats[] = {".model.safetensors", ".model.pt"};

void load_file(const nn::Module& net, const std::string& path) {
  {
    const NoGrad no_grad;  // so that nothing is left of what was loaded before
    for (const Tensor& parameter : net.parameters()) fill_(parameter, 7);
  }
  if (path.ends_with(".pt"))
    net.load_state_dict(io::load_pt(path).tensors);
  else
    load(net, path);
}

}  // namespace

TEST_CASE("weights travel to PyTorch and back") {
  const std::string interpreter = python::with("torch, safetensors");
  if (interpreter.empty()) SKIP_TEST("no Python with torch and safetensors");
  const python::Folder folder;

  // What PyTorch saved, computed again here.
  python::run(interpreter, script, {"make", folder.path.string()});
  for_each_model(
      [&](const std::string& name, const nn::Module& net, Dtype dtype, const Forward& forward) {
        const Named theirs = read(folder / (name + ".data.safetensors"));
        for (const char* format : formats) {
          INFO(name << format);
          load_file(net, folder / (name + format));
          const Named ours = results(net, forward, theirs);
          CHECK(ours.size() == net.named_parameters().size() + 1);
          for (const auto& [what, value] : ours) {
            INFO(what);
            CHECK(worst(value, theirs.at(what)) <= (dtype == float32 ? 1e-5 : 1e-10));
          }
        }
      });

  // And back: other weights, the same inputs.
  manual_seed(3);
  for_each_model(
      [&](const std::string& name, const nn::Module& net, Dtype, const Forward& forward) {
        // Before running statistics move on.
        save(net, folder / (name + ".model.safetensors"));
        io::save_pt(folder / (name + ".model.pt"), net.state_dict());
        Named data = read(folder / (name + ".data.safetensors"));
        for (const auto& [what, value] : results(net, forward, data)) data[what] = value;
        io::save_safetensors(folder / (name + ".data.safetensors"), data);
      });
  const std::string said = python::run(interpreter, script, {"check", folder.path.string()});
  CHECK_THAT(said, ContainsSubstring("36 files of models agree"));
}

TEST_CASE("docs/saving.md: its Python reads the model of its first program") {
  const std::string interpreter = python::with("torch, safetensors");
  if (interpreter.empty()) SKIP_TEST("no Python with torch and safetensors");
  std::ostringstream page;
  page << std::ifstream(CINTA_SOURCE_DIR "/docs/saving.md").rdbuf();
  const std::string text = page.str(), fence = "```python\n";
  const std::size_t begin = text.find(fence);
  REQUIRE(begin != text.npos);
  const std::string code =
      text.substr(begin + fence.size(), text.find("```", begin + 3) - begin - fence.size());

  struct Net : nn::Module {
    nn::Embedding words = add("words", nn::Embedding(20, 8));
    nn::LayerNorm norm = add("norm", nn::LayerNorm({8}));
    nn::Linear out = add("out", nn::Linear(8, 3));
  };
  const python::Folder folder;
  Net net, back;
  save(net, folder / "model.safetensors");
  std::ofstream(folder / "page.py") << code;
  const std::string command = "cd " + python::in_quotes(folder.path.string()) + " && " +
                              python::in_quotes(interpreter) + " page.py > printed";
  REQUIRE(std::system(command.c_str()) == 0);
  const Tensor ids = from_data(std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}, {2, 3});
  const auto expected = net.out(net.norm(mean(net.words(ids), 1))).to_vector<float>();
  std::ifstream printed(folder / "printed");
  for (const float value : expected) {
    while (printed.peek() == '[' || printed.peek() == ',' || printed.peek() == ' ' ||
           printed.peek() == ']')
      printed.get();
    double theirs = 1e9;
    printed >> theirs;
    CHECK(theirs == Approx(value).margin(1e-5));
  }
  load(back, folder / "from_python.safetensors");
  CHECK(back.out.weight.to_vector<float>() == net.out.weight.to_vector<float>());
}
