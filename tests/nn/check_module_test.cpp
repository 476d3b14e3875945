// Gradient checks of whole modules: what they say, and that the module is afterwards as it was.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

// The identity, with a gradient that is off by `factor` in one element.
Tensor spoilt(const Tensor& x, std::int64_t element, double factor) {
  return apply(
      {"spoilt", Save::nothing(), Site()}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { copy_(y, in[0]); },
      [=](const Grad& g) {
        const Tensor hit = eq(reshape(arange(g.dy.numel()), g.dy.shape()), double(element));
        return g.dy * where(hit, to(full({}, factor), g.dy.dtype()), to(ones({}), g.dy.dtype()));
      });
}

struct Net : nn::Module {
  explicit Net(std::int64_t width = 5, double factor = 1) : width_(width), factor_(factor) {}

  Tensor forward(const Tensor& ids, const Tensor& x) {
    copy_(calls, calls + 1);
    const Tensor in = cat({table(ids), x}, 1);
    const Tensor w = spoilt(hidden.weight, 3 * (width_in + 2) + 1, factor_);
    return out(drop(tanh(linear(in, w, hidden.bias))));
  }

  static constexpr std::int64_t width_in = 3;
  std::int64_t width_;
  double factor_;
  nn::Embedding table = add("table", nn::Embedding(4, width_in));
  nn::Linear hidden = add("hidden", nn::Linear(width_in + 2, width_));
  nn::Dropout drop = add("drop", nn::Dropout(0.3));
  nn::Linear out = add("out", nn::Linear(width_, 2));
  Tensor calls = add_buffer("calls", zeros({1}));
};

struct Data {
  Tensor ids = randint(0, 4, {6}), x = randn({6, 2}), labels = randint(0, 2, {6});
};

}  // namespace

TEST_CASE("a module is checked in training mode, dropout and all") {
  manual_seed(1);
  Net net;
  const Data data;
  CHECK(check_gradients(net, {data.ids, data.x}));
  const GradientReport report =
      check_gradients(net,
                      [&](const Tensors& in) {
                        return cross_entropy(net.forward(data.ids, in[0]), data.labels) +
                               nn::l2_penalty(net.hidden.weight, 0.1);
                      },
                      {data.x});
  INFO(report.str());
  CHECK(report);
  CHECK_FALSE(report.projected);
  CHECK(report.elements == 6 * 2 + 4 * 3 + 5 * 5 + 5 + 2 * 5 + 2);
  // A layer of the library has operator() and may be a temporary.
  CHECK(check_gradients(nn::Linear(3, 2), {randn({4, 3})}));
  nn::LSTM lstm(2, 2);
  CHECK(check_gradients(lstm, {randn({3, 1, 2})}));
  CHECK(summary(lstm, {randn({3, 1, 2})}).layers[0].multiplications == 3 * 8 * 4);
  nn::GRU gru(2, 2);
  CHECK(check_gradients(gru, {randn({3, 1, 2})}));
  nn::LSTMCell cell(2, 2);
  CHECK(check_gradients(cell, {randn({3, 2})}));
  nn::AdaptiveLogSoftmaxWithLoss head(4, 5, {2});
  CHECK(check_gradients(head, {randn({2, 4}), from_data(std::vector<std::int64_t>{0, 3}, {2})}));
  nn::Sequential steps(nn::Linear(3, 4), nn::ReLU(), nn::Linear(4, 1));
  CHECK(check_gradients(steps, {randn({5, 3})}));
}

TEST_CASE("a wrong parameter gradient is found by name, element and line") {
  manual_seed(2);
  const Data data;
  for (const std::int64_t width : {5, 300}) {  // 25 and 1,500 elements: all entries, projections
    Net net(width, 1.01);
    const std::string line = std::to_string(__LINE__ + 1);
    const auto loss = [&](const Tensors& in) { return sum(net.forward(in[0], in[1])); };
    const GradientReport report = check_gradients(net, loss, {data.ids, data.x});
    INFO(report.str());
    CHECK_FALSE(report);
    CHECK(report.projected == (width == 300));
    CHECK(report.worst.input == "hidden.weight");
    CHECK(report.worst.index == Shape{3, 1});
    CHECK(report.worst.analytical == Approx(1.01 * report.worst.numerical).epsilon(1e-6));
    CHECK(report.worst.step > 0);
    CHECK_THAT(report.str(),
               StartsWith("sum: wrong gradient: d output / d hidden.weight (3, 1): analytical "));
    CHECK_THAT(report.str(), EndsWith("[check_module_test.cpp:" + line + "]"));
  }
}

TEST_CASE("the check leaves a module to the bit as it was") {
  manual_seed(3);
  Net net;
  net.table.requires_grad_(false);
  const Data data;
  const Tensor before = sum(net.forward(data.ids, data.x));
  sum(net.forward(data.ids, data.x)).backward();

  struct Seen {
    std::vector<float> values, gradient;
    Dtype dtype;
    std::uint32_t version;
    const void* memory;
    bool trained;
    bool operator==(const Seen&) const = default;
  };
  const auto look = [&] {
    std::vector<Seen> all;
    for (const Tensor& t : net.all_tensors()) {
      all.push_back({t.to_vector<float>(),
                     t.grad().defined() ? t.grad().to_vector<float>() : std::vector<float>(),
                     t.dtype(), t.version(), t.impl()->memory, t.requires_grad()});
    }
    return all;
  };
  const std::vector<Seen> seen = look();
  const GeneratorState generator = generator_state();
  const auto same = [&] {
    CHECK(look() == seen);
    CHECK(generator_state().seed == generator.seed);
    CHECK(generator_state().next_call == generator.next_call);
    CHECK(net.is_training());
  };
  CHECK(check_gradients(net, {data.ids, data.x}));
  same();
  Net wrong = net;
  CHECK_FALSE(check_gradients(
      net, [&](const Tensors& in) { return square(wrong.forward(in[0], in[1]).detach()); },
      {data.ids, data.x}));
  same();
  CHECK_THROWS_AS(check_gradients(net, [](const Tensors&) -> Tensor { throw ValueError("no"); }),
                  ValueError);
  same();
  CHECK_NOTHROW(before.backward());  // a graph from before is not stale
}

TEST_CASE("frozen parameters are not differentiated, tied ones once") {
  struct Tied : nn::Module {
    Tensor down = add("down", randn({3, 3}));
    Tensor up = add("up", down);
    nn::Linear last = add("last", nn::Linear(3, 3));
    Tensor forward(const Tensor& x) { return last(linear(tanh(linear(x, down)), up)); }
  };
  manual_seed(4);
  Tied net;
  net.last.requires_grad_(false);
  const GradientReport report = check_gradients(net, {randn({2, 3})});
  CHECK(report);
  CHECK(report.elements == 6 + 9);
}

TEST_CASE("what the module form refuses") {
  Net net;
  const Tensor x = ones({2, 2});
  std::string text = error_of([&] { check_gradients(net, {x, x, x}); });
  const std::string place = " [check_module_test.cpp:" + std::to_string(__LINE__ - 1) + "]";
  CHECK(text ==
        "check_gradients: the module cannot be called with 3 tensors; pass a function that calls "
        "it" +
            place);
  CHECK_THAT(error_of([&] {
               check_gradients(net, {x, Tensor()});
             }),
             StartsWith("check_gradients: input1 is undefined ["));
}
