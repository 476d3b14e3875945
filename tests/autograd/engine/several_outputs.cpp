// Operations with several outputs, each used or not, in every way in which one output can be.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

std::string at(int line) { return " [several_outputs.cpp:" + std::to_string(line) + "]"; }

// x^2 and x^3; `seen` gets which gradients the rule was given.
Tensors powers(const Tensor& x, std::vector<bool>* seen = nullptr, Site site = {}) {
  return apply(
      {"powers", Save::inputs(), site}, {x}, {x.spec(), x.spec()},
      [](const Inputs& in, const Tensors& y) {
        copy_(y[0], square(in[0]));
        copy_(y[1], in[0] * square(in[0]));
      },
      [seen](const Grad& g) {
        if (seen) *seen = {g.dy_of(0).defined(), g.dy_of(1).defined()};
        return g.dy_or_zeros(0) * (2 * g.in(0)) + g.dy_or_zeros(1) * (3 * square(g.in(0)));
      });
}

}  // namespace

TEST_CASE("outputs that nothing depends on have no gradient") {
  Tensor x = leaf({1, 2});
  std::vector<bool> seen;
  Tensors y = powers(x, &seen);
  CHECK(y[0].node() == y[1].node());
  CHECK(y[0].output_index() == 0);
  CHECK(y[1].output_index() == 1);
  sum(y[1]).backward({}, {.retain_graph = true});
  CHECK(seen == std::vector<bool>{false, true});
  CHECK(values(x.grad()) == Doubles{3, 12});
  x.set_grad({});
  sum(y[0]).backward({}, {.retain_graph = true});
  CHECK(seen == std::vector<bool>{true, false});
  CHECK(values(x.grad()) == Doubles{2, 4});
  x.set_grad({});
  sum(y[0] * y[1] + y[1]).backward();  // 5 x^4 + 3 x^2
  CHECK(seen == std::vector<bool>{true, true});
  CHECK(values(x.grad()) == Doubles{8, 92});
  CHECK_THROWS_AS(sum(y[0]).backward(), FreedGraphError);
}

TEST_CASE("several outputs as roots and as inputs of grad") {
  Tensor x = leaf({2});
  const Tensors y = powers(x);
  const Tensor weight = tensor({1}, float64);
  CHECK(grad(y, {x}, {.grad_outputs = {weight, weight}, .retain_graph = true})[0].item() == 16);
  const Tensor z = sum(y[0] * y[1]);
  const Tensors g = grad({z}, {y[1], y[0], x}, {.retain_graph = true});
  CHECK(values(g[0]) == Doubles{4});
  CHECK(values(g[1]) == Doubles{8});
  CHECK(values(g[2]) == Doubles{80});
  // One output is no way to the other.
  CHECK_THROWS_AS(grad({sum(y[0])}, {y[1]}, {.retain_graph = true}), UnusedError);
  // Nor does what belongs to the other have to run.
  const Tensor freed = sum(exp(y[1]));
  grad({freed}, {y[1]});
  CHECK_THROWS_AS(grad({freed}, {y[1]}), FreedGraphError);
  CHECK_NOTHROW(grad({sum(y[0]), freed}, {y[0]}));
}

TEST_CASE("a stop on one output lets the others through") {
  Tensor x = leaf({3});
  const Tensors y = powers(x);
  const Tensor z = sum(y[0] + y[1]);
  CHECK(grad({z}, {x}, {.retain_graph = true, .stop_gradients = {y[1]}})[0].item() == 6);
  CHECK(grad({z}, {x}, {.retain_graph = true, .stop_gradients = {y[0]}})[0].item() == 27);
  const Tensors both = grad({z}, {x, y[1]}, {.retain_graph = true, .stop_gradients = {y[1]}});
  CHECK(both[0].item() == 6);
  CHECK(both[1].item() == 1);
  CHECK_THROWS_AS(grad({z}, {x}, {.stop_gradients = y}), UnusedError);
}

TEST_CASE("gradients of several outputs are differentiable") {
  Tensor x = leaf({2});
  for (const std::size_t which : {0, 1}) {
    const Tensors y = powers(x);
    const Tensor g = grad({y[which]}, {x}, {.create_graph = true})[0];
    const Tensor second = grad({g}, {x}, {.create_graph = true})[0];
    CHECK(second.item() == (which == 0 ? 2 : 12));
  }
}

TEST_CASE("hooks and retained gradients belong to one output") {
  Tensor x = leaf({1, 2});
  const Tensors y = powers(x);
  const int line = __LINE__ - 1;
  int first = 0, second = 0;
  y[0].register_hook([&](const Tensor&) { ++first; });
  HookHandle doubles = y[1].register_hook([&](const Tensor& g) {
    ++second;
    return 2 * g;
  });
  y[1].retain_grad();
  y[1].node()->register_hook([](const Tensors& gradients, const Tensors& dys) {
    CHECK(dys.size() == 2);
    CHECK_FALSE(dys[0].defined());
    CHECK(values(dys[1]) == Doubles{2, 2});
    return Tensors{10 * gradients[0]};
  });
  sum(y[1]).backward({}, {.retain_graph = true});
  CHECK(first == 0);  // nothing depends on it
  CHECK(second == 1);
  CHECK_FALSE(y[0].grad().defined());
  CHECK(values(y[1].grad()) == Doubles{2, 2});
  CHECK(values(x.grad()) == Doubles{60, 240});
  y[1].set_grad({});
  CHECK_FALSE(y[1].grad().defined());
  CHECK_THROWS_AS(y[0].set_grad(ones({2}, float64)), GraphError);

  doubles.remove();
  y[1].register_hook([](const Tensor&) { return ones({3}, float64); });
  CHECK(error_of([&] { sum(y[1]).backward(); }) ==
        "powers: a hook returned a gradient of float64 (3,) for its output 1 of float64 (2,)" +
            at(line));
}

TEST_CASE("outputs without gradients are constants") {
  Tensor x = leaf({1, 2});
  const auto op = [](const Tensor& t) {
    return apply(
        {"op", Save::outputs(), Site()}, {t}, {Spec{{}, int64}, {t.spec(), no_gradient}, t.spec()},
        [](const Inputs& in, const Tensors& y) {
          fill_(y[0], 7);
          copy_(y[1], 2 * in[0]);
          copy_(y[2], square(in[0]));
        },
        [](const Grad& g) { return g.dy_of(2) * g.out(1); });
  };
  const Tensors y = op(x);
  CHECK_FALSE(y[0].requires_grad());
  CHECK_FALSE(y[1].requires_grad());
  CHECK(y[2].requires_grad());
  CHECK(values(grad({sum(y[2])}, {x}, {.retain_graph = true})[0]) == Doubles{2, 4});
  // As a constant: d(2x)/dx is not seen.
  CHECK_FALSE(grad({sum(y[2])}, {x}, {.create_graph = true})[0].requires_grad());
  const auto none = [](const Tensor& t) {
    return apply(
        {"none"}, {t}, {Spec{{}, int64}, {t.spec(), no_gradient}},
        [](const Inputs& in, const Tensors& out) {
          fill_(out[0], 1);
          copy_(out[1], in[0]);
        },
        no_gradient);
  };
  CHECK(none(x)[1].node() == nullptr);
  const NoGrad no_grad;
  CHECK(op(x)[2].node() == nullptr);
}

TEST_CASE("views of one operation hear of writes, each by itself") {
  Tensor x = leaf({1, 2, 3});
  const Tensor base = x * 1.0;
  const Tensors parts = unbind(base);
  mul_(parts[1], 10.0);
  CHECK(values(base) == Doubles{1, 20, 3});
  const Tensor y = parts[0] * parts[1] + parts[2];
  CHECK(values(grad({y}, {x}, {.retain_graph = true})[0]) == Doubles{20, 10, 1});
  CHECK(values(grad({sum(base)}, {x}, {.retain_graph = true})[0]) == Doubles{1, 10, 1});
  mul_(base, base.detach() * 0 + 2.0);
  CHECK(values(grad({parts[1]}, {x})[0]) == Doubles{0, 20, 0});
}

TEST_CASE("what is left of several outputs keeps their node alive, and no more") {
  Tensor x = leaf({1, 2});
  {
    Tensors y = powers(x);
    const Tensor last = y[1];
    y.clear();
    sum(last).backward();
    CHECK(values(x.grad()) == Doubles{3, 12});
  }
  CHECK(x.node()->unique());
  {
    Tensors many = unbind(ones({3000}).requires_grad_());
    Tensor sum_of_all = many[0];
    for (std::size_t i = 1; i < many.size(); ++i) sum_of_all = sum_of_all + many[i];
    sum_of_all.backward();
  }
}

TEST_CASE("pictures of several outputs name them") {
  Tensor x = leaf({1, 2});
  const Tensors y = powers(x);
  const Tensor z = y[1] * y[0];
  const std::string text = to_tape(z);
  CHECK_THAT(text, ContainsSubstring("%1 = powers(%0)  2 x float64 (2,)  saves input 0"));
  CHECK_THAT(text, ContainsSubstring("%2 = mul(%1.1, %1.0)"));
  CHECK_THAT(to_dot(z), ContainsSubstring("n1 -> n2 [label=\"0\"] [taillabel=\"1\"];"));
}

TEST_CASE("DetectNan names the output") {
  const DetectNan detect;
  Tensor x = leaf({1, 2});
  const Site here;
  CHECK(error_of([&] {
          apply(
              {"op", here}, {x}, {x.spec(), x.spec()},
              [](const Inputs& in, const Tensors& y) {
                copy_(y[0], in[0]);
                fill_(y[1], std::nan(""));
              },
              no_gradient);
        }) ==
        "op: forward made 2 NaN and 0 infinite of 2 elements of output 1; input 0 float64 (2,) "
        "from 1 to 2, 0 NaN and 0 infinite" +
            at(int(here.line)));
  const Tensors y = apply(
      {"op", Save::nothing(), here}, {x}, {x.spec(), x.spec()},
      [](const Inputs& in, const Tensors& out) {
        copy_(out[0], in[0]);
        copy_(out[1], in[0]);
      },
      [](const Grad& g) { return log(g.dy_of(1) - 1); });
  CHECK(error_of([&] { sum(y[1]).backward(); }) ==
        "op: backward made 0 NaN and 2 infinite of 2 elements of the gradient of input 0; gradient "
        "of output 1 float64 (2,) from 1 to 1, 0 NaN and 0 infinite" +
            at(int(here.line)));
}

TEST_CASE("a checkpoint of several results") {
  Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 4});
  const auto block = [w](const Tensor& in) {
    const Tensor h = in * w;
    return Tensors{exp(h * 0.1), argmax(h, 0), h, h};
  };
  const auto loss = [](const Tensors& y) { return sum(y[0] * y[2]) + sum(square(y[3])); };
  const Tensors kept = block(x), again = checkpoint(block, x);
  REQUIRE(again.size() == 4);
  CHECK_FALSE(again[1].requires_grad());
  CHECK(again[1].item() == 1);
  const Tensors wanted = grad({loss(kept)}, {x, w}), got = grad({loss(again)}, {x, w});
  CHECK(values(got[0]) == values(wanted[0]));
  CHECK(values(got[1]) == values(wanted[1]));
  const Tensors one = checkpoint([block](const Tensors& in) { return block(in[0]); }, {x});
  CHECK(values(grad({sum(one[2])}, {x})[0]) == Doubles{3, 4});
  int calls = 0;
  const Tensors other = checkpoint(
      [&calls](const Tensor& in) {
        return ++calls == 1 ? Tensors{in * 2.0, in * 3.0} : Tensors{in * 2.0};
      },
      x);
  CHECK_THAT(error_of([&] { sum(other[1]).backward(); }),
             StartsWith("checkpoint: the function returned float64 (2,), float64 (2,) in forward "
                        "and float64 (2,) when it was run again"));
}
