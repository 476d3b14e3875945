// Modules with other tensors in the place of their parameters.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

struct Net : nn::Module {
  Tensor forward(const Tensor& x) const { return out(tanh(hidden(x))); }

  nn::Linear hidden = add("hidden", nn::Linear(3, 4, {.dtype = float64}));
  nn::Linear out = add("out", nn::Linear(4, 2, {.dtype = float64}));
};

Tensor by_hand(const Tensor& x, const Tensor& w, const Tensor& b, const Net& net) {
  return linear(tanh(linear(x, w, b)), net.out.weight, net.out.bias);
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<double>() == b.to_vector<double>();
}

}  // namespace

TEST_CASE("a functional call uses the given tensors and leaves the module as it was") {
  manual_seed(3);
  Net net;
  const Tensor x = randn({5, 3}, float64);
  const Tensor before = clone(net.hidden.weight);
  const std::uint32_t version = net.hidden.weight.version();
  const Tensor w = randn({4, 3}, float64), b = randn({4}, float64);
  const Tensor y = functional_call(net, {{"hidden.weight", w}, {"hidden.bias", b}}, x);
  CHECK(same(y, by_hand(x, w, b, net)));
  CHECK(same(net.hidden.weight, before));
  CHECK(net.hidden.weight.version() == version);
  CHECK(net.hidden.weight.is_leaf());
  CHECK_FALSE(same(net.forward(x), y));
}

TEST_CASE("gradients go to the given tensors, of every order, after the call") {
  manual_seed(4);
  Net net;
  const Tensor x = randn({5, 3}, float64);
  const Tensor z = randn({2}, float64), basis = randn({2, 12}, float64);
  const Tensor b = randn({4}, float64);
  // Weights that are results: a hypernetwork.
  CHECK(check_gradients(
      [&](const Tensors& in) {
        const Tensor w = reshape(matmul(reshape(in[0], {1, 2}), basis), {4, 3});
        return sum(square(functional_call(net, {{"hidden.weight", w}, {"hidden.bias", in[1]}}, x)));
      },
      {z, b}));

  // The module's own parameters still get theirs, the replaced ones none.
  const Tensor w = randn({4, 3}, float64).requires_grad_();
  net.zero_grad();
  sum(functional_call(net, {{"hidden.weight", w}}, x)).backward();
  CHECK(w.grad().defined());
  CHECK_FALSE(net.hidden.weight.grad().defined());
  CHECK(net.hidden.bias.grad().defined());
  const Tensor expected = randn({4, 3}, float64);
  Tensor leaf = clone(w).detach().requires_grad_();
  sum(by_hand(x, leaf, net.hidden.bias, net)).backward();
  CHECK(same(w.grad(), leaf.grad()));
}

TEST_CASE(
    "what is recorded in a functional call holds the given tensors, views and checkpoints too") {
  manual_seed(5);
  struct Views : nn::Module {
    Tensor forward(const Tensor& x) const {
      const Tensor row = select(weight, 0, 1);  // a view of the parameter, used later
      const Tensor y = checkpoint([this](const Tensor& in) { return square(in) * weight; }, x);
      return sum(y * row * row);
    }
    Tensor weight = add("weight", randn({3, 3}, float64));
  } net;
  const Tensor x = randn({3, 3}, float64);
  CHECK(check_gradients(
      [&](const Tensors& in) {
        const Tensor w = in[0] * 2;
        return functional_call(net, {{"weight", w}}, in[1]);
      },
      {randn({3, 3}, float64), x}));

  // An overwritten given tensor is an error, as anywhere.
  Tensor w = randn({3, 3}, float64).requires_grad_();
  const Tensor copy = w * 1;
  const Tensor loss = functional_call(net, {{"weight", copy}}, x);
  {
    const NoGrad no_grad;
    fill_(copy.detach(), 0);
  }
  CHECK_THROWS_AS(loss.backward(), GraphError);
}

TEST_CASE("functional calls nest, and an inner one may use the module's own tensors") {
  manual_seed(6);
  Net net;
  const Tensor x = randn({5, 3}, float64);
  const Tensor w = randn({4, 3}, float64);
  const Tensor y = functional_call(net, {{"hidden.weight", w}}, [&] {
    const Tensor twice = net.hidden.weight * 2;
    const Tensor inner = functional_call(net, {{"hidden.weight", twice}}, x);
    return inner + net.forward(x);
  });
  CHECK(same(y, by_hand(x, w * 2, net.hidden.bias, net) + by_hand(x, w, net.hidden.bias, net)));
}

TEST_CASE("a parameter that is returned is the given one") {
  struct Own : nn::Module {
    Tensor weight = add("weight", ones({2}));
  } net;
  const Tensor w = full({2}, 7.);
  const Tensor y = functional_call(net, {{"weight", w}}, [&] { return net.weight; });
  CHECK(y.impl() == w.impl());
  CHECK(functional_call(net, {{"weight", w}}, [&] { return sum(net.weight).item(); }) == 14);
}

TEST_CASE("buffers that are given are written to, others are the module's") {
  struct Counts : nn::Module {
    Tensor forward(const Tensor& x) {
      add_(calls, 1);
      return x;
    }
    Tensor calls = add_buffer("calls", zeros({1}));
  } net;
  const Tensor mine = full({1}, 10.);
  functional_call(net, {{"calls", mine}}, ones({1}));
  CHECK(mine.item() == 11);
  CHECK(net.calls.item() == 0);
  functional_call(net, {}, ones({1}));
  CHECK(net.calls.item() == 1);
}

TEST_CASE("a recorded write to a substituted parameter is one to the given tensor") {
  struct Writes : nn::Module {
    Tensor forward(const Tensor& x) {
      mul_(weight, 3);
      return sum(weight * x);
    }
    Tensor weight = add("weight", ones({2}, float64));
  } net;
  const Tensor leaf = ones({2}, float64).requires_grad_();
  const Tensor w = leaf * 2;
  const Tensor x = full({2}, 5., float64);
  const Tensor y = functional_call(net, {{"weight", w}}, x);
  CHECK(y.item() == 60);
  CHECK(w.to_vector<double>() == std::vector<double>{6, 6});
  (y + sum(w)).backward();
  CHECK(leaf.grad().to_vector<double>() == std::vector<double>{36, 36});
}

TEST_CASE("a view of a substituted parameter stays a view of the given tensor") {
  struct Row : nn::Module {
    Tensor weight = add("weight", ones({2, 2}, float64));
  } net;
  const Tensor leaf = ones({2, 2}, float64).requires_grad_();
  const Tensor w = leaf * 2;
  mul_(w, 3);
  const Tensor row =
      functional_call(net, {{"weight", w}}, [&] { return select(net.weight, 0, 0); });
  mul_(w, 5);  // after the call: the view hears of it
  CHECK(row.to_vector<double>() == std::vector<double>{30, 30});
  sum(row).backward();
  CHECK(leaf.grad().to_vector<double>() == std::vector<double>{30, 30, 0, 0});
  CHECK_FALSE(net.weight.grad().defined());
}

TEST_CASE("a functional call that throws leaves the module as it was") {
  Net net;
  const Tensor before = clone(net.hidden.weight);
  CHECK_THROWS(functional_call(net, {{"hidden.weight", ones({4, 3}, float64)}},
                               [&]() -> Tensor { throw std::runtime_error("stop"); }));
  CHECK(same(net.hidden.weight, before));
}

TEST_CASE("a layer that is called functionally looks for no optimizer among the given tensors") {
  Net net;
  optim::SGD sgd(Tensors{ones({1}).requires_grad_()}, {.lr = 0.1});
  const Tensor w = randn({4, 3}, float64).requires_grad_();
  for (int i = 0; i < 101; ++i)
    sum(functional_call(net, {{"hidden.weight", w * 2}}, ones({5, 3}, float64))).backward();
  CHECK(w.grad().defined());
}

TEST_CASE("a functional call says what does not fit, all at once") {
  Net net;
  CHECK(error_of([&] {
          functional_call(net,
                          {{"hidden.wait", ones({4, 3})},
                           {"out.bias", Tensor()},
                           {"hidden.weight", ones({3, 4}, float64)},
                           {"hidden.bias", arange(4)}},
                          ones({5, 3}, float64));
        })
            .find("functional_call: the module has no \"hidden.wait\"; out.bias is undefined; "
                  "hidden.weight is float64 (4, 3) and was given float64 (3, 4); hidden.bias is "
                  "float64 (4,) and was given int64 (4,)") != std::string::npos);

  struct Tied : nn::Module {
    Tensor a = add("a", ones({2}));
    Tensor b = add("b", a);
  } tied;
  const Tensor w = full({2}, 3.);
  CHECK(functional_call(tied, {{"a", w}}, [&] { return sum(tied.a + tied.b); }).item() == 12);
  CHECK(functional_call(tied, {{"a", w}, {"b", w}}, [&] { return sum(tied.b); }).item() == 6);
  CHECK_THROWS_AS(functional_call(tied, {{"a", w}, {"b", ones({2})}}, [] { return Tensor(); }),
                  ValueError);
}
