// Losses and other small modules: PyTorch's figures, gradients, names, messages.

#include <cinta/cinta.hpp>
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using cinta::Reduction;

// The inputs of golden/modules.py.
Tensor wave(double seed, const Shape& shape) {
  std::vector<double> values(std::size_t(shape.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(1.7 * double(i) + seed);
  return from_data(values, shape);
}
Tensor signs(const Shape& shape) {
  return where(gt(wave(5, shape), 0), 1.0, -1.0) + 0 * wave(5, shape);
}
Tensor chances(double seed, const Shape& shape) { return 0.5 + 0.45 * wave(seed, shape); }
Tensor labels(std::int64_t count, std::int64_t classes) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(i * 2 % classes);
  return from_data(values, {count});
}

struct Golden {
  std::vector<double> y, dx;
};

std::map<std::string, Golden> read_golden() {
  std::ifstream in(CINTA_SOURCE_DIR "/tests/nn/golden/modules.txt");
  std::map<std::string, Golden> all;
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": "), bar = line.find(" | ");
    const auto numbers = [](const std::string& text) {
      std::istringstream from(text);
      return std::vector<double>(std::istream_iterator<double>(from), {});
    };
    all[line.substr(0, colon)] = {numbers(line.substr(colon + 2, bar - colon - 2)),
                                  numbers(line.substr(bar + 3))};
  }
  return all;
}

double largest_difference(const Tensor& x, const std::vector<double>& expected) {
  const std::vector<double> got = contiguous(x).to_vector<double>();
  REQUIRE(got.size() == expected.size());
  double largest = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    REQUIRE(std::isfinite(got[i]));
    largest = std::max(largest, std::abs(got[i] - expected[i]));
  }
  return largest;
}

// What torch's gradient of ctc_loss is that of.
struct CtcOfLogits : nn::Module {
  Tensor operator()(const Tensor& x, const Tensor& targets, const Tensor& steps,
                    const Tensor& counts) const {
    return loss(log_softmax(x, 2), targets, steps, counts);
  }
  nn::CTCLoss loss = add("loss", nn::CTCLoss());
};

struct Case {
  std::string name;
  Tensors inputs;
  std::function<Tensor(const Tensors&)> run;
  std::function<bool(const Tensors&)> check;
};

struct Cases {
  std::vector<Case> all;

  template <class M>
  void add(const std::string& name, const M& module, const Tensors& inputs) {
    all.push_back({name, inputs,
                   [module](const Tensors& in) -> Tensor {
                     if constexpr (nn::detail::ModuleOf<M, Tensor>)
                       return module(in[0]);
                     else if constexpr (nn::detail::ModuleOf<M, Tensor, Tensor>)
                       return module(in[0], in[1]);
                     else if constexpr (nn::detail::ModuleOf<M, Tensor, Tensor, Tensor>)
                       return module(in[0], in[1], in[2]);
                     else
                       return module(in[0], in[1], in[2], in[3]);
                   },
                   [module](const Tensors& in) { return bool(nn::check_gradients(module, in)); }});
  }
  // By a function that calls the module.
  template <class M>
  void add(const std::string& name, const M& module, const Tensors& inputs,
           std::function<Tensor(const M&, const Tensors&)> call) {
    const auto run = [=](const Tensors& in) { return call(module, in); };
    all.push_back({name, inputs, run,
                   [=](const Tensors& in) { return bool(nn::check_gradients(module, run, in)); }});
  }
};

// As golden/modules.py fills them.
template <class M>
M filled(const M& module) {
  const NoGrad values;
  const NamedTensors named = module.named_parameters();
  double seed = 20;
  for (const auto& [name, parameter] : std::map<std::string, Tensor>(named.begin(), named.end()))
    copy_(parameter, 0.4 * wave(seed++, parameter.shape()));
  return module;
}

Tensor in_a_row(const Tensors& tensors) {
  Tensors all;
  for (const Tensor& t : tensors) all.push_back(to(flatten(t), float64));
  return cat(all);
}
Tensor flat(const ValuesAndIndices& found) { return in_a_row({found.values, found.indices}); }
Tensor flat(const nn::LSTMOutput& found) {
  return in_a_row({found.output, found.state.h, found.state.c});
}
Tensor flat(const nn::AttentionAndWeights& found) {
  return in_a_row({found.output, found.weights});
}
Tensor flat(const nn::AdaptiveLogSoftmaxOutput& found) {
  return in_a_row({found.output, found.loss});
}

void add_pools(Cases& c) {
  const Tensor image = wave(3, {2, 4, 4, 4}), volume = wave(4, {1, 2, 2, 4, 4});
  const auto indexed = [](const auto& pool, const Tensors& in) {
    return flat(pool.with_indices(in[0]));
  };
  c.add<nn::AdaptiveMaxPool2d>("AdaptiveMaxPool2d indices", nn::AdaptiveMaxPool2d({3, 2}), {image},
                               indexed);
  c.add<nn::FractionalMaxPool2d>(
      "FractionalMaxPool2d",
      nn::FractionalMaxPool2d(
          {2, 1}, {.output_size = {2, 3}, .random_samples = abs(wave(11, {2, 4, 2})) * 0.9}),
      {image}, indexed);
  c.add<nn::FractionalMaxPool3d>(
      "FractionalMaxPool3d",
      nn::FractionalMaxPool3d({1, 2, 2}, {.output_ratio = {0.5, 0.7, 0.7},
                                          .random_samples = abs(wave(12, {1, 2, 3})) * 0.9}),
      {volume}, indexed);
}

void add_adaptive_softmax(Cases& c) {
  using Module = nn::AdaptiveLogSoftmaxWithLoss;
  const Module net =
      filled(Module(8, 11, {3, 6}, {.div_value = 2, .head_bias = true, .dtype = float64}));
  const Tensor rows = wave(1, {7, 8});
  c.add<Module>("AdaptiveLogSoftmaxWithLoss", net, {rows, labels(7, 11)},
                [](const Module& m, const Tensors& in) { return flat(m(in[0], in[1])); });
  c.add<Module>("AdaptiveLogSoftmaxWithLoss log_prob", net, {rows},
                [](const Module& m, const Tensors& in) {
                  return in_a_row({m.log_prob(in[0]), m.predict(in[0])});
                });
  c.add<Module>(
      "AdaptiveLogSoftmaxWithLoss of a row", filled(Module(4, 6, {2}, {.dtype = float64})),
      {wave(2, {4})},
      [](const Module& m, const Tensors& in) { return flat(m(in[0], full({}, 4, int64))); });
}

void add_projections(Cases& c) {
  using nn::LSTM;
  const LSTM both = filled(
      LSTM(3, 4, {.num_layers = 2, .bidirectional = true, .proj_size = 2, .dtype = float64}));
  const Tensors inputs{wave(1, {5, 2, 3}), wave(2, {4, 2, 2}), wave(3, {4, 2, 4})};
  c.add<LSTM>("LSTM proj_size", both, inputs, [](const LSTM& net, const Tensors& in) {
    return flat(net(in[0], {in[1], in[2]}));
  });
  c.add<LSTM>("LSTM proj_size padded", both, inputs, [](const LSTM& net, const Tensors& in) {
    return flat(net(in[0], {in[1], in[2]}, tensor({3, 5}, int64)));
  });
  c.add<LSTM>(
      "LSTM proj_size batch_first",
      filled(LSTM(3, 4, {.bias = false, .batch_first = true, .proj_size = 1, .dtype = float64})),
      {wave(1, {2, 5, 3})}, [](const LSTM& net, const Tensors& in) { return flat(net(in[0])); });
}

void add_attention(Cases& c) {
  using Module = nn::MultiheadAttention;
  const Module other = filled(Module(
      6, 2, {.kdim = 3, .vdim = 5, .add_bias_kv = true, .add_zero_attn = true, .dtype = float64}));
  const Tensors inputs{wave(1, {4, 2, 6}), wave(2, {5, 2, 3}), wave(3, {5, 2, 5})};
  c.add<Module>("MultiheadAttention kdim", other, inputs, [](const Module& net, const Tensors& in) {
    const nn::AttentionMasks masks{gt(wave(4, {2, 5}), 0.5), gt(wave(5, {4, 5}), 0.6)};
    // What is computed without the weights is the same.
    const auto found = net.with_weights(in[0], in[1], in[2], masks);
    CHECK(max(abs(net(in[0], in[1], in[2], masks) - found.output)).item() < 1e-14);
    return flat(found);
  });
  c.add<Module>(
      "MultiheadAttention each head", other, inputs, [](const Module& net, const Tensors& in) {
        return flat(
            net.with_weights(in[0], in[1], in[2], {.attn_mask = wave(6, {4, 4, 5})}, false));
      });
  c.add<Module>(
      "MultiheadAttention causal",
      filled(Module(6, 3,
                    {.bias = false, .batch_first = true, .add_bias_kv = true, .dtype = float64})),
      {wave(7, {2, 4, 6})}, [](const Module& net, const Tensors& in) {
        const auto found = net.with_weights(in[0], in[0], in[0], {.is_causal = true});
        const Tensor alone = net(in[0], in[0], in[0], {.is_causal = true});
        CHECK(max(abs(alone - found.output)).item() < 1e-14);
        return flat(found);
      });
  c.add<Module>("MultiheadAttention without a batch", other,
                {wave(1, {4, 6}), wave(2, {5, 3}), wave(3, {5, 5})},
                [](const Module& net, const Tensors& in) {
                  return flat(net.with_weights(in[0], in[1], in[2]));
                });
}

Cases make_cases() {
  const Tensor x = wave(1, {4, 3}), t = wave(2, {4, 3}), p = chances(1, {4, 3}),
               q = chances(2, {4, 3}), log_p = log_softmax(x, 1),
               weight = tensor({0.5, 2.0, 1.0}, float64);
  const Tensor image = wave(3, {2, 4, 4, 4}), volume = wave(4, {1, 2, 2, 4, 4});
  const Tensor sign = signs({4, 3}), label = labels(4, 3), other = wave(7, {4, 3});
  Cases c;
  c.add("L1Loss", nn::L1Loss(), {x, t});
  c.add("MSELoss sum", nn::MSELoss({Reduction::sum}), {x, t});
  c.add("HuberLoss", nn::HuberLoss({.delta = 0.5}), {x, t});
  c.add("SmoothL1Loss", nn::SmoothL1Loss(), {x, t});
  c.add("SmoothL1Loss none", nn::SmoothL1Loss({.beta = 0.5, .reduction = Reduction::none}), {x, t});
  c.add("SoftMarginLoss", nn::SoftMarginLoss(), {x, sign});
  c.add("PoissonNLLLoss", nn::PoissonNLLLoss(), {x, 3 * q});
  c.add("PoissonNLLLoss full", nn::PoissonNLLLoss({.log_input = false, .full = true, .eps = 0.1}),
        {p, 3 * q});
  c.add("KLDivLoss", nn::KLDivLoss(), {log_p, q});
  c.add("KLDivLoss batchmean", nn::KLDivLoss({.batch_mean = true}), {log_p, q});
  c.add("KLDivLoss log_target", nn::KLDivLoss({.log_target = true, .reduction = Reduction::sum}),
        {log_p, t});
  c.add("CrossEntropyLoss", nn::CrossEntropyLoss(), {x, label});
  c.add("CrossEntropyLoss weight",
        nn::CrossEntropyLoss({.weight = weight, .ignore_index = 2, .label_smoothing = 0.1}),
        {x, label});
  c.add("NLLLoss", nn::NLLLoss({.weight = weight}), {log_p, label});
  c.add("BCELoss", nn::BCELoss({.weight = weight}), {p, q});
  c.add("BCEWithLogitsLoss", nn::BCEWithLogitsLoss({.pos_weight = weight}), {x, q});
  c.add("MultiMarginLoss", nn::MultiMarginLoss({.p = 2, .margin = 0.7, .weight = weight}),
        {x, label});
  c.add("MultiLabelSoftMarginLoss", nn::MultiLabelSoftMarginLoss({.weight = weight}), {x, q});
  c.add("MarginRankingLoss", nn::MarginRankingLoss({.margin = 0.1}), {x, t, sign});
  c.add("HingeEmbeddingLoss", nn::HingeEmbeddingLoss(), {p, sign});
  c.add("CosineEmbeddingLoss", nn::CosineEmbeddingLoss({.margin = 0.1}), {x, t, signs({4})});
  c.add("TripletMarginLoss", nn::TripletMarginLoss(), {x, t, other});
  c.add("TripletMarginLoss swap",
        nn::TripletMarginLoss({.margin = 2, .p = 1, .swap = true, .reduction = Reduction::none}),
        {x, t, other});
  c.add("GaussianNLLLoss", nn::GaussianNLLLoss({.full = true}), {x, t, q});
  c.add("CTCLoss", CtcOfLogits(),
        {wave(6, {5, 2, 3}), tensor({{1, 2}, {2, 2}}, int64), tensor({5, 4}, int64),
         tensor({2, 1}, int64)});
  c.add("CosineSimilarity", nn::CosineSimilarity(), {x, t});
  c.add("PairwiseDistance", nn::PairwiseDistance({.keepdims = true}), {x, t});
  c.add("GELU tanh", nn::GELU(nn::GELUApproximation::tanh), {x});
  c.add("Softsign", nn::Softsign(), {x});
  c.add("Tanhshrink", nn::Tanhshrink(), {x});
  c.add("Softmin", nn::Softmin(1), {x});
  c.add("Softmax2d", nn::Softmax2d(), {image});
  c.add("GLU", nn::GLU(1), {image});
  nn::RReLU leaky;
  leaky.eval();
  c.add("RReLU eval", leaky, {x});
  c.add("Softplus", nn::Softplus(2), {x});
  c.add("ChannelShuffle", nn::ChannelShuffle(2), {image});
  c.add("UpsamplingNearest2d", nn::UpsamplingNearest2d({.scale_factor = {2}}), {image});
  c.add("UpsamplingBilinear2d", nn::UpsamplingBilinear2d({.size = {3, 7}}), {image});
  c.add("InstanceNorm2d", nn::InstanceNorm2d(4, {.dtype = float64}), {image});
  c.add("LocalResponseNorm", nn::LocalResponseNorm(2), {image});
  c.add("LPPool2d", nn::LPPool2d(3, 2), {abs(image) + 0.1});
  c.add("AdaptiveAvgPool2d", nn::AdaptiveAvgPool2d({3, 2}), {image});
  const nn::Bilinear form(3, 2, 5, {.dtype = float64});
  {
    const NoGrad values;
    copy_(form.weight, wave(1, {5, 3, 2}));
    copy_(form.bias, wave(2, {5}));
  }
  c.add("Bilinear", form, {x, wave(3, {4, 2})});
  add_pools(c);
  add_adaptive_softmax(c);
  add_projections(c);
  add_attention(c);
  return c;
}

}  // namespace

TEST_CASE("modules give what PyTorch's give, with its gradients, and their own are right") {
  const auto golden = read_golden();
  const Cases cases = make_cases();
  for (const Case& each : cases.all) {
    INFO(each.name);
    REQUIRE(golden.contains(each.name));
    const Golden& expected = golden.at(each.name);
    Tensors inputs;
    for (const Tensor& input : each.inputs) inputs.push_back(clone(input).detach());
    inputs[0].requires_grad_();
    const Tensor y = each.run(inputs);
    CHECK(largest_difference(y.detach(), expected.y) < 1e-11);
    sum(y * wave(9, y.shape())).backward();
    CHECK(largest_difference(inputs[0].grad(), expected.dx) < 1e-11);
    CHECK(each.check(each.inputs));
  }
  // All of the file but two were compared, which have tests of their own.
  CHECK(golden.size() == cases.all.size() + 2);
}

TEST_CASE("grid_sample of volumes is PyTorch's") {
  const Golden expected = read_golden().at("grid_sample 3d");
  const Tensor x = wave(4, {1, 2, 2, 4, 4}).requires_grad_();
  const Tensor y = grid_sample(x, wave(8, {1, 2, 1, 3, 3}));
  CHECK(largest_difference(y.detach(), expected.y) < 1e-12);
  sum(y * wave(9, y.shape())).backward();
  CHECK(largest_difference(x.grad(), expected.dx) < 1e-12);
}

TEST_CASE("InstanceNorm keeps running statistics as PyTorch does") {
  const Golden expected = read_golden().at("InstanceNorm2d running");
  nn::InstanceNorm2d norm(4, {.affine = true, .track_running_stats = true, .dtype = float64});
  for (const double seed : {1, 2}) norm(wave(seed, {2, 4, 3, 3}));
  norm.eval();
  CHECK(largest_difference(norm(wave(3, {2, 4, 4, 4})).detach(), expected.y) < 1e-12);
  CHECK(largest_difference(cat({norm.running_mean, norm.running_var}), expected.dx) < 1e-12);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : norm.state_dict()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"weight", "bias", "running_mean", "running_var",
                                          "num_batches_tracked"});
  CHECK(check_gradients(norm, {wave(3, {2, 4, 2, 2})}));
  norm.train();
  CHECK(check_gradients(norm, {wave(3, {2, 4, 2, 2})}));
  CHECK(error_of([] {
          nn::InstanceNorm1d(2, {.momentum = 2});
        }).find("InstanceNorm1d: momentum must lie in [0, 1], got 2") == 0);
}

TEST_CASE("weights of losses are buffers with PyTorch's names") {
  const nn::BCEWithLogitsLoss loss({.pos_weight = ones({3}), .weight = ones({3})});
  std::vector<std::string> names;
  for (const auto& [name, tensor] : loss.state_dict()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"weight", "pos_weight"});
  CHECK(loss.parameters().empty());
  loss.to(float64);
  CHECK(loss(wave(1, {2, 3}), chances(2, {2, 3})).dtype() == float64);
  CHECK(nn::MSELoss().state_dict().empty());
}

TEST_CASE("the pairs of classes of a loss are made for some rows at once") {
  const Tensor scores = randn({4, 6}, float64).requires_grad_();
  const Tensor right = randn({4, 6}) > 0.5;
  const Tensor apart = relu(1 - unsqueeze(scores, 2) + unsqueeze(scores, 1));
  const Tensor pairs = logical_and(unsqueeze(right, 2), logical_not(unsqueeze(right, 1)));
  const Tensor expected = sum(where(pairs, apart, 0), Axes{1, 2}) / 6;
  const Tensor found = multilabel_margin_loss(scores, right, Reduction::none);
  CHECK(max(abs(found - expected)).item() < 1e-14);
  const auto slope = [&](const Tensor& y) { return grad({sum(square(y))}, {scores})[0]; };
  CHECK(max(abs(slope(found) - slope(expected))).item() < 1e-13);

  if (memory_stats().system_allocations == 0) SKIP_TEST("sanitizers: no pool that counts");
  const Tensor many = randn({64, 300}).requires_grad_(), few = randn({64, 300}) > 2;
  const std::int64_t before = memory_stats().in_use;
  reset_peak_memory();
  multilabel_margin_loss(many, few).backward();
  CHECK(memory_stats().peak_in_use - before < 4000000);  // those of all are 23 MB
}

TEST_CASE("losses run hooks and name their place") {
  struct Net : nn::Module {
    nn::MSELoss loss = add("loss", nn::MSELoss());
  } net;
  int seen = 0;
  net.loss.register_forward_hook(
      [&](const nn::Module&, const Tensors& in, const Tensors&) { seen = int(in.size()); });
  net.loss(ones({2}), zeros({2}));
  CHECK(seen == 2);
  CHECK(error_of([&] {
          net.loss(ones({2}), ones({3}));
        }).find("mse_loss: prediction (2,) and target (3,) must have the same shape") !=
        std::string::npos);
  CHECK(error_of([&] { net.loss(ones({2}), ones({3})); }).find("loss") != std::string::npos);
}

TEST_CASE("random slopes of RReLU lie between its numbers, and mask channels of dropout") {
  manual_seed(3);
  const nn::RReLU rrelu(0.2, 0.4);
  const Tensor slopes = -rrelu(-ones({1000}, float64));
  CHECK(min(slopes).item() >= 0.2);
  CHECK(max(slopes).item() < 0.4);
  CHECK(std::abs(mean(slopes).item() - 0.3) < 0.01);
  CHECK(min(rrelu(ones({10}))).item() == 1);
  CHECK(check_gradients(rrelu, {wave(1, {4, 3})}));

  const Tensor x = ones({8, 16, 2, 2, 2}, float64);
  for (const Tensor& y : {nn::Dropout3d(0.5)(x), nn::FeatureAlphaDropout(0.5)(x)}) {
    const Tensor rows = reshape(y, {128, 8});
    CHECK(max(abs(rows - rows(All, Slice(0, 1)))).item() == 0);  // a channel shares its fate
    CHECK(min(rows).item() < max(rows).item());
  }
  CHECK(check_gradients(nn::FeatureAlphaDropout(0.5), {wave(1, {4, 3, 2})}));
  nn::Dropout3d off;
  off.eval();
  CHECK(max(abs(off(x) - x)).item() == 0);
  CHECK(error_of([] { nn::Dropout3d(1); }).find("Dropout3d: p must lie in [0, 1), got 1") == 0);
  CHECK(error_of([] {
          nn::FeatureAlphaDropout(-1);
        }).find("FeatureAlphaDropout: p must lie in [0, 1), got -1") == 0);
}

TEST_CASE("AdaptiveLogSoftmaxWithLoss: a distribution, names, messages") {
  manual_seed(4);
  using Module = nn::AdaptiveLogSoftmaxWithLoss;
  const Module net(16, 30, {4, 10, 20}, {.div_value = 2});
  std::vector<std::string> names;
  for (const auto& [name, tensor] : net.state_dict()) names.push_back(name + tensor.shape().str());
  CHECK(names == std::vector<std::string>{"head.weight(7, 16)", "tail.0.0.weight(8, 16)",
                                          "tail.0.1.weight(6, 8)", "tail.1.0.weight(4, 16)",
                                          "tail.1.1.weight(10, 4)", "tail.2.0.weight(2, 16)",
                                          "tail.2.1.weight(10, 2)"});
  CHECK(max(abs(net.get_tensor("tail.2.1.weight"))).item() <= 1 / std::sqrt(2.0));
  const Tensor x = randn({5, 16}), all = net.log_prob(x);
  CHECK(max(abs(sum(exp(all), 1) - 1)).item() < 1e-5);
  for (const std::int64_t label : {0, 3, 4, 9, 10, 19, 20, 29}) {
    const Tensor output = net(x, full({5}, label, int64)).output;
    CHECK(max(abs(output - select(all, 1, label))).item() < 1e-6);
  }
  CHECK(net.predict(x).to_vector<std::int64_t>() == argmax(all, 1).to_vector<std::int64_t>());

  const auto refuses = [](auto&& f, const std::string& text) {
    CHECK_THAT(error_of(f), StartsWith("AdaptiveLogSoftmaxWithLoss: " + text + " ["));
  };
  const std::string rule =
      "needs in_features from 1 and cutoffs that rise from 1 to n_classes - 1,"
      " got in_features ";
  refuses([] { Module(8, 5, {}); }, rule + "8, n_classes 5, cutoffs ()");
  refuses([] { Module(8, 5, {0, 2}); }, rule + "8, n_classes 5, cutoffs (0, 2)");
  refuses([] { Module(8, 5, {2, 2}); }, rule + "8, n_classes 5, cutoffs (2, 2)");
  refuses([] { Module(8, 5, {2, 5}); }, rule + "8, n_classes 5, cutoffs (2, 5)");
  refuses([] { Module(0, 5, {2}); }, rule + "0, n_classes 5, cutoffs (2,)");
  refuses(
      [] {
        Module(8, 5, {1, 2});
      },
      "cluster 1 has in_features 8 / div_value 4^2 features, which is none");
  refuses([&] { net(x, full({5}, 30, int64)); }, "target[0] is 30, there are 30 classes");
  refuses([&] { net(x, full({5}, -1, int64)); }, "target[0] is -1, there are 30 classes");
  refuses([&] { net(x, ones({5})); }, "target must be int64 (N,) or (), it is float32 (5,)");
  refuses([&] { net(x, ones({4}, int64)); },
          "input (5, 16) and target (4,) have different numbers of rows");
  refuses([&] { net(x, ones({}, int64)); }, "input must be (16,), it is (5, 16)");
  refuses([&] { net.log_prob(ones({16})); }, "input must be (N, 16), it is (16,)");
}

TEST_CASE("Bilinear starts as PyTorch's") {
  manual_seed(1);
  const nn::Bilinear form(16, 20, 30);
  CHECK(form.weight.shape() == Shape{30, 16, 20});
  CHECK(form.bias.shape() == Shape{30});
  CHECK(max(abs(form.weight)).item() <= 0.25);  // 1 / sqrt(16)
  CHECK(max(abs(form.weight)).item() > 0.249);
  CHECK_FALSE(nn::Bilinear(2, 3, 4, {.bias = false}).bias.defined());
  CHECK(error_of([] {
          nn::Bilinear(0, 1, 2);
        }).find("Bilinear: sizes must be positive, got in1 0, in2 1, out 2") == 0);
  CHECK(error_of([] {
          nn::Softmax2d()(ones({2, 2}));
        })
            .find("Softmax2d: x needs (batch, channels, height, width) or (channels, height, "
                  "width), got (2, 2)") == 0);
}
