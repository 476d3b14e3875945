// Parameters that are computed: parametrizations, weight and spectral norm.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using Names = std::vector<std::string>;

namespace {

struct Net : nn::Module {
  Tensor forward(const Tensor& x) { return out(tanh(hidden(x))); }
  nn::Linear hidden = add("hidden", nn::Linear(3, 3, {.dtype = float64}));
  nn::Linear out = add("out", nn::Linear(3, 2, {.dtype = float64}));
};

Names names_of(const NamedTensors& named) {
  Names names;
  for (const auto& [name, tensor] : named) names.push_back(name);
  return names;
}

double difference(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); }

Tensor symmetric(const Tensors& w, bool) { return w[0] + transpose(w[0]); }

}  // namespace

TEST_CASE("a parametrized weight is computed in each call, trained and saved by its original") {
  manual_seed(1);
  Net net;
  const Tensor before = clone(net.hidden.weight.detach());
  register_parametrization(net.hidden, "weight", {.value = &symmetric});
  CHECK(names_of(net.named_parameters()) ==
        Names{"hidden.bias", "hidden.parametrizations.weight.original", "out.weight", "out.bias"});
  CHECK(is_parametrized(net.hidden, "weight"));
  CHECK_FALSE(is_parametrized(net.hidden, "bias"));
  const Tensor x = randn({4, 3}, float64);
  const Tensor w = before + transpose(before);
  CHECK(difference(net.hidden(x), linear(x, w, net.hidden.bias)) == 0);
  CHECK(difference(parametrized_value(net.hidden, "weight"), w) == 0);
  CHECK(net.hidden.weight.shape() == Shape{0});
  CHECK_FALSE(net.hidden.weight.requires_grad());
  CHECK(check_gradients(net, {x}));

  optim::SGD sgd(net, {.lr = 0.1});
  sum(square(net.forward(x))).backward();
  sgd.step();
  const Tensor now = parametrized_value(net.hidden, "weight");
  CHECK(difference(now, w) > 0);
  CHECK(difference(now, transpose(now)) == 0);

  Net other;
  register_parametrization(other.hidden, "weight", {.value = &symmetric});
  other.load_state_dict(net.state_dict());
  CHECK(difference(other.forward(x), net.forward(x)) == 0);
  const Net copy = clone(net, [] {
    Net made;
    register_parametrization(made.hidden, "weight", {.value = &symmetric});
    return made;
  });
  CHECK(copy.named_parameters().size() == 4);

  const Tensor y = net.forward(x);
  remove_parametrization(net.hidden, "weight");
  CHECK(names_of(net.named_parameters()) ==
        Names{"hidden.weight", "hidden.bias", "out.weight", "out.bias"});
  CHECK(difference(net.forward(x), y) == 0);
  CHECK(check_gradients(net, {x}));
  net.to(float32);
  CHECK(net.forward(to(x, float32)).dtype() == float32);
}

TEST_CASE("functional calls replace the originals; frozen parameters stay frozen") {
  manual_seed(2);
  Net net;
  net.hidden.freeze("weight");
  register_parametrization(net.hidden, "weight", {.value = &symmetric});
  CHECK(net.hidden.parameters().size() == 1);
  const Tensor x = randn({4, 3}, float64), w = randn({3, 3}, float64);
  CHECK(check_gradients(
      [&](const Tensors& in) {
        return functional_call(net, {{"hidden.parametrizations.weight.original", in[0] * 2}},
                               in[1]);
      },
      {w, x}));
  remove_parametrization(net.hidden, "weight");
  CHECK_FALSE(net.hidden.weight.requires_grad());
  CHECK(net.hidden.parameters().size() == 1);
}

TEST_CASE("parametrizations that do not fit are refused, and change nothing") {
  Net net;
  CHECK(error_of([&] {
          register_parametrization(net.hidden, "wait", {.value = &symmetric});
        }).find("register_parametrization: the layer has no parameter \"wait\"") == 0);
  CHECK(error_of([&] {
          register_parametrization(net.hidden, "weight",
                                   {.value = [](const Tensors& w, bool) { return w[0](0); }});
        })
            .find("register_parametrization: hidden.weight is float64 (3, 3), its value would be "
                  "float64 (3,)") == 0);
  CHECK(net.parameters().size() == 4);
  register_parametrization(net.hidden, "weight", {.value = &symmetric});
  CHECK(error_of([&] {
          register_parametrization(net.hidden, "weight", {.value = &symmetric});
        }).find("register_parametrization: hidden.weight is parametrized already") == 0);
  CHECK(error_of([&] {
          spectral_norm(net.hidden, {.name = "wait"});
        }).find("spectral_norm: the module has no parameter or buffer \"wait\"") == 0);
  CHECK(error_of([&] {
          register_parametrization(net.hidden, "bias", {});
        }).find("register_parametrization: hidden.bias needs a function for its value") == 0);
  CHECK(error_of([&] {
          remove_parametrization(net.hidden, "bias");
        }).find("remove_parametrization: hidden.bias is not parametrized") == 0);
}

TEST_CASE("weight_norm keeps the weight and has its gradients, of zero rows too") {
  manual_seed(3);
  Net net;
  {
    const NoGrad no_grad;
    fill_(net.hidden.weight(1), 0);
  }
  const Tensor before = clone(net.hidden.weight.detach());
  weight_norm(net.hidden);
  CHECK(names_of(net.hidden.named_parameters()) ==
        Names{"bias", "parametrizations.weight.original0", "parametrizations.weight.original1"});
  CHECK(net.hidden.get_tensor("parametrizations.weight.original0").shape() == Shape{3, 1});
  CHECK(difference(parametrized_value(net.hidden, "weight"), before) < 1e-15);
  const Tensor x = randn({4, 3}, float64);
  sum(square(net.forward(x))).backward();
  for (const Tensor& parameter : net.parameters())
    CHECK(sum(abs(parameter.grad())).item() < 1e6);  // finite

  Net full;
  weight_norm(full.hidden);
  weight_norm(full.out, "weight", 1);
  weight_norm(full.out, "bias");
  CHECK(full.out.get_tensor("parametrizations.weight.original0").shape() == Shape{1, 3});
  CHECK(check_gradients(full, {x}));
  const Tensor y = full.forward(x);
  remove_parametrization(full.out, "weight");
  CHECK(difference(full.forward(x), y) < 1e-14);

  // Squares of these are infinite, or zero, in float32.
  for (const double size : {1e30, 1e-30}) {
    nn::Linear layer(3, 2);
    {
      const NoGrad no_grad;
      mul_(layer.weight, size);
    }
    const Tensor large = clone(layer.weight.detach());
    weight_norm(layer);
    CHECK(difference(parametrized_value(layer, "weight") / size, large / size) < 1e-6);
  }
  CHECK_THROWS_AS(weight_norm(net.out, "weight", 2), IndexError);
}

TEST_CASE("spectral_norm divides by the largest singular value, and is still in evaluation mode") {
  manual_seed(4);
  nn::Linear layer(2, 2, {.bias = false, .dtype = float64});
  {
    const NoGrad no_grad;  // singular values 3 and 1
    copy_(layer.weight, tensor({{2, 1}, {1, 2}}, float64));
  }
  spectral_norm(layer);
  CHECK(names_of(layer.named_buffers()) ==
        Names{"parametrizations.weight.0._u", "parametrizations.weight.0._v"});
  const Tensor expected = tensor({{2, 1}, {1, 2}}, float64) / 3;
  CHECK(difference(parametrized_value(layer, "weight"), expected) < 1e-12);
  const Tensor x = randn({3, 2}, float64);

  {
    const NoGrad no_grad;
    copy_(layer.get_tensor("parametrizations.weight.original"), tensor({{0, 5}, {1, 0}}, float64));
  }
  layer.eval();
  const Tensor still = layer(x);
  CHECK(difference(layer(x), still) == 0);
  layer.train();
  for (int i = 0; i < 50; ++i) layer(x);
  CHECK(difference(parametrized_value(layer, "weight"), tensor({{0, 1}, {0.2, 0}}, float64)) <
        1e-12);
  layer.eval();
  CHECK(check_gradients(layer, {x}));
  const Tensor y = layer(x);
  remove_parametrization(layer, "weight");
  CHECK(difference(layer(x), y) < 1e-14);

  // A layer that starts as zeros is normed as soon as it has a weight.
  nn::Linear late(2, 2, {.bias = false, .dtype = float64});
  nn::init::zeros_(late.weight);
  spectral_norm(late);
  CHECK(difference(parametrized_value(late, "weight"), zeros({2, 2}, float64)) == 0);
  {
    const NoGrad no_grad;
    copy_(late.get_tensor("parametrizations.weight.original"), tensor({{2, 1}, {1, 2}}, float64));
  }
  for (int i = 0; i < 50; ++i) late(x);
  CHECK(difference(parametrized_value(late, "weight"), expected) < 1e-12);

  // What is left is evaluation's value, also where a call would have gone on with the iteration.
  nn::Linear random(4, 4, {.bias = false, .dtype = float64});
  spectral_norm(random, {.n_power_iterations = 1});
  random.eval();
  const Tensor last = clone(parametrized_value(random, "weight"));
  random.train();
  remove_parametrization(random, "weight");
  CHECK(difference(random.weight, last) == 0);

  const auto make = [] {
    nn::Linear made(3, 3);
    spectral_norm(made);
    return made;
  };
  const nn::Linear kept = make();
  nn::init::normal_(kept.get_tensor("parametrizations.weight.original"));  // vectors are far off
  const nn::Linear plain = clone(kept, make);
  const Tensor a = randn({2, 3}).requires_grad_(), b = a.detach().requires_grad_();
  sum(exp(checkpoint([=](const Tensor& in) { return kept(in); }, a))).backward();
  sum(exp(plain(b))).backward();
  CHECK(a.grad().to_vector<float>() == b.grad().to_vector<float>());

  nn::Linear zero(2, 2);
  nn::init::zeros_(zero.weight);
  spectral_norm(zero);
  CHECK(sum(abs(parametrized_value(zero, "weight"))).item() == 0);
  CHECK_THROWS_AS(spectral_norm(zero, {.name = "bias", .n_power_iterations = 0}), ValueError);
  CHECK_THROWS_AS(spectral_norm(zero, {.name = "bias", .eps = 0}), ValueError);
}

TEST_CASE("a weight that two modules share is not parametrized in one of them") {
  struct Tied : nn::Module {
    nn::Embedding table = add("table", nn::Embedding(5, 3));
    Tensor out = add("out", table.weight);
  };
  const Tied tied;
  CHECK(error_of([&] {
          weight_norm(tied.table);
        }).find("weight_norm: table.weight is tied to out, which would be empty") == 0);
  CHECK(tied.named_tensors().size() == 2);
  CHECK(tied.out.shape() == Shape{5, 3});
  // A layer that is there twice is one.
  struct Twice : nn::Module {
    nn::Linear first = add("first", nn::Linear(2, 2)), second = add("second", first);
  };
  const Twice twice;
  weight_norm(twice.first);
  CHECK(is_parametrized(twice.second, "weight"));
}
