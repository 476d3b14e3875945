// Hooks of modules, forward and backward.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

std::vector<double> values(const Tensor& x) { return x.to_vector<double>(); }

struct Net : nn::Module {
  Tensor forward(const Tensor& x) { return last(relu(first(x))); }
  nn::Linear first = add("first", nn::Linear(3, 4, {.dtype = float64}));
  nn::Linear last = add("last", nn::Linear(4, 2, {.dtype = float64}));
};

}  // namespace

TEST_CASE("forward hooks see inputs and outputs, in order, and may be taken away") {
  Net net;
  std::string order;
  Tensor features;
  net.last.register_forward_pre_hook([&](const nn::Module& m, const Tensors& in) {
    CHECK(std::string(m.path()) == "last");
    order += "a";
    features = in[0];
  });
  HookHandle second =
      net.last.register_forward_hook([&](const nn::Module&, const Tensors& in, const Tensors& out) {
        CHECK(in[0].shape() == Shape{5, 4});
        CHECK(out[0].shape() == Shape{5, 2});
        order += "b";
      });
  const Tensor x = randn({5, 3}, float64);
  const Tensor y = net.forward(x);
  CHECK(order == "ab");
  CHECK(values(features) == values(relu(net.first(x))));
  second.remove();
  CHECK(values(net.forward(x)) == values(y));
  CHECK(order == "aba");
}

TEST_CASE("hooks of recurrent layers see the states, and their gradients in their places") {
  manual_seed(2);
  const nn::LSTM layer(3, 4, {.dtype = float64});
  const nn::GRUCell cell(3, 4, {.dtype = float64});
  const Tensor x = randn({5, 2, 3}, float64);
  const nn::LSTMState start{randn({1, 2, 4}, float64).requires_grad_(),
                            randn({1, 2, 4}, float64).requires_grad_()};
  Tensors seen, slopes;
  const HookHandle before =
      layer.register_forward_pre_hook([&](const nn::Module&, const Tensors& in) { seen = in; });
  const HookHandle after = layer.register_full_backward_hook(
      [&](const nn::Module&, const Tensors& dxs, const Tensors&) { slopes = dxs; });
  sum(layer(x, start).output).backward();
  REQUIRE(seen.size() == 3);
  CHECK(values(seen[1].detach()) == values(start.h.detach()));
  CHECK(values(seen[2].detach()) == values(start.c.detach()));
  REQUIRE(slopes.size() == 3);
  CHECK(!slopes[0].defined());
  CHECK(values(slopes[1]) == values(start.h.grad()));
  CHECK(values(slopes[2]) == values(start.c.grad()));

  sum(layer(clone(x).requires_grad_()).output).backward();  // from zeros
  REQUIRE(seen.size() == 3);
  CHECK((!seen[1].defined() && !seen[2].defined()));
  REQUIRE(slopes.size() == 3);
  CHECK(slopes[0].shape() == x.shape());
  CHECK((!slopes[1].defined() && !slopes[2].defined()));

  cell.register_forward_pre_hook([](const nn::Module&, const Tensors& in) {
    return Tensors{in[0], in[1] * 0};
  });
  const Tensor one = select(x, 0, 0), state = randn({2, 4}, float64);
  CHECK(values(cell(one, state).detach()) == values(cell(one, zeros({2, 4}, float64)).detach()));
}

TEST_CASE("a gradient behind a tensor that was not given has its own place") {
  struct Gate : nn::Module {
    Tensor operator()(const Tensor& x, const Tensor& bias, const Tensor& scale) const {
      const Call call(*this, Site());
      return call([](const Tensor& a, const Tensor& b,
                     const Tensor& c) { return (b.defined() ? a + b : a) * c; },
                  x, bias, scale);
    }
  };
  const Gate gate;
  const Tensor x = from_data(std::vector<double>{2, 3}, {2}).requires_grad_();
  const Tensor scale = from_data(std::vector<double>{5, 7}, {2}).requires_grad_();
  Tensors slopes;
  const HookHandle hook = gate.register_full_backward_hook(
      [&](const nn::Module&, const Tensors& dxs, const Tensors&) { slopes = dxs; });
  sum(gate(x, {}, scale)).backward();
  REQUIRE(slopes.size() == 3);
  CHECK(values(slopes[0]) == values(scale.detach()));
  CHECK(!slopes[1].defined());
  CHECK(values(slopes[2]) == values(x.detach()));
  CHECK(values(x.grad()) == values(scale.detach()));
  CHECK(values(scale.grad()) == values(x.detach()));
}

TEST_CASE("hooks replace inputs and outputs, with gradients") {
  manual_seed(1);
  Net net;
  net.first.register_forward_pre_hook(
      [](const nn::Module&, const Tensors& in) { return Tensors{in[0] * 2}; });
  net.last.register_forward_hook(
      [](const nn::Module&, const Tensors&, const Tensors& out) { return Tensors{out[0] + 1}; });
  const Tensor x = randn({5, 3}, float64);
  const Tensor expected = linear(relu(linear(x * 2, net.first.weight, net.first.bias)),
                                 net.last.weight, net.last.bias) +
                          1;
  CHECK(values(net.forward(x)) == values(expected));
  CHECK(check_gradients(net, {x}));
  net.last.register_forward_hook([](const nn::Module&, const Tensors&, const Tensors& out) {
    return Tensors{out[0], out[0]};
  });
  CHECK(error_of([&] { net.forward(x); }).find("a hook returned 2 tensors in the place of 1") !=
        std::string::npos);
}

TEST_CASE("backward hooks see the gradients of inputs and outputs") {
  manual_seed(2);
  Net net;
  const Tensor x = randn({5, 3}, float64).requires_grad_();
  sum(square(net.forward(x))).backward();
  const Tensor plain = clone(x.grad());
  const Tensor plain_weight = clone(net.first.weight.grad());

  Tensor dx, dy;
  net.last.register_full_backward_hook(
      [&](const nn::Module& m, const Tensors& dxs, const Tensors& dys) {
        CHECK(std::string(m.path()) == "last");
        if (!dys[0].defined()) return;  // where check_gradients differentiates gradients
        dx = dxs[0];
        dy = dys[0];
      });
  net.zero_grad();
  x.set_grad({});
  const Tensor y = net.forward(x);
  sum(square(y)).backward();
  CHECK(values(dy) == values(y.detach() * 2));
  CHECK(values(dx) == values(matmul(dy, net.last.weight.detach())));
  CHECK(values(x.grad()) == values(plain));

  // Replaced: the gradient of the input, doubled, on its way to the first layer.
  HookHandle doubled = net.last.register_full_backward_hook(
      [](const nn::Module&, const Tensors& dxs, const Tensors&) { return Tensors{dxs[0] * 2}; });
  net.zero_grad();
  x.set_grad({});
  sum(square(net.forward(x))).backward();
  CHECK(values(x.grad()) == values(plain * 2));
  doubled.remove();

  HookHandle none = net.last.register_full_backward_pre_hook(
      [](const nn::Module&, const Tensors& dys) { return Tensors{dys[0] * 0}; });
  net.zero_grad();
  sum(square(net.forward(x))).backward();
  CHECK(values(net.first.weight.grad()) == values(plain_weight * 0));
  none.remove();

  // The first layer's input needs no gradient here.
  int runs = 0;
  HookHandle without = net.first.register_full_backward_hook(
      [&](const nn::Module&, const Tensors& dxs, const Tensors& dys) {
        ++runs;
        CHECK_FALSE(dxs[0].defined());
        CHECK(dys[0].shape() == Shape{5, 4});
      });
  sum(net.forward(x.detach())).backward();
  CHECK(runs == 1);
  {
    const NoGrad no_grad;
    net.forward(x);
  }
  CHECK(runs == 1);
  without.remove();
  CHECK(check_gradients(net, {x}));
}

TEST_CASE("a backward hook keeps no graph alive, though the inputs' gradients are not asked for") {
  if (memory_stats().system_allocations == 0) SKIP_TEST("sanitizers: no pool that counts");
  nn::Linear layer(64, 64);
  layer.register_full_backward_hook([](const nn::Module&, const Tensors&, const Tensors&) {});
  std::int64_t before = 0;
  for (int i = 0; i < 6; ++i) {
    const Tensor y = layer(randn({1024, 64}).requires_grad_());  // 256 KiB
    grad(sum(square(y)), layer.weight, {.create_graph = true});
    if (i == 0) before = memory_stats().in_use;
  }
  CHECK(memory_stats().in_use - before < 512 * 1024);
}

TEST_CASE("hooks of a module of the user's run where the library calls it, or call() does") {
  struct Inner : nn::Module {
    Tensor forward(const Tensor& x) { return x * 2; }
  };
  int runs = 0;
  Inner inner;
  inner.register_forward_hook([&](const nn::Module&, const Tensors&, const Tensors&) { ++runs; });
  nn::Sequential net(inner, nn::ReLU());
  const Tensor x = ones({2});
  net(x);
  CHECK(runs == 1);
  CHECK(call(inner, x).to_vector<float>() == std::vector<float>{2, 2});
  CHECK(runs == 2);
  inner.forward(x);
  CHECK(runs == 2);
}

TEST_CASE("an embedding's hooks get ids, and a hook may add hooks") {
  nn::Embedding table(5, 3);
  int runs = 0;
  table.register_forward_hook([&](const nn::Module& m, const Tensors& in, const Tensors& out) {
    CHECK(in[0].dtype() == int64);
    if (++runs == 1)
      m.register_forward_hook([&](const nn::Module&, const Tensors&, const Tensors&) { ++runs; });
    return Tensors{out[0] * 3};
  });
  const Tensor ids = tensor({1, 4}, int64);
  CHECK(table(ids).to_vector<float>() ==
        (index_select(table.weight, 0, ids) * 3).to_vector<float>());
  CHECK(runs == 1);
  table(ids);
  CHECK(runs == 3);
}

TEST_CASE("modules refuse empty functions where they are given") {
  const std::string empty = " is an empty function; give one that can be called";
  const auto refuses = [&](auto&& f, const std::string& text) {
    CHECK(error_of(f).starts_with(text + empty + " [module_hooks_test.cpp:"));
  };
  nn::Linear layer(2, 2);
  const std::function<void(const nn::Module&, const Tensors&)> two;
  const std::function<void(const nn::Module&, const Tensors&, const Tensors&)> three;
  const std::function<Tensor(const Tensor&)> step;
  const std::function<Tensor()> loss;
  refuses([&] { layer.register_forward_pre_hook(two); }, "register_forward_pre_hook: hook");
  refuses([&] { layer.register_forward_hook(three); }, "register_forward_hook: hook");
  refuses([&] { layer.register_full_backward_pre_hook(two); },
          "register_full_backward_pre_hook: hook");
  refuses([&] { layer.register_full_backward_hook(three); }, "register_full_backward_hook: hook");
  refuses([&] { layer.apply(nullptr); }, "apply: fn");
  refuses([&] { nn::Sequential().push_back(step); }, "Sequential: a step");
  refuses([&] { nn::functional_call(layer, {}, loss); }, "functional_call: fn");
  refuses([&] { nn::hessian(layer, loss); }, "hessian: loss");
  refuses([&] { nn::hvp(layer, loss, ones({6})); }, "hvp: loss");
}
