#include <chrono>
#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

// The loss whose gradient at w is w * w - 1, elementwise: not linear, so that order matters.
Tensor loss_of(const Tensor& w) { return sum(w * w * w) / 3 - sum(w); }

const std::vector<double> start = {0.5, -1.25, 2};

// Runs an optimizer for some steps and holds every step against `reference`, which updates one
// number w with gradient g in step t (from 1); `state` starts as zeros.
void follow(const std::function<std::unique_ptr<optim::Optimizer>(const Tensor&)>& make,
            const std::function<void(double& w, double g, int t, double* state)>& reference) {
  for (const Dtype dtype : {float64, float32}) {
    Tensor w = to(from_data(start, {3}), dtype).requires_grad_();
    const auto optimizer = make(w);
    std::vector<double> expected = start;
    std::vector<std::array<double, 3>> state(3);
    for (int t = 1; t <= 8; ++t) {
      optimizer->zero_grad();
      loss_of(w).backward();
      optimizer->step();
      for (std::size_t i = 0; i < 3; ++i) {
        const double g = expected[i] * expected[i] - 1;
        reference(expected[i], g, t, state[i].data());
      }
      const std::vector<double> got = to(w.detach(), float64).to_vector<double>();
      for (std::size_t i = 0; i < 3; ++i)
        CHECK(got[i] == Approx(expected[i]).epsilon(dtype == float64 ? 1e-13 : 1e-5));
    }
  }
}

}  // namespace

TEST_CASE("SGD follows its definition") {
  const auto make = [](optim::SGDOptions options) {
    return [options](const Tensor& w) { return std::make_unique<optim::SGD>(Tensors{w}, options); };
  };
  follow(make({.lr = 0.05}), [](double& w, double g, int, double*) { w -= 0.05 * g; });
  follow(make({.lr = 0.05, .momentum = 0.9, .dampening = 0.2, .weight_decay = 0.1}),
         [](double& w, double g, int t, double* b) {
           g += 0.1 * w;
           b[0] = t == 1 ? g : 0.9 * b[0] + 0.8 * g;
           w -= 0.05 * b[0];
         });
  follow(make({.lr = 0.05, .momentum = 0.9, .nesterov = true}),
         [](double& w, double g, int t, double* b) {
           b[0] = t == 1 ? g : 0.9 * b[0] + g;
           w -= 0.05 * (g + 0.9 * b[0]);
         });
}

TEST_CASE("Adam and AdamW follow their papers") {
  const auto adam = [](double& w, double g, int t, double* s, double coupled, double decoupled) {
    g += coupled * w;
    w *= 1 - 0.1 * decoupled;
    s[0] = 0.8 * s[0] + 0.2 * g;
    s[1] = 0.95 * s[1] + 0.05 * g * g;
    const double mean = s[0] / (1 - std::pow(0.8, t)), square = s[1] / (1 - std::pow(0.95, t));
    w -= 0.1 * mean / (std::sqrt(square) + 1e-6);
  };
  const optim::AdamOptions options{
      .lr = 0.1, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.3};
  follow([&](const Tensor& w) { return std::make_unique<optim::Adam>(Tensors{w}, options); },
         [&](double& w, double g, int t, double* s) { adam(w, g, t, s, 0.3, 0); });
  follow([&](const Tensor& w) { return std::make_unique<optim::AdamW>(Tensors{w}, options); },
         [&](double& w, double g, int t, double* s) { adam(w, g, t, s, 0, 0.3); });
}

TEST_CASE("centred RMSprop: gradients that hardly change leave no variance, and no NaN") {
  manual_seed(1);
  for (const double momentum : {0.0, 0.9}) {
    const Tensor w = zeros({1000}).requires_grad_(), g = rand({1000}) * 9.9 + 0.1;
    optim::RMSprop rmsprop({w}, {.lr = 1e-3, .momentum = momentum, .centered = true});
    for (int t = 0; t < 2000; ++t) {
      w.set_grad(clone(g));
      rmsprop.step();
    }
    for (const float v : w.to_vector<float>()) CHECK(std::isfinite(v));
  }
}

TEST_CASE("large parameters, updated by several threads, equal small ones") {
  const std::int64_t n = 100'000;
  Tensor large = full({n}, 0.5).requires_grad_(), small = full({1}, 0.5).requires_grad_();
  optim::Adam optimizer({large, small}, {.lr = 0.01});
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    (sum(large * large) + sum(small * small)).backward();
    optimizer.step();
  }
  CHECK(min(large).item() == small.item());
  CHECK(max(large).item() == small.item());
}

TEST_CASE("groups have their own options, and parameters without a gradient stay") {
  Tensor a = ones({2}).requires_grad_(), b = ones({2}).requires_grad_(),
         c = ones({2}).requires_grad_();
  optim::SGD optimizer({a}, {.lr = 0.5});
  optimizer.add_group({b, c}, {.lr = 0.25});
  (sum(a) + sum(b)).backward();
  optimizer.step();
  CHECK(a.data<float>()[0] == 0.5f);
  CHECK(b.data<float>()[0] == 0.75f);
  CHECK(c.data<float>()[0] == 1.0f);
  optimizer.options(1).lr = 0;
  optimizer.step();
  CHECK(b.data<float>()[0] == 0.75f);
  optimizer.zero_grad(false);
  CHECK(a.grad().data<float>()[0] == 0.0f);
  optimizer.zero_grad();
  CHECK_FALSE(a.grad().defined());
}

TEST_CASE("every optimizer steps parameters together as it steps each alone") {
  const auto skips = [](std::size_t i, int t) { return i > 0 && (t * 7 + int(i)) % 5 == 0; };
  constexpr std::size_t count = 6;
  for (const auto& each : every::cases()) {
    const auto& name = each.first;  // no binding: clang 14 captures none
    const auto& options = each.second;
    INFO(name);
    const bool decays = options.contains("beta2");
    const auto run = [&](const std::vector<std::size_t>& which) {
      Tensors weights;
      for (const std::size_t i : which)
        weights.push_back((from_data(start, {3, 1}) + 0.125 * double(i)).requires_grad_());
      const auto optimizer = every::make(name, weights, options);
      for (int t = 1; t <= 12; ++t) {
        optimizer->zero_grad();
        for (std::size_t k = 0; k < which.size(); ++k)
          if (!skips(which[k], t)) loss_of(weights[k]).backward();
        bool any = false;
        for (const Tensor& w : weights) any = any || w.grad().defined();
        if (t == 6 && decays) optimizer->set_option("beta2", 0.75);
        if (any) optimizer->step();
      }
      std::vector<std::vector<double>> ends;
      for (const Tensor& w : weights) ends.push_back(w.detach().to_vector<double>());
      return ends;
    };
    std::vector<std::size_t> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = i;
    const auto together = run(all);
    for (std::size_t i = 0; i < count; ++i) CHECK(together[i] == run({i})[0]);
  }
}

TEST_CASE("every optimizer that maximizes takes the steps of the negated loss") {
  for (const auto& each : every::cases()) {
    const auto& name = each.first;  // no binding: clang 14 captures none
    const auto& options = each.second;
    INFO(name);
    for (const bool sparse : {false, true}) {
      if (sparse && every::refuses_rows(name)) continue;
      const auto run = [&](bool maximize) {
        Tensor w = from_data(start, {3, 1}).requires_grad_();
        const auto optimizer = every::make(name, Tensors{w}, options);
        optimizer->set_option("maximize", maximize);
        for (std::int64_t t = 0; t < 12; ++t) {
          optimizer->zero_grad();
          const Tensor rows = embedding(w, tensor({t % 3, t % 2}, int64), {.sparse = sparse});
          (maximize ? -loss_of(rows) : loss_of(rows)).backward();
          optimizer->step();
          CHECK(optimizer->maximizes(0) == maximize);
        }
        return w.detach().to_vector<double>();
      };
      CHECK(run(true) == run(false));
    }
  }
}

TEST_CASE("each group maximizes or not, and wrappers with it") {
  Tensor up = tensor({1, 2}, float64).requires_grad_(),
         down = tensor({1, 2}, float64).requires_grad_();
  optim::SGD sgd({up}, {.lr = 0.5, .weight_decay = 0.25, .maximize = true});
  sgd.add_group({down}, {.lr = 0.5, .weight_decay = 0.25});
  sum(up + down).backward();
  sgd.step();
  CHECK(up.detach().to_vector<double>() == std::vector<double>{1.375, 2.25});  // decays towards 0
  CHECK(down.detach().to_vector<double>() == std::vector<double>{0.375, 1.25});

  const auto sam_run = [](bool maximize) {
    Tensor w = tensor({0.5, 2}, float64).requires_grad_();
    optim::SGD inner({w}, {.lr = 0.1, .maximize = maximize});
    optim::SAM sam(inner, {.rho = 0.3});
    for (int t = 0; t < 3; ++t)
      sam.step([&] { return maximize ? -sum(square(w)) : sum(square(w)); });
    return w.detach().to_vector<double>();
  };
  CHECK(sam_run(true) == sam_run(false));
}

TEST_CASE("optimizers refuse what they cannot train") {
  Tensor w = ones({2}).requires_grad_();
  using optim::Adam;
  using optim::SGD;
  CHECK_THAT(error_of([&] { SGD({}); }), StartsWith("SGD: no parameters"));
  CHECK_THAT(error_of([&] { SGD({w, w}); }), StartsWith("SGD: parameter 1 is given twice"));
  CHECK_THAT(error_of([&] { SGD({ones({2})}); }),
             StartsWith("SGD: parameter 0 is not a leaf that requires gradients"));
  CHECK_THAT(error_of([&] { SGD({w * 2}); }), StartsWith("SGD: parameter 0 is not a leaf"));
  CHECK_THAT(error_of([&] { SGD({w}, {.lr = -1}); }),
             StartsWith("SGD: lr must not be negative, got -1"));
  CHECK_THAT(error_of([&] { SGD({w}, {.nesterov = true}); }),
             StartsWith("SGD: nesterov needs momentum and no dampening"));
  CHECK_THAT(error_of([&] { Adam({w}, {.beta2 = 1}); }),
             StartsWith("Adam: beta2 must lie in [0, 1), got 1"));
  Adam optimizer({w});
  w.set_data(ones({3}));
  sum(w).backward();
  CHECK_THAT(error_of([&] { optimizer.step(); }),
             StartsWith("Adam: parameter 0 was float32 (2,) when the optimizer was made and is "
                        "float32 (3,) now; make a new optimizer"));
}

TEST_CASE("an optimizer of many parameters is made in a time that grows as they do") {
  const auto seconds_of = [](int count) {
    Tensors parameters;
    for (int i = 0; i < count; ++i) parameters.push_back(zeros({1}).requires_grad_());
    const auto start = std::chrono::steady_clock::now();
    const optim::SGD optimizer(parameters);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // Ten times as many took a hundred times as long.
  CHECK(seconds_of(30'000) < 40 * seconds_of(3'000) + 0.1);
}

TEST_CASE("a step makes graphs that saved the old values stale") {
  Tensor w = ones({2}).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 0.1});
  const Tensor loss = sum(w * w);
  loss.backward({}, {.retain_graph = true});
  optimizer.step();
  CHECK_THAT(error_of([&] { loss.backward(); }),
             StartsWith("mul: input 0, saved for backward, was overwritten"));
}
