// Hooks, gradients of interior tensors, accumulation over several calls of backward.

#include <cinta/cinta.hpp>
#include <ctime>
#include <memory>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

std::string at(int line) { return " [hooks.cpp:" + std::to_string(line) + "]"; }

}  // namespace

TEST_CASE("a hook reads the whole gradient, once for each backward") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * 3.0;
  std::vector<Doubles> seen;
  y.register_hook([&](const Tensor& g) { seen.push_back(values(g)); });
  x.register_hook([&](const Tensor& g) { seen.push_back(values(g)); });
  const Tensor z = sum(y * y + y);  // y is used three times
  z.backward({}, {.retain_graph = true});
  CHECK(seen == std::vector<Doubles>{{7, 13}, {21, 39}});
  CHECK(values(x.grad()) == Doubles{21, 39});
  grad({z}, {x});
  CHECK(seen.size() == 4);
  CHECK(values(x.grad()) == Doubles{21, 39});
}

TEST_CASE("hooks replace gradients in the order of their registration") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * 3.0;
  y.register_hook([](const Tensor& g) { return g + 1.0; });
  y.register_hook([](const Tensor& g) { return 10.0 * g; });
  x.register_hook([](const Tensor& g) { return -g; });
  sum(y).backward({}, {.retain_graph = true});
  CHECK(values(x.grad()) == Doubles{-60, -60});
  const Tensors g = grad({sum(y)}, {x, y});
  CHECK(values(g[0]) == Doubles{-60, -60});
  CHECK(values(g[1]) == Doubles{20, 20});
  CHECK(values(x.grad()) == Doubles{-60, -60});
}

TEST_CASE("hooks are removed by their handle, which may outlive the tensor") {
  HookHandle kept;
  const auto token = std::make_shared<int>();
  {
    Tensor x = leaf({1, 2});
    int calls = 0;
    HookHandle first = x.register_hook([&](const Tensor&) { ++calls; });
    HookHandle copy = first, second = x.register_hook([&](const Tensor&) { calls += 10; });
    kept = x.register_hook([token](const Tensor&) {});
    sum(x).backward();
    CHECK(calls == 11);
    copy.remove();
    first.remove();
    sum(x).backward();
    CHECK(calls == 21);
    second.remove();
    second.remove();
    sum(x).backward();
    CHECK(calls == 21);
    CHECK(token.use_count() == 2);
  }
  CHECK(token.use_count() == 1);  // the handle does not keep what the hook holds
  kept.remove();
  HookHandle().remove();
}

TEST_CASE("hooks by the thousand are removed in a time that grows as their number does") {
  const auto seconds = [](int count) {
    const Tensor x = leaf({1});
    std::vector<HookHandle> handles;
    for (int i = 0; i < count; ++i) handles.push_back(x.register_hook([](const Tensor&) {}));
    const std::clock_t start = std::clock();
    for (HookHandle& handle : handles) handle.remove();
    return double(std::clock() - start) / CLOCKS_PER_SEC;
  };
  double few = 0;
  for (int round = 0; round < 32; ++round) few += seconds(1000);
  CHECK(seconds(32000) < 6 * few + 0.05);
}

TEST_CASE("a hook may remove itself and others, and add some, while it runs") {
  Tensor x = leaf({1});
  int calls = 0;
  HookHandle once = x.register_hook([&](const Tensor&) {
    ++calls;
    once.remove();
    x.register_hook([&](const Tensor&) { calls += 100; });
  });
  sum(x).backward();
  CHECK(calls == 1);
  sum(x).backward();
  CHECK(calls == 101);
}

TEST_CASE("hooks may differentiate, themselves") {
  Tensor x = leaf({2}), w = leaf({3});
  const Tensor y = x * 1.0;
  y.register_hook([&](const Tensor& g) {
    const EnableGrad enable;
    return g * grad({w * w * w}, {w})[0];
  });
  (y * y).backward();
  CHECK(x.grad().item() == 4 * 27);
}

TEST_CASE("under create_graph hooks are part of the graph") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * x;
  HookHandle hook = y.register_hook([](const Tensor& g) { return g * g; });
  // dy = 3 y^2, squared 9 y^4; dx = 18 x^9.
  const Tensor g = grad({sum(y * y * y)}, {x}, {.create_graph = true})[0];
  CHECK(values(g) == Doubles{18, 18 * 512});
  hook.remove();  // it would square what comes through y in the second pass, too
  CHECK(values(grad({sum(g)}, {x})[0]) == Doubles{162, 162 * 256});
  // And not, without.
  bool recorded = true;
  const Tensor z = x * x;
  z.register_hook([&](const Tensor& h) { recorded = (h * x).requires_grad(); });
  sum(z).backward();
  CHECK_FALSE(recorded);
}

TEST_CASE("a replacement that cannot be the gradient is refused") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * 3.0;
  const int line = __LINE__ - 1;
  HookHandle hook = y.register_hook([](const Tensor&) { return ones({3}, float64); });
  CHECK(error_of([&] { sum(y).backward(); }) ==
        "mul: a hook returned a gradient of float64 (3,) for its output of float64 (2,)" +
            at(line));
  hook.remove();
  hook = y.register_hook([](const Tensor&) { return ones({2}); });
  CHECK_THROWS_AS(sum(y).backward(), DtypeError);
  CHECK(error_of([&] { sum(y).backward(); }) ==
        "mul: a hook returned a gradient of float32 (2,) for its output of float64 (2,)" +
            at(line));
  hook.remove();
  hook = y.node()->register_hook([](const Tensors& g, const Tensors&) {
    return Tensors{ones({1, 2}, float64), g[1]};
  });
  CHECK(error_of([&] { sum(y).backward(); }) ==
        "mul: a hook returned a gradient of float64 (1, 2) for input 0 of float64 (2,)" + at(line));
  hook.remove();
  hook = y.node()->register_hook([](const Tensors& g, const Tensors&) { return Tensors{g[0]}; });
  CHECK(error_of([&] { sum(y).backward(); }) ==
        "mul: a hook returned 1 gradients for 2 inputs" + at(line));
  hook.remove();
  sum(y).backward();
  CHECK(values(x.grad()) == Doubles{3, 3});

  Tensor w = ones({2}, float64);
  w.requires_grad_();
  const int leaf_line = __LINE__ - 1;
  w.register_hook([](const Tensor&) { return ones({1}, float64); });
  std::string text = error_of([&] { sum(w).backward(); });
  CHECK(text == "leaf: a hook returned a gradient of float64 (1,) for its output of float64 (2,)" +
                    at(leaf_line));
  text = error_of([&] { ones({2}).register_hook([](const Tensor&) {}); });
  const int here = __LINE__ - 1;
  CHECK(text ==
        "register_hook: this tensor does not collect gradients; call requires_grad_() first" +
            at(here));
}

TEST_CASE("hooks of a node see what goes in and what comes out") {
  Tensor a = leaf({1, 2}), b = leaf({3, 4}), row = leaf({1});
  const Tensor y = a * b;
  std::vector<Doubles> seen;
  y.node()->register_prehook([](const Tensor& g) { return 2.0 * g; });
  y.node()->register_hook([&](const Tensors& g, const Tensors& dys) {
    seen = {values(dys[0]), values(g[0]), values(g[1])};
    return Tensors{};
  });
  y.node()->register_hook([](const Tensors& g, const Tensors&) {
    return Tensors{g[0] + 1.0, Tensor()};
  });
  sum(y).backward();
  CHECK(seen == std::vector<Doubles>{{2, 2}, {6, 8}, {2, 4}});
  CHECK(values(a.grad()) == Doubles{7, 9});
  CHECK(values(b.grad()) == Doubles{2, 4});
  // Broadcasting is undone before; what nobody asks for is undefined.
  const Tensor z = a * row;
  z.node()->register_hook([&](const Tensors& g, const Tensors&) {
    CHECK_FALSE(g[0].defined());
    CHECK(values(g[1]) == Doubles{3});
    return Tensors{g[0], 5.0 * g[1]};
  });
  CHECK(grad({sum(z)}, {row})[0].item() == 15);
}

TEST_CASE("interior tensors keep their gradient when told to") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * 3.0, z = y * y;
  CHECK_FALSE(y.grad().defined());
  y.retain_grad();
  y.retain_grad();
  x.retain_grad();
  y.register_hook([](const Tensor& g) { return 10.0 * g; });
  sum(z).backward({}, {.retain_graph = true});
  CHECK(values(y.grad()) == Doubles{60, 120});  // after the hooks
  CHECK(values(x.grad()) == Doubles{180, 360});
  CHECK_FALSE(z.grad().defined());
  sum(z).backward({}, {.retain_graph = true});
  CHECK(values(y.grad()) == Doubles{120, 240});
  mul_(y.grad(), 2.0);
  CHECK(values(x.grad()) == Doubles{360, 720});
  y.set_grad({});
  CHECK_FALSE(y.grad().defined());
  sum(z).backward();
  CHECK(values(y.grad()) == Doubles{60, 120});
  const std::string text = error_of([&] { z.set_grad({}); });
  const int line = __LINE__ - 1;
  CHECK(text ==
        "set_grad: only leaves collect gradients, and this is the result of mul; call "
        "retain_grad() on it first" +
            at(line));
  CHECK_THAT(error_of([&] { y.detach().retain_grad(); }),
             StartsWith("retain_grad: this tensor does not collect gradients"));
}

TEST_CASE("a retained gradient can be part of a graph") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * x;
  y.retain_grad();
  sum(y * y).backward({}, {.create_graph = true});
  const Tensor g = y.grad();  // 2 x^2
  CHECK(g.requires_grad());
  CHECK(values(grad({sum(g)}, {x})[0]) == Doubles{4, 8});
  y.set_grad({});  // each holds the other
  x.set_grad({});
}

TEST_CASE("hooks stay with the value, retained gradients with the tensor, when it is overwritten") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * 1.0, view = slice(y, 0, 0, 1);
  Doubles before, after;
  y.register_hook([&](const Tensor& g) { before = values(g); });
  y.retain_grad();
  view.retain_grad();
  mul_(y, 5.0);
  y.register_hook([&](const Tensor& g) { after = values(g); });
  (sum(y) + sum(view)).backward({}, {.retain_graph = true});
  CHECK(after == Doubles{2, 1});
  CHECK(before == Doubles{10, 5});
  CHECK(values(y.grad()) == Doubles{2, 1});
  CHECK(values(view.grad()) == Doubles{1});
  zero_(slice(y, 0, 1, 2));
  sum(y).backward();
  CHECK(values(y.grad()) == Doubles{3, 2});  // added to what it had
}

TEST_CASE("gradients accumulate over calls, with and without their graph") {
  Tensor x = leaf({1, 2});
  const Tensor y = sum(x * x * x);
  y.backward({}, {.retain_graph = true});
  const Tensor first = x.grad();
  y.backward({}, {.retain_graph = true});
  CHECK(values(x.grad()) == Doubles{6, 24});
  CHECK(values(first) == Doubles{3, 12});  // somebody holds it: it is not added to in place
  y.backward({}, {.create_graph = true});
  CHECK(values(x.grad()) == Doubles{9, 36});
  CHECK(x.grad().requires_grad());
  CHECK(values(grad({sum(x.grad())}, {x}, {.retain_graph = true})[0]) == Doubles{6, 12});
  y.backward({}, {.create_graph = true});
  CHECK(values(grad({sum(x.grad())}, {x}, {.retain_graph = true})[0]) == Doubles{12, 24});
  y.backward({}, {.retain_graph = true});  // a plain one on top of a recorded one
  CHECK(values(x.grad()) == Doubles{15, 60});
  CHECK_FALSE(x.grad().requires_grad());
  y.backward();
  CHECK(values(x.grad()) == Doubles{18, 72});
  CHECK_THROWS_AS(y.backward(), GraphError);
  CHECK(values(x.grad()) == Doubles{18, 72});
}

TEST_CASE("zero_grad empties or zeroes, also what belongs to a graph") {
  nn::Linear layer(2, 1);
  const Tensor w = layer.weight;
  sum(layer(ones({1, 2}))).backward();
  const Tensor gradient = w.grad();
  layer.zero_grad(false);
  CHECK(values(gradient) == Doubles{0, 0});
  CHECK(w.grad().impl() == gradient.impl());
  layer.zero_grad();
  CHECK_FALSE(w.grad().defined());
  layer.zero_grad(false);
  CHECK_FALSE(w.grad().defined());

  square(sum(layer(ones({1, 2})))).backward({}, {.create_graph = true});
  const Tensor recorded = w.grad();
  CHECK(recorded.requires_grad());
  layer.zero_grad(false);
  CHECK(values(w.grad()) == Doubles{0, 0});
  CHECK_FALSE(w.grad().requires_grad());
  CHECK_NOTHROW(sum(recorded * recorded).backward());
}

TEST_CASE("what is handed out shares memory with nothing else") {
  const bool create_graph = GENERATE(false, true);
  CAPTURE(create_graph);
  Tensor a = leaf({1, 1}), b = leaf({1, 1});
  const Tensor w = tensor({1, 2}, float64);
  const auto scale = [](const Tensor& g) { mul_(g.detach(), 10.0); };
  SECTION("results of grad") {
    const Tensor y = (a + b) * w;
    for (const Tensor& g :
         grad({y}, {a, b, a, y}, {.grad_outputs = {w}, .create_graph = create_graph}))
      scale(g);
    const Tensors again = grad({sum((a + b) * w)}, {a, b, a}, {.create_graph = create_graph});
    scale(again[0]);
    CHECK(values(again[1]) == Doubles{1, 2});
    CHECK(values(again[2]) == Doubles{1, 2});
    CHECK(values(w) == Doubles{1, 2});
  }
  SECTION("gradients of leaves and of interior tensors") {
    const Tensor y = a + b;
    y.retain_grad();
    y.backward(w, {.create_graph = create_graph});
    scale(y.grad());
    scale(a.grad());
    CHECK(values(b.grad()) == Doubles{1, 2});
    CHECK(values(w) == Doubles{1, 2});
  }
  SECTION("what hooks get") {
    const Tensor y = a + b, z = y + 0.0;
    Tensor kept;
    a.register_hook([&](const Tensor& g) { scale(g); });
    y.register_hook([&](const Tensor& g) { kept = g; });
    z.node()->register_hook([&](const Tensors& gradients, const Tensors& dys) {
      scale(dys[0]);
      scale(gradients[0]);
      return Tensors();
    });
    z.backward(w, {.create_graph = create_graph});
    scale(kept);
    CHECK(values(a.grad()) == Doubles{100, 200});
    CHECK(values(b.grad()) == Doubles{10, 20});
    CHECK(values(w) == Doubles{1, 2});
  }
  for (Tensor* x : {&a, &b}) x->set_grad({});
}

TEST_CASE("a gradient that nobody else holds is handed out without a copy") {
  Tensor x = leaf({1, 2});
  const void* memory = nullptr;
  x.register_hook([&](const Tensor& g) { memory = g.impl()->memory; });
  const Tensor g = grad({sum(exp(x))}, {x})[0];
  CHECK(g.impl()->memory == memory);
  sum(exp(x)).backward();
  CHECK(x.grad().impl()->memory == memory);
}

TEST_CASE("a watched view stays on the way of views of it when its base is written to") {
  Tensor x0 = leaf({1, 2, 3});
  const Tensor x = x0 * 1.0;
  Tensor middle = slice(x, 0, 0, 2), y = select(middle, 0, 1), z = select(middle, 0, 0);
  std::vector<Doubles> seen;
  const HookHandle hook = middle.register_hook([&](const Tensor& g) { seen.push_back(values(g)); });
  const auto write = [&] { add_(select(x, 0, 0), 1.0); };
  SECTION("and keeps its gradient") {
    middle.retain_grad();
    const int writes = GENERATE(0, 1, 2);
    for (int i = 0; i < writes; ++i) write();
    const bool first = GENERATE(false, true);  // its own new history may be older or younger
    if (first) CHECK(middle.requires_grad());
    (y * 3.0 + z).backward();
    CHECK(values(x0.grad()) == Doubles{1, 3, 0});
    CHECK(values(middle.grad()) == Doubles{1, 3});
    CHECK(seen == std::vector<Doubles>{{1, 3}});
  }
  SECTION("and what was computed before the write still goes through its hooks") {
    const Tensor before = y * 3.0;
    write();
    (before + z).backward();
    CHECK(seen.size() == 2);
    CHECK(values(x0.grad()) == Doubles{1, 3, 0});
  }
  SECTION("and watches even when its handle is gone") {
    middle = Tensor();
    write();
    (y * 3.0).backward();
    CHECK(seen == std::vector<Doubles>{{0, 3}});
  }
  SECTION("and so does one between it and the base") {
    const Tensor part = select(reshape(middle, {2, 1}), 1, 0), last = select(part, 0, 1);
    part.retain_grad();
    middle.retain_grad();
    write();
    (last * 5.0).backward();
    CHECK(values(part.grad()) == Doubles{0, 5});
    CHECK(values(middle.grad()) == Doubles{0, 5});
  }
  SECTION("but not when it is written to itself: hooks stay with the value") {
    middle.retain_grad();
    mul_(middle, 2.0);
    (y * 3.0).backward();
    CHECK(values(middle.grad()) == Doubles{0, 3});
    CHECK(seen == std::vector<Doubles>{{0, 6}});
  }
  SECTION("or the loss of what it watches is said") {
    const Tensor rows = broadcast_to(reshape(x, {1, 3}), {2, 3}), row = select(rows, 0, 0);
    rows.retain_grad();
    write();
    CHECK_THAT(
        error_of([&] { sum(row).backward(); }),
        StartsWith("broadcast_to: the gradient of this view of repeated elements is watched"));
  }
}
