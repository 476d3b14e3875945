// What of a graph is run, kept, freed and noticed.

#include <cinta/cinta.hpp>
#include <cmath>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

// x^2 by a rule of the caller's.
template <class Rule>
Tensor custom_square(const Tensor& x, Save save, Rule rule, Site site = {}) {
  return apply(
      {"custom_square", save, site}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { copy_(y, square(in[0])); }, rule);
}

}  // namespace

TEST_CASE("grad runs only what leads to an input, and each node once") {
  Tensor x = leaf({1, 2}), y = leaf({3, 4});
  int runs = 0;
  const Tensor watched = custom_square(y, Save::inputs(), [&runs](const Grad& g) {
    ++runs;
    return g.dy * (2 * g.in(0));
  });
  // watched is reached over paths of different lengths.
  const Tensor z = sum(x * watched + exp(0 * watched) * watched);
  CHECK(values(grad({z}, {x}, {.retain_graph = true})[0]) == Doubles{9, 16});
  CHECK(runs == 0);
  CHECK(values(grad({z}, {y})[0]) == Doubles{6 * (1 + 1), 8 * (2 + 1)});
  CHECK(runs == 1);

  // 2^40 paths over 40 nodes.
  Tensor w = leaf({1}), doubled = w;
  for (int i = 0; i < 40; ++i) doubled = doubled + doubled;
  doubled.backward();
  CHECK(w.grad().item() == std::pow(2.0, 40));
}

TEST_CASE("many leaves of one root") {
  Tensors leaves;
  Tensor total = zeros({}, float64);
  for (int i = 0; i < 3000; ++i) {
    leaves.push_back(full({}, i, float64).requires_grad_());
    total = total + leaves.back() * leaves.back();
  }
  const Tensors gradients = grad({total}, leaves);
  for (int i = 0; i < 3000; ++i) REQUIRE(gradients[std::size_t(i)].item() == 2 * i);
}

TEST_CASE("what was saved goes as soon as backward has used it") {
  Tensor x = leaf({1, 2});
  const Tensor factor = tensor({3, 4}, float64);
  const Tensor y = sum(x * factor);
  CHECK_FALSE(factor.is_unique());
  y.backward();
  CHECK(factor.is_unique());
}

TEST_CASE("retain_graph and create_graph keep it") {
  Tensor x = leaf({1, 2});
  const Tensor y = sum(exp(x));
  y.backward({}, {.retain_graph = true});
  grad({y}, {x}, {.create_graph = true});
  CHECK_NOTHROW(grad({y}, {x}));
  CHECK_THROWS_AS(grad({y}, {x}), GraphError);
}

TEST_CASE("gradients that are recorded collect in leaves as parts of the graph") {
  Tensor x = leaf({1, 2});
  sum(x * x * x).backward({}, {.create_graph = true});
  const Tensor g = x.grad();
  CHECK(g.requires_grad());
  x.set_grad({});
  sum(g).backward();
  CHECK(values(x.grad()) == Doubles{6, 12});
  x.set_grad({});
}

TEST_CASE("a rule's gradient may be larger by broadcasting, or undefined for 0") {
  Tensor x = leaf({1, 2, 3});
  const auto wider = [](const Grad& g) { return broadcast_to(g.dy, {2, 3}); };
  sum(custom_square(x, Save::nothing(), wider)).backward();
  CHECK(values(x.grad()) == Doubles{2, 2, 2});
  x.set_grad({});
  const auto none = [](const Grad&) { return Tensor(); };
  (sum(custom_square(x, Save::nothing(), none)) + sum(x)).backward();
  CHECK(values(x.grad()) == Doubles{1, 1, 1});
}

TEST_CASE("every way to overwrite what was saved is noticed") {
  Tensor x = leaf({1, 2});
  const Tensor y = exp(x), z = x * x;
  SECTION("an output") {
    const NoGrad no_grad;
    fill_(y, 0);
  }
  SECTION("by a view on part of the memory") { fill_(slice(y.detach(), 0, 0, 1), 0); }
  SECTION("by xtensor or a loop that says so") {
    y.data<double>()[0] = 3;
    y.storage()->bump_version();
  }
  SECTION("a leaf, through another handle") { copy_(x.detach(), tensor({5, 5})); }
  SECTION("new data for a leaf") {
    CHECK(values(x) == Doubles{1, 2});
    x.set_data(tensor({5, 5}, float64));
  }
  SECTION("new data twice") {
    x.set_data(tensor({5, 5}, float64));
    x.set_data(tensor({1, 2}, float64));
  }
  CHECK_THROWS_AS((sum(y) + sum(z)).backward(), GraphError);
}

TEST_CASE("an optimizer's step between forward and backward is noticed") {
  nn::Linear layer(2, 1);
  optim::SGD optimizer(layer.parameters(), {.lr = 0.1});
  Tensor x = ones({3, 2}).requires_grad_();
  sum(layer(x)).backward();
  const Tensor late = sum(layer(x));
  optimizer.step();
  CHECK_THROWS_AS(late.backward(), GraphError);
}

TEST_CASE("new data does not disturb graphs that saved the old elements by another handle") {
  Tensor x = leaf({1, 2});
  const Tensor old = x.detach();
  Tensor w = leaf({3, 4});
  const Tensor y = sum(w * old);
  x.set_data(tensor({5, 5}, float64));
  y.backward();
  CHECK(values(w.grad()) == Doubles{1, 2});
}

TEST_CASE("a graph that one thread began and others went on with") {
  Tensor x = leaf({1, 2});
  Tensor y;
  std::thread([&] {
    for (int i = 0; i < 100; ++i) y = x * x;  // far ahead of this thread's clock
  }).join();
  const Tensor z = y * x;
  std::thread([&] { sum(z).backward(); }).join();
  CHECK(values(x.grad()) == Doubles{3, 12});
}

TEST_CASE("another thread has its own grad mode") {
  Tensor x = leaf({1});
  const NoGrad no_grad;
  bool recorded = false;
  std::thread([&] { recorded = (x * x).requires_grad(); }).join();
  CHECK(recorded);
}

TEST_CASE("operators note their line, each of them") {
  Tensor x = leaf({1, 2});
  const auto line_of = [](const Tensor& y) { return int(y.node()->site().line); };
  CHECK(line_of(exp(x)) == __LINE__);
  CHECK(line_of(x + x) == __LINE__);
  CHECK(line_of(2 - x) == __LINE__);
  CHECK(line_of(x / 2) == __LINE__);
  CHECK(line_of(-x) == __LINE__);
  CHECK(line_of(pow(x, 2)) == __LINE__);
  CHECK(line_of(where(gt(x, 0), x, 0)) == __LINE__);
  CHECK(std::string((x * x).node()->name()) == "mul");
}

TEST_CASE("composed functions report their caller, in backward too") {
  const auto library_function = [](const Tensor& x, Site site) {
    const SiteScope scope(site);
    return exp(x) * 2;
  };
  Tensor x = leaf({1, 2});
  Site user("src/user.cpp", 12);
  user.module = "net.hidden";
  const Tensor y = library_function(x, user);
  CHECK(y.node()->site().str() == "net.hidden, user.cpp:12");
  CHECK(y.node()->input(0)->site().str() == "net.hidden, user.cpp:12");
  const Tensor root = sum(y);
  root.backward();
  CHECK_THAT(error_of([&] { root.backward(); }), EndsWith("[net.hidden, user.cpp:12]"));
}

TEST_CASE("a leaf may get new data, and may stop to collect") {
  Tensor x = leaf({1, 2});
  const Tensor other = x;
  sum(x * x).backward();
  x.set_data(tensor({3, 4}, float64));
  CHECK(values(other) == Doubles{3, 4});
  CHECK(values(x.grad()) == Doubles{2, 4});  // same spec: the gradient stays
  x.set_data(tensor({1, 2, 3}));
  CHECK(other.spec() == Spec{{3}, float32});
  CHECK_FALSE(x.grad().defined());
  sum(x * x).backward();
  CHECK(x.grad().spec() == Spec{{3}, float32});
  x.requires_grad_(false);
  CHECK_FALSE((x * x).requires_grad());
  CHECK_FALSE(x.grad().defined());
}
