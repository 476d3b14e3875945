#include <cinta/cinta.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = contiguous(a.detach()), y = contiguous(b.detach());
  return x.spec() == y.spec() && std::memcmp(x.impl()->memory, y.impl()->memory,
                                             std::size_t(x.numel()) * size_of(x.dtype())) == 0;
}

bool close(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && max(abs(a.detach() - b.detach())).item() < 1e-12;
}

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

// A stack of layers, every `every`-th result kept; 0 keeps all.
struct Deep : nn::Module {
  std::vector<nn::Linear> layers;
  nn::Dropout drop = add("drop", nn::Dropout(0.2));

  Deep(int depth, std::int64_t width) {
    for (int i = 0; i < depth; ++i)
      layers.push_back(add("layer" + std::to_string(i), nn::Linear(width, width)));
  }
  Tensor run(Tensor h, std::size_t from, std::size_t to) const {
    for (std::size_t i = from; i < to && i < layers.size(); ++i) h = drop(tanh(layers[i](h)));
    return h;
  }
  Tensor forward(Tensor h, std::size_t every) const {
    if (every == 0) return run(h, 0, layers.size());
    for (std::size_t i = 0; i < layers.size(); i += every)
      h = checkpoint(
          [self = *this, i, every](const Tensor& x) { return self.run(x, i, i + every); }, h);
    return h;
  }
};

struct Pass {
  Tensor loss;
  Tensors gradients;
  GeneratorState forward_state, state;
};

Pass pass(const Deep& net, const Tensor& x, std::size_t every) {
  net.zero_grad();
  manual_seed(9);
  Pass result;
  result.loss = sum(square(net.forward(x, every)));
  result.forward_state = generator_state();
  result.loss.backward();
  for (const Tensor& p : net.parameters()) result.gradients.push_back(p.grad());
  result.state = generator_state();
  return result;
}

}  // namespace

TEST_CASE("a checkpointed net has the plain one's values, gradients and masks to the bit") {
  manual_seed(1);
  const Deep net(6, 8);
  for (const bool training : {true, false}) {
    net.train(training);
    for (const bool input_needs : {true, false}) {
      Tensor x = randn({16, 8});
      x.requires_grad_(input_needs);
      const Pass plain = pass(net, x, 0);
      const Tensor of_input = x.grad();
      for (const std::size_t every : {1, 2, 4, 6}) {
        if (input_needs) x.set_grad({});
        const Pass kept = pass(net, x, every);
        CHECK(same_bits(kept.loss, plain.loss));
        REQUIRE(kept.gradients.size() == plain.gradients.size());
        for (std::size_t i = 0; i < plain.gradients.size(); ++i)
          CHECK(same_bits(kept.gradients[i], plain.gradients[i]));
        if (input_needs) CHECK(same_bits(x.grad(), of_input));
        CHECK(kept.forward_state.next_call == plain.forward_state.next_call);
        CHECK(kept.state.next_call == plain.state.next_call);
        CHECK(kept.state.seed == plain.state.seed);
      }
    }
  }
}

TEST_CASE("the graph of a checkpoint is one node") {
  Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor constant = leaf({5, 6}).detach();
  const Tensor y = checkpoint(
      [=](const Tensor& v) {
        const Tensor h = exp(v * w) * w, inside = ones({2}, float64);
        return h + constant * inside;
      },
      x);
  const int line = __LINE__ - 1;
  REQUIRE(y.node());
  CHECK(std::string(y.node()->name()) == "checkpoint");
  CHECK(int(y.node()->site().line) <= line);
  CHECK(int(y.node()->site().line) >= line - 5);
  REQUIRE(y.node()->input_count() == 3);  // x, w, constant
  CHECK(y.node()->input(0) == x.node());
  CHECK(y.node()->input(1) == w.node());
  CHECK(y.node()->input(2) == nullptr);
}

TEST_CASE("every form of call") {
  Tensor a = leaf({1, 2}), b = leaf({3, 4}), c = leaf({5, 6});
  const auto expect = [&](const Tensor& y, const Tensor& plain) {
    CHECK(same_bits(y, plain));
    const Tensors got = grad({sum(y)}, {a, b}, {.allow_unused = true});
    const Tensors wanted = grad({sum(plain)}, {a, b}, {.allow_unused = true});
    for (int i = 0; i < 2; ++i) {
      REQUIRE(got[std::size_t(i)].defined() == wanted[std::size_t(i)].defined());
      if (got[std::size_t(i)].defined())
        CHECK(same_bits(got[std::size_t(i)], wanted[std::size_t(i)]));
    }
  };
  expect(checkpoint([](const Tensor& x) { return x * x; }, a), a * a);
  expect(checkpoint([](const Tensor& x, const Tensor& y) { return x * y; }, {a, b}), a * b);
  expect(checkpoint([](const Tensor& x, const Tensor& y, const Tensor& z) { return x * y + z; },
                    {a, b, c}),
         a * b + c);
  expect(checkpoint([](const Tensors& in) { return in[0] / in[1]; }, {a, b}), a / b);
  expect(checkpoint([=](const Tensors&) { return a * b; }, Tensors{}), a * b);
  expect(checkpoint([](const Tensor& x, const Tensor& ids) { return gather(x, 0, ids); },
                    {a, tensor({1, 0, 1}, int64)}),
         gather(a, 0, tensor({1, 0, 1}, int64)));
  expect(checkpoint([](const Tensor& x) { return x; }, a), a * 1);
  expect(checkpoint([](const Tensor& x) { return reshape(x, {1, 2}); }, a), reshape(a * 1, {1, 2}));
  nn::Linear layer(2, 3);
  layer.to(float64);
  expect(checkpoint(layer, a), layer(a));
  // Nothing to differentiate, or no wish to.
  CHECK_FALSE(checkpoint([](const Tensor& x) { return x * 2; }, ones({2})).requires_grad());
  CHECK_FALSE(checkpoint([](const Tensor& x) { return gt(x, 0); }, a).requires_grad());
  const NoGrad no_grad;
  CHECK_FALSE(checkpoint([](const Tensor& x) { return x * 2; }, a).requires_grad());
}

TEST_CASE("captured tensors: leaves, interior ones, those that depend on one another") {
  Tensor x = leaf({0.5, -0.3}), w = leaf({1.5, 2});
  const auto both = [&](bool kept) {
    const Tensor t = exp(w) * x;  // depends on what is captured and passed beside it
    const auto fn = [t, w, x](const Tensor& v) { return t * v + w * t + v * w * x; };
    const Tensor y = kept ? checkpoint(fn, x) : fn(x);
    return sum(y * y);
  };
  const Tensors plain = grad({both(false)}, {x, w}), kept = grad({both(true)}, {x, w});
  CHECK(close(kept[0], plain[0]));
  CHECK(close(kept[1], plain[1]));
  // Only one is asked for: nothing of the graph before may run inside.
  CHECK(close(grad({both(true)}, {w})[0], plain[1]));
  CHECK(close(grad({both(true)}, {x})[0], plain[0]));
}

TEST_CASE("a captured result of another thread, whose clock is ahead") {
  Tensor w = leaf({2, 3});
  Tensor t;
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) t = w * w;
  }).join();
  Tensor x = leaf({5, 7});
  sum(checkpoint([=](const Tensor& v) { return v * t * w; }, x)).backward();
  CHECK(values(x.grad()) == Doubles{8, 27});
  CHECK(values(w.grad()) == Doubles{5 * 12, 7 * 27});
}

TEST_CASE("second order through a checkpoint") {
  manual_seed(4);
  const Tensor w = randn({3, 3}, float64).requires_grad_();
  const auto fn = [w](const Tensor& v) { return tanh(matmul(v, w)) * v; };
  Tensor x = randn({2, 3}, float64).requires_grad_();
  const auto second = [&](const Tensor& y) {
    const Tensors first = grad({sum(y * y)}, {x, w}, {.create_graph = true});
    return grad({sum(first[0] * first[0]) + sum(first[1] * first[1])}, {x, w});
  };
  const Tensors kept = second(checkpoint(fn, x)), plain = second(fn(x));
  CHECK(close(kept[0], plain[0]));
  CHECK(close(kept[1], plain[1]));

  const GradientReport report = check_gradients(
      [](const Tensors& in) {
        const Tensor h = in[0] * in[1];
        return checkpoint(
            [=](const Tensor& a, const Tensor& b) { return tanh(a * b) * exp(h * in[1]); },
            {in[0], h});
      },
      {randn({2, 3}, float64).requires_grad_(), randn({3}, float64).requires_grad_()});
  INFO(report);
  CHECK(report.ok);

  // Third.
  Tensor z = leaf({0.4});
  Tensor d = checkpoint([](const Tensor& v) { return v * exp(v * v); }, z);
  for (int i = 0; i < 3; ++i) d = grad({sum(d)}, {z}, {.create_graph = true})[0];
  CHECK(d.item() == Approx((6 + 24 * 0.16 + 8 * 0.0256) * std::exp(0.16)).epsilon(1e-12));
}

TEST_CASE("nested checkpoints") {
  manual_seed(6);
  Tensor x = randn({4, 3}, float64).requires_grad_(), w = randn({3}, float64).requires_grad_();
  const auto inner = [w](const Tensor& v) { return dropout(tanh(v * w), 0.5, true); };
  const auto run = [&](bool kept) {
    manual_seed(7);
    const auto outer = [=](const Tensor& v) {
      const Tensor h = dropout(v * v, 0.5, true);
      const Tensor a = kept ? checkpoint(inner, h) : inner(h);
      const Tensor b =
          kept ? checkpoint([=](const Tensor& u) { return inner(u) * h; }, a) : inner(a) * h;
      return dropout(b, 0.5, true);
    };
    const Tensor y = kept ? checkpoint(outer, x) : outer(x);
    CHECK(generator_state().next_call == 4);
    const Tensors first = grad({sum(y * y)}, {x, w}, {.create_graph = true});
    CHECK(generator_state().next_call == 4);
    const Tensors second = grad({sum(first[0] * first[1])}, {x, w});
    CHECK(generator_state().next_call == 4);
    return Tensors{y, first[0], first[1], second[0], second[1]};
  };
  const Tensors plain = run(false), kept = run(true);
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK(close(kept[i], plain[i]));
  const auto outer = [=](const Tensor& v) { return checkpoint(inner, v * 2); };
  const Tensor y = checkpoint(outer, x);
  CHECK(y.node()->input_count() == 2);  // x and w, nothing of the inner one's own
}

TEST_CASE("several uses, several passes") {
  Tensor x = leaf({1, 2});
  const auto square_of = [](const Tensor& v) { return v * v; };
  const Tensor y = checkpoint(square_of, x);
  const Tensor z = sum(y * y + checkpoint(square_of, y) + y);  // 2 x^4 + x^2
  z.backward({}, {.retain_graph = true});
  CHECK(values(x.grad()) == Doubles{8 + 2, 64 + 4});
  z.backward();
  CHECK(values(x.grad()) == Doubles{20, 136});
  CHECK_THAT(error_of([&] { z.backward(); }), ContainsSubstring("freed by an earlier backward"));
  const Tensor again = checkpoint(square_of, x);
  sum(again).backward();
  CHECK_THAT(error_of([&] { sum(again).backward(); }),
             StartsWith("checkpoint: what backward needs was freed by an earlier backward"));
}

TEST_CASE("what lies between goes, in forward and in backward") {
  Tensor x = leaf({1, 2});
  Tensor watched;
  Tensor y = checkpoint(
      [&watched](const Tensor& v) {
        const Tensor h = exp(v);
        watched = h.detach();
        return h * h;
      },
      x);
  CHECK(watched.is_unique());
  sum(y).backward();
  CHECK(watched.is_unique());
  CHECK(y.is_unique());
}

TEST_CASE("an overwritten input or capture is noticed") {
  Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor data = tensor({5, 6}, float64), added = tensor({7, 8}, float64);
  // None of the operations saves `added`; run again they would read it.
  const auto fn = [=](const Tensor& v, const Tensor& d) { return exp(v * w + added * d); };
  const Tensor y = sum(checkpoint(fn, {x, data}));
  SECTION("input") { copy_(x.detach(), w.detach()); }
  SECTION("input without gradient") { fill_(data, 1); }
  SECTION("captured parameter") { fill_(w.detach(), 1); }
  SECTION("captured constant") { fill_(added, 1); }
  SECTION("new data of a captured parameter") { w.set_data(tensor({1, 1}, float64)); }
  CHECK_THAT(error_of([&] { y.backward(); }), StartsWith("checkpoint: input "));
}

TEST_CASE("in-place operations within the function, on what it made") {
  Tensor x = leaf({1, 2}), w = leaf({3, 4}), b = leaf({5, 6});
  const auto fn = [=](const Tensor& v) {
    const Tensor h = v * v;
    const Tensor part = slice(h, 0, 0, 1), other = slice(h, 0, 1, 2);
    mul_(h, w);
    add_(part, slice(b, 0, 0, 1));
    return h * other;
  };
  const Tensors plain = grad({sum(fn(x))}, {x, w, b});
  const Tensor y = checkpoint(fn, x);
  CHECK(y.node()->input_count() == 3);
  const Tensors kept = grad({sum(y)}, {x, w, b});
  for (std::size_t i = 0; i < 3; ++i) CHECK(same_bits(kept[i], plain[i]));
  CHECK_THAT(error_of([&] {
               const Tensor t = w * 2;
               checkpoint(
                   [=](const Tensor& v) {
                     add_(t, v);
                     return t * v;
                   },
                   x);
             }),
             StartsWith("checkpoint: the function overwrites a tensor of float64 (2,) that it "
                        "reads, so that it cannot be run again"));
  CHECK_THAT(error_of([&] { checkpoint([](const Tensor& v) { return mul_(v, 2); }, x * 1); }),
             StartsWith("checkpoint: the function overwrites a tensor of float64 (2,)"));
}

TEST_CASE("what the function does under NoGrad is its own affair") {
  Tensor x = leaf({1, 2});
  const Tensor average = zeros({2}, float64);
  const Tensor y = checkpoint(
      [=](const Tensor& v) {
        Tensor h = exp(v);
        const NoGrad no_grad;
        add_(average, h);
        return h;
      },
      x);
  sum(y).backward();
  CHECK(values(x.grad()) == values(y));
}

TEST_CASE("hooks on captured tensors and inputs run once, on the whole gradient") {
  Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor t = w * 2;
  t.retain_grad();
  int runs = 0;
  const auto twice = [&runs](const Tensor& g) {
    ++runs;
    return g * 2;
  };
  x.register_hook(twice);
  w.register_hook(twice);
  const auto fn = [=](const Tensor& v) { return v * w * t; };
  sum(checkpoint(fn, x) + fn(x)).backward();
  CHECK(runs == 2);
  CHECK(values(x.grad()) == Doubles{2 * 2 * 18, 2 * 2 * 32});
  CHECK(values(t.grad()) == Doubles{2 * 3, 2 * 2 * 4});
  CHECK(values(w.grad()) == Doubles{2 * 2 * (6 + 6), 2 * 2 * 2 * (8 + 8)});
}

TEST_CASE("a function that cannot be run again, or does not do the same, is refused") {
  Tensor x = leaf({1, 2});
  const Tensor state = tensor({1, 1}, float64);
  CHECK_THAT(error_of([&] {
               checkpoint(
                   [=](const Tensor& v) {
                     Tensor y = v * state;
                     fill_(state, 2);
                     return y;
                   },
                   x);
             }),
             StartsWith("checkpoint: the function overwrites a tensor of float64 (2,) that it "
                        "reads, so that it cannot be run again [checkpoint_test.cpp:"));
  int calls = 0;
  const auto counted = [&calls](auto first, auto later) {
    calls = 0;
    return [&calls, first, later](const Tensor& v) { return calls++ ? later(v) : first(v); };
  };
  const auto once = [](const Tensor& v) { return dropout(v, 0.5, true); };
  const auto never = [](const Tensor& v) { return v * 2; };
  const auto shorter = [](const Tensor& v) { return slice(v, 0, 0, 1) * 2; };
  const Tensor a = checkpoint(counted(once, never), x);
  CHECK_THAT(error_of([&] { sum(a).backward(); }),
             StartsWith("checkpoint: the function draws fewer random tensors than it drew in "
                        "forward; it must do the same when it is run again [checkpoint_test.cpp:"));
  const Tensor b = checkpoint(counted(never, once), x);
  CHECK_THAT(error_of([&] { sum(b).backward(); }),
             StartsWith("checkpoint: the function draws more random tensors than it drew in "
                        "forward; it must do the same when it is run again [checkpoint_test.cpp:"));
  const Tensor c = checkpoint(counted(never, shorter), x);
  CHECK_THAT(error_of([&] { sum(c).backward(); }),
             StartsWith("checkpoint: the function returned float64 (2,) in forward and float64 "
                        "(1,) when it was run again; it must do the same [checkpoint_test.cpp:"));
  const std::string text = error_of([&] { checkpoint([](const Tensor&) { return Tensor(); }, x); });
  CHECK(text == "checkpoint: the function returned an undefined tensor [checkpoint_test.cpp:" +
                    std::to_string(__LINE__ - 2) + "]");
  CHECK_THAT(error_of([&] { checkpoint(never, Tensor()); }),
             StartsWith("checkpoint: input 0 is an undefined tensor"));
}

TEST_CASE("run again, operations report their own lines and modules") {
  struct Net : nn::Module {
    nn::Linear layer = add("layer", nn::Linear(2, 2));
  } net;
  int calls = 0;
  std::vector<Site> sites;
  Tensor x = ones({1, 2}).requires_grad_();
  const Tensor y = checkpoint(
      [&](const Tensor& v) {
        ++calls;
        const Tensor h = net.layer(v);
        sites.push_back(h.node()->site());
        Tensor result = exp(h);
        sites.push_back(result.node()->site());
        return result;
      },
      x);
  sum(y).backward();
  REQUIRE(calls == 2);
  CHECK(sites[0].str() == sites[2].str());
  CHECK(sites[1].str() == sites[3].str());
  CHECK(std::string(sites[2].module) == "layer");
  CHECK(sites[1].line == sites[0].line + 2);
}

TEST_CASE("random numbers that others draw in between, and a function that seeds") {
  Tensor x = ones({1000}, float64).requires_grad_();
  manual_seed(3);
  const auto fn = [](const Tensor& v) {
    const Tensor a = dropout(v, 0.5, true);
    std::thread([] { rand({3}); }).join();  // draws between the function's own calls
    return a * dropout(v, 0.5, true);
  };
  const Tensor y = checkpoint(fn, x);
  sum(y).backward();
  // y = x m1 x m2: the gradient is 2 m1 m2 where x is 1, so the masks were the same.
  CHECK(values(x.grad()) == values(y.detach() * 2));
  const Tensor z = checkpoint(
      [](const Tensor& v) {
        manual_seed(11);
        return dropout(v, 0.5, true);
      },
      x);
  rand({2});
  x.set_grad({});
  sum(z).backward();
  CHECK(values(x.grad()) == values(z));
  CHECK(generator_state().seed == 11);
  CHECK(generator_state().next_call == 2);
}

TEST_CASE("memory grows with the root of the depth") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  const Tensor x = randn({1024, 16});
  const auto peak = [&](int depth, bool keep_all) {
    const Deep net(depth, 16);
    net.eval();
    const auto every = keep_all ? 0 : std::size_t(std::lround(std::sqrt(depth)));
    const std::int64_t before = memory_stats().in_use;
    reset_peak_memory();
    sum(square(net.forward(x, every))).backward();
    return double(memory_stats().peak_in_use - before);
  };
  // 16 times the depth: 16 times the memory, or, every sqrt-th result kept, 4 times, plus the
  // parameters' gradients.
  CHECK(peak(256, true) / peak(16, true) > 10);
  CHECK(peak(256, false) / peak(16, false) < 6);
  CHECK(peak(256, false) < peak(256, true) / 5);
}
