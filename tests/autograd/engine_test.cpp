#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

#include <pthread.h>

#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>
#include <thread>

using namespace cinta;

namespace {

std::vector<double> values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

// Runs f in a thread whose stack would not hold a deep recursion.
void run_with_small_stack(const std::function<void()>& f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  const auto start = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, start,
                         const_cast<void*>(static_cast<const void*>(&f))) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

// An operation whose rule returns what the test hands it.
Tensor with_rule(const Tensor& x, const std::function<Tensor(const Grad&)>& rule) {
  return apply(
      {"odd", Save::inputs(), Site()}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { copy_(y, in[0]); }, rule);
}

}  // namespace

TEST_CASE("leaves accumulate over backward calls") {
  Tensor w = leaf({1, 2, 3});
  sum(w * w).backward();
  CHECK(values(w.grad()) == std::vector<double>{2, 4, 6});
  sum(w * 10).backward();
  CHECK(values(w.grad()) == std::vector<double>{12, 14, 16});
  w.set_grad({});
  CHECK_FALSE(w.grad().defined());
}

TEST_CASE("grad() takes leaves and interior tensors and leaves the leaves alone") {
  Tensor x = leaf({2, 3});
  const Tensor y = x * x;
  const Tensor z = sum(y * y);
  const Tensors g = grad({z}, {x, y, z});
  CHECK(values(g[0]) == std::vector<double>{32, 108});
  CHECK(values(g[1]) == std::vector<double>{8, 18});
  CHECK(g[2].item() == 1);
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(g[0].requires_grad());
}

TEST_CASE("grad() of one tensor by one, and of constants") {
  Tensor x = leaf({2, 3});
  const Tensor slope = grad(sum(x * x * x), x, {.create_graph = true});
  CHECK(values(slope) == std::vector<double>{12, 27});
  CHECK(values(grad(slope, x, {.grad_outputs = {full({2}, 1, float64)}})) ==
        std::vector<double>{12, 18});
  const Tensors list = grad({sum(x * x)}, {x});
  CHECK(values(list[0]) == std::vector<double>{4, 6});

  // The gradient of a linear function is recorded and a constant.
  const Tensor constant = grad(sum(2 * x), x, {.create_graph = true});
  CHECK(values(constant) == std::vector<double>{2, 2});
  CHECK_FALSE(grad(constant, x, {.allow_unused = true}).defined());
  CHECK_THROWS_AS(grad(sum(constant), x), DetachedError);
  const Tensors mixed = grad({sum(constant), sum(x * x)}, {x}, {.allow_unused = true});
  CHECK(values(mixed[0]) == std::vector<double>{4, 6});
}

TEST_CASE("several outputs and their weights") {
  Tensor x = leaf({1, 2});
  const Tensor a = x * 3, b = x * x;
  const Tensors g =
      grad({a, b}, {x}, {.grad_outputs = {ones({2}, float64), tensor({1, 10}, float64)}});
  CHECK(values(g[0]) == std::vector<double>{3 + 2, 3 + 40});
  backward({sum(x * 3), sum(x * x)});
  CHECK(values(x.grad()) == std::vector<double>{5, 7});
}

TEST_CASE("diamonds and many uses add up, interior sums never count twice") {
  Tensor x = leaf({3});
  const Tensor y = x * x;          // 9, used twice
  const Tensor z = y * y + y * x;  // x^4 + x^3
  sum(z).backward({}, {.retain_graph = true});
  CHECK(x.grad().item() == 4 * 27 + 3 * 9);
  sum(z).backward({}, {.retain_graph = true});
  CHECK(x.grad().item() == 2 * (4 * 27 + 3 * 9));

  Tensor w = leaf({1});
  Tensor total = w;
  for (int i = 0; i < 1000; ++i) total = total + w;
  total.backward();
  CHECK(w.grad().item() == 1001);
}

TEST_CASE("gradients of different leaves never share memory") {
  Tensor a = leaf({1, 2}), b = leaf({3, 4});
  sum(a + b).backward();  // add hands the same gradient to both
  fill_(a.grad(), 7);
  CHECK(values(b.grad()) == std::vector<double>{1, 1});
}

TEST_CASE("broadcasting is undone once for all operations") {
  Tensor row = leaf({1, 2, 3}), number = tensor({2}, float64);
  number = reshape(number, {}).requires_grad_();
  const Tensor matrix = ones({4, 3}, float64);
  sum(matrix * row + number).backward();
  CHECK(values(row.grad()) == std::vector<double>{4, 4, 4});
  CHECK(number.grad().shape() == Shape{});
  CHECK(number.grad().item() == 12);
}

TEST_CASE("a gradient comes back through a change of dtype") {
  Tensor x = tensor({1, 2}).requires_grad_();
  sum(to(x, float64) * x).backward();
  CHECK(x.grad().dtype() == float32);
  CHECK(values(x.grad()) == std::vector<double>{2, 4});
}

TEST_CASE("third derivatives of sum(x * exp(x * x)) match the closed form") {
  manual_seed(1);
  Tensor x = uniform({50}, -1.5, 1.5, float64).requires_grad_();
  Tensor y = sum(x * exp(x * x));
  for (int order = 0; order < 3; ++order) y = sum(grad({y}, {x}, {.create_graph = true})[0]);
  const Tensor third =
      grad({sum(grad({sum(grad({sum(x * exp(x * x))}, {x}, {.create_graph = true})[0])}, {x},
                     {.create_graph = true})[0])},
           {x})[0];
  for (int i = 0; i < 50; ++i) {
    // f = x e^(x^2): f' = (1 + 2x^2) e, f'' = (6x + 4x^3) e, f''' = (6 + 24x^2 + 8x^4) e.
    const double v = x.data<double>()[i];
    const double expected = (6 + 24 * v * v + 8 * std::pow(v, 4)) * std::exp(v * v);
    CHECK(std::abs(third.data<double>()[i] - expected) <= 1e-9 * std::max(1.0, std::abs(expected)));
  }
  CHECK(y.item() == Approx(sum(third).item()).epsilon(1e-12));
}

TEST_CASE("a chain of a million nodes is differentiated and freed without recursion") {
  run_with_small_stack([] {
    Tensor x = tensor({1, 2}).requires_grad_();
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = i % 2 ? y * 1.0 : y + 0.0;
    sum(y).backward();
    CHECK(values(x.grad()) == std::vector<double>{1, 1});
  });
  // The same freed from the other side, with every node saving its input.
  run_with_small_stack([] {
    Tensor x = tensor({0.5}).requires_grad_();
    Tensor y = x;
    for (int i = 0; i < 200'000; ++i) y = square(y);
    CHECK(y.node() != nullptr);
  });
}

TEST_CASE("nothing is recorded under NoGrad, unless EnableGrad says so") {
  Tensor x = leaf({1});
  {
    const NoGrad no_grad;
    CHECK_FALSE((x * x).requires_grad());
    const EnableGrad enable;
    CHECK((x * x).requires_grad());
  }
  CHECK((x * x).requires_grad());
  CHECK_FALSE((x * x).detach().requires_grad());
  CHECK_FALSE(gt(x, 0).requires_grad());
}

TEST_CASE("what the graph does not allow is refused with what to do") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * x;
  const auto line = [](int n) { return " [engine_test.cpp:" + std::to_string(n) + "]"; };

  // Calls stand on lines of their own: within a macro over several lines, __LINE__ says little.
  std::string text = error_of([&] { y.backward(); });
  std::string place = line(__LINE__ - 1);
  CHECK(text ==
        "backward: a root of shape (2,) needs a gradient to weigh its elements; pass one, or "
        "reduce the root with sum or mean" +
            place);
  text = error_of([&] { y.backward(ones({3}, float64)); });
  place = line(__LINE__ - 1);
  CHECK(text == "backward: the gradient is float64 (3,), the root float64 (2,)" + place);
  CHECK_THAT(
      error_of([&] { sum(y.detach()).backward(); }),
      StartsWith("backward: the root does not depend on any tensor that requires gradients"));
  CHECK_THAT(error_of([&] { grad({sum(y)}, {tensor({1}, float64)}); }),
             StartsWith("grad: an input of shape (1,) does not require gradients; call "
                        "requires_grad_() on it before the computation"));
  const Tensor unused = leaf({1});
  CHECK_THAT(error_of([&] {
               grad({sum(y)}, {x, unused}, {.retain_graph = true});
             }),
             StartsWith("grad: input 1 of shape (1,) was not used to compute the outputs; pass "
                        "allow_unused"));
  const Tensors some = grad({sum(y)}, {x, unused}, {.retain_graph = true, .allow_unused = true});
  CHECK(some[0].defined());
  CHECK_FALSE(some[1].defined());
  const Tensors one = grad({sum(y)}, {x, tensor({1}, float64)},  // which needs no gradient
                           {.retain_graph = true, .allow_unused = true});
  CHECK(one[0].defined());
  CHECK_FALSE(one[1].defined());
  CHECK_THAT(error_of([&] { grad({Tensor()}, {x}); }), StartsWith("grad: undefined root"));

  sum(y).backward();
  CHECK_THAT(error_of([&] { sum(y).backward(); }),
             StartsWith("mul: what backward needs was freed by an earlier backward; pass "
                        "retain_graph to the earlier one to run it again"));
  CHECK_THAT(error_of([&] { Tensor(y).requires_grad_(); }),
             StartsWith("requires_grad_: this is the result of mul, not a leaf"));
  CHECK_THAT(error_of([&] { ones({2}, int64).requires_grad_(); }),
             StartsWith("requires_grad_: gradients need a floating dtype, this is int64"));
  CHECK_THAT(error_of([&] { y.set_grad(x); }),
             StartsWith("set_grad: only leaves collect gradients"));
  CHECK_THAT(error_of([&] { x.set_grad(ones({3}, float64)); }),
             StartsWith("set_grad: the gradient is float64 (3,), the tensor float64 (2,)"));
  CHECK_THAT(error_of([&] { Tensor() + x; }), StartsWith("add: an operand is an undefined tensor"));
}

TEST_CASE("an overwritten saved value is noticed, a harmless write is not") {
  Tensor x = leaf({1, 2});
  const Tensor factor = tensor({3, 4}, float64);
  const Tensor y = sum(x * factor);
  fill_(factor, 5);
  const int line = __LINE__ - 1;
  CHECK(error_of([&] { y.backward(); }) ==
        "mul: input 1, saved for backward, was overwritten by fill_ [engine_test.cpp:" +
            std::to_string(line) + "] (version 0 was saved, now it is 1) [engine_test.cpp:" +
            std::to_string(line - 1) + "]");
  const Tensor z = sum(x + factor);  // add saves nothing
  fill_(factor, 6);
  z.backward();
  CHECK(values(x.grad()) == std::vector<double>{1, 1});
}

TEST_CASE("a user's rule that returns nonsense is named, with the line that called it") {
  Tensor x = leaf({1, 2});
  const Tensor wrong_shape = with_rule(x, [](const Grad&) { return ones({3}, float64); });
  CHECK_THAT(error_of([&] { sum(wrong_shape).backward(); }),
             StartsWith("odd: its backward rule returned a gradient of float64 (3,) for input 0 of "
                        "float64 (2,); return one of that dtype and shape"));
  const Tensor wrong_dtype = with_rule(x, [](const Grad&) { return ones({2}); });
  CHECK_THAT(error_of([&] { sum(wrong_dtype).backward(); }),
             StartsWith("odd: its backward rule returned a gradient of float32 (2,) for input 0"));
  const Tensor not_saved = with_rule(x, [](const Grad& g) { return g.out(); });
  CHECK_THAT(
      error_of([&] { sum(not_saved).backward(); }),
      StartsWith("odd: its backward rule reads its output, which the operation does not save"));
  // The engine is usable after an error.
  sum(x * x).backward();
  CHECK(values(x.grad()) == std::vector<double>{2, 4});
}

TEST_CASE("a rule may differentiate a graph of its own") {
  Tensor x = leaf({2});
  const Tensor y = with_rule(x, [](const Grad& g) {
    const EnableGrad enable;
    Tensor inner = g.in(0).detach().requires_grad_();
    return g.dy * grad({inner * inner * inner}, {inner})[0];
  });
  y.backward();
  CHECK(x.grad().item() == 12);
}

TEST_CASE("errors name the caller's line for functions and operators") {
  const Tensor a = ones({2, 3}), b = ones({4});
  const std::string text =
      "(2, 3) and (4,) do not broadcast: sizes 3 and 4 differ [engine_test.cpp:";
  CHECK(error_of([&] { a + b; }) == "add: " + text + std::to_string(__LINE__) + "]");
  CHECK(error_of([&] { maximum(a, b); }) == "maximum: " + text + std::to_string(__LINE__) + "]");
  const std::string product = error_of([&] { matmul(a, b); });
  const std::string line = std::to_string(__LINE__ - 1);
  CHECK(product ==
        "matmul: (2, 3) x (4,): inner sizes 3 and 4 differ [engine_test.cpp:" + line + "]");
  Tensor w = ones({3}).requires_grad_();
  CHECK((w * 2).node()->site().line == __LINE__);
  CHECK(mse_loss(w, w).node()->site().line == __LINE__);
}

TEST_CASE("threads differentiate graphs of their own over a shared leaf") {
  Tensor w = full({1000}, 0.5, float64).requires_grad_();
  const auto work = [&w](double factor) {
    for (int i = 0; i < 50; ++i) sum(w * w * factor).backward();
  };
  std::thread first(work, 1.0), second(work, 2.0);
  first.join();
  second.join();
  // 50 * (1 + 2) * 2 * 0.5, exact in any order.
  CHECK(min(w.grad()).item() == 150);
  CHECK(max(w.grad()).item() == 150);
}

TEST_CASE("once warm, a training step takes nothing from the system") {
  manual_seed(2);
  nn::Sequential net(nn::Linear(16, 32), nn::ReLU(), nn::Dropout(0.1), nn::Linear(32, 4));
  optim::Adam optimizer(net.parameters());
  const Tensor x = randn({64, 16}), labels = randint(0, 4, {64});
  const auto step = [&] {
    optimizer.zero_grad();
    cross_entropy(net(x), labels).backward();
    optimizer.step();
  };
  for (int i = 0; i < 5; ++i) step();
  const std::int64_t before = memory_stats().system_allocations;
  for (int i = 0; i < 100; ++i) step();
  CHECK(memory_stats().system_allocations == before);
}

TEST_CASE("a model learns") {
  manual_seed(3);
  const Tensor x = uniform({512, 2}, -1, 1);
  const Tensor labels = to(gt(slice(x, 1, 0, 1) * slice(x, 1, 1, 2), 0), int64);
  nn::Sequential net(nn::Linear(2, 32), nn::Tanh(), nn::Linear(32, 2));
  optim::Adam optimizer(net.parameters(), {.lr = 0.02});
  double loss = 0;
  for (int i = 0; i < 200; ++i) {
    optimizer.zero_grad();
    const Tensor l = cross_entropy(net(x), flatten(labels));
    l.backward();
    optimizer.step();
    loss = l.item();
  }
  const Tensor hits = eq(argmax(net(x), 1), flatten(labels));
  CHECK(loss < 0.1);
  CHECK(mean(to(hits, float32)).item() > 0.97);
}
