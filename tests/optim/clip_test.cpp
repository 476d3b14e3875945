// Gradients between backward and step: clipped, checked, made noisy; dense and row-sparse alike.

#include <cinta/cinta.hpp>
#include <cmath>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using Doubles = std::vector<double>;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Tensor leaf(const Doubles& gradient, const Shape& shape, Dtype dtype = float64) {
  Tensor w = zeros(shape, dtype).requires_grad_();
  w.set_grad(to(from_data(gradient, shape), dtype));
  return w;
}
Tensor leaf(const Doubles& gradient) { return leaf(gradient, {std::int64_t(gradient.size())}); }

// Row 1 comes twice: 3 + 0 and 0 + 4.
Tensor table() {
  Tensor w = ones({4, 2}, float64).requires_grad_();
  w.set_grad(row_sparse({4, 2}, from_data(std::vector<std::int64_t>{1, 3, 1}, {3}),
                        from_data(Doubles{3, 0, 0, 12, 0, 4}, {3, 2})));
  return w;
}

Doubles gradient(const Tensor& w) { return to(to_dense(w.grad()), float64).to_vector<double>(); }

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [clip_test.cpp:"));
}

}  // namespace

TEST_CASE("a common norm is clipped, over parameters, dtypes and equal ids") {
  Tensor a = leaf({3, 0, 4}), b = leaf({12}, {1}, float32), idle = zeros({2}).requires_grad_();
  CHECK(optim::clip_grad_norm({a, b, idle}, inf) == 13);
  CHECK(optim::clip_grad_norm({a, b, idle}, 26) == 13);
  CHECK(gradient(a) == Doubles{3, 0, 4});
  CHECK(optim::clip_grad_norm({a, b, idle}, 6.5) == 13);
  CHECK(gradient(a) == Doubles{1.5, 0, 2});
  CHECK(gradient(b) == Doubles{6});
  CHECK_FALSE(idle.grad().defined());
  CHECK(optim::clip_grad_norm({a, b}, 0) == Approx(6.5));
  CHECK(gradient(a) == Doubles{0, 0, 0});

  Tensor w = table();
  CHECK(optim::clip_grad_norm({w}, 6.5) == 13);  // not the root of 9 + 144 + 16 apart, by chance
                                                 // the same; the next one tells
  REQUIRE(w.grad().is_row_sparse());
  CHECK(row_ids(w.grad()).numel() == 2);
  CHECK(gradient(w) == Doubles{0, 0, 1.5, 2, 0, 0, 0, 6});
  Tensor same = ones({2, 1}, float64).requires_grad_();
  same.set_grad(row_sparse({2, 1}, from_data(std::vector<std::int64_t>{1, 1}, {2}),
                           from_data(Doubles{1, 2}, {2, 1})));
  CHECK(optim::clip_grad_norm({same}, 9) == 3);
}

TEST_CASE("other norms, and groups by themselves") {
  Tensor a = leaf({3, -5, 4}), b = leaf({-12});
  CHECK(optim::clip_grad_norm({a, b}, 100, {.p = 1}) == Approx(24));
  CHECK(optim::clip_grad_norm({a, b}, 6, {.p = inf}) == 12);
  CHECK(gradient(a) == Doubles{1.5, -2.5, 2});
  optim::SGD optimizer({a});
  optimizer.add_group({b});
  CHECK(optim::clip_grad_norm(optimizer.parameters(1), 3) == 6);
  CHECK(gradient(b) == Doubles{-3});
  CHECK(gradient(a) == Doubles{1.5, -2.5, 2});
}

TEST_CASE("norms hold where squares overflow or vanish, and for many elements") {
  for (const double size : {1e-200, 1e-30, 1.0, 1e30, 1e200}) {
    Tensor a = leaf({3 * size, 4 * size});
    CHECK(optim::clip_grad_norm({a}, size) == Approx(5 * size));
    CHECK(gradient(a)[0] == Approx(0.6 * size));
  }
  Tensor small = leaf({3e-30, 4e-30}, {2}, float32), large = leaf({3e30, 4e30}, {2}, float32);
  CHECK(optim::clip_grad_norm({small}, 1) == Approx(5e-30));
  CHECK(optim::clip_grad_norm({large}, 1e30) == Approx(5e30));
  CHECK(gradient(large)[1] == Approx(0.8e30));
  manual_seed(3);
  Tensors many;
  double squares = 0;
  for (const std::int64_t n : {1, 31, 33, 8192, 100'001, 300'000}) {
    Tensor w = zeros({n}).requires_grad_();
    w.set_grad(randn({n}));
    for (const float g : w.grad().to_vector<float>()) squares += double(g) * g;
    many.push_back(w);
  }
  CHECK(optim::clip_grad_norm(many, 1) == Approx(std::sqrt(squares)).epsilon(1e-12));
  CHECK(optim::clip_grad_norm(many, 1) == Approx(1).epsilon(1e-6));
}

TEST_CASE("what is not finite scales nothing, and is named or skipped") {
  for (const double bad : {std::nan(""), inf, -inf}) {
    Tensor a = leaf({1, 2}), b = leaf({3, bad});
    const NamedTensors named = {{"hidden.weight", a}, {"out.bias", b}};
    CHECK(refusal([&] { optim::clip_grad_norm(named, 1); }) ==
          "clip_grad_norm: the gradient of parameter out.bias, float64 (2,), is not finite");
    CHECK_FALSE(
        std::isfinite(optim::clip_grad_norm(named, 1, {.nonfinite = optim::Nonfinite::skip})));
    CHECK(gradient(a) == Doubles{1, 2});
    CHECK(gradient(b)[0] == 3);
    CHECK(refusal([&] {
            optim::check_finite({a, b});
          }) == "check_finite: the gradient of parameter 1, float64 (2,), is not finite");
    CHECK_FALSE(optim::check_finite({a, b}, optim::Nonfinite::skip));
    CHECK(optim::check_finite({a}));
  }
}

TEST_CASE("values are clipped one by one") {
  Tensor a = leaf({3, -0.5, -4, std::nan("")}), w = table();
  optim::clip_grad_value({a, w}, 3.5);
  CHECK(gradient(a)[0] == 3);
  CHECK(gradient(a)[2] == -3.5);
  CHECK(std::isnan(gradient(a)[3]));
  CHECK(gradient(w) == Doubles{0, 0, 3, 3.5, 0, 0, 0, 3.5});
  CHECK(w.grad().is_row_sparse());
}

TEST_CASE("adaptive clipping holds each row against its weights") {
  Tensor w = from_data(Doubles{3, 4, 0, 0, 6, 8}, {3, 2}).requires_grad_();
  w.set_grad(from_data(Doubles{6, 8, 3, 4, 0.3, 0.4}, {3, 2}));
  Tensor v = from_data(Doubles{0.6, 0.8}, {2}).requires_grad_();
  v.set_grad(from_data(Doubles{0, 2}, {2}));
  optim::clip_grad_adaptive({w, v}, 0.5, 0.1);
  const Doubles expected = {1.5, 2, 0.03, 0.04, 0.3, 0.4}, got = gradient(w);
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(expected[i]));
  CHECK(gradient(v)[1] == Approx(0.5));
  Tensor rows = table();  // weights of 1: a row's norm is sqrt(2)
  optim::clip_grad_adaptive({rows}, 2, 0.1);
  CHECK(gradient(rows)[2] == Approx(3 / 5.0 * 2 * std::sqrt(2)));
  CHECK(gradient(rows)[3] == Approx(4 / 5.0 * 2 * std::sqrt(2)));
  CHECK(gradient(rows)[7] == Approx(2 * std::sqrt(2)));
  CHECK(rows.grad().is_row_sparse());
  Tensor still = leaf({0, 0});
  optim::clip_grad_adaptive({still});
  CHECK(gradient(still) == Doubles{0, 0});
}

TEST_CASE("adaptive clipping holds where squares overflow or vanish") {
  for (const double size : {1e-30, 1e-15, 1e15, 1e30}) {
    Tensor w = full({2, 2}, 1, float32).requires_grad_();
    w.set_grad(to(from_data(Doubles{3 * size, 4 * size, 0, 0}, {2, 2}), float32));
    optim::clip_grad_adaptive({w}, size < 1 ? size : 1);
    // A row of ones has the norm sqrt(2).
    const double norm = std::sqrt(2.0) * (size < 1 ? size : 1);
    CHECK(gradient(w)[0] == Approx(0.6 * norm));
    CHECK(gradient(w)[1] == Approx(0.8 * norm));
    CHECK(gradient(w)[2] == 0);
  }
}

TEST_CASE("the penalty of a whole table counts, which its row-sparse gradient keeps as a factor") {
  Tensor w = from_data(Doubles{3, 0, 4, 0}, {4, 1}).requires_grad_();
  const Tensor ids = from_data(std::vector<std::int64_t>{1}, {1});
  (sum(embedding(w, ids, {.sparse = true})) * 12 + nn::l2_penalty(w, 1)).backward();
  REQUIRE(w.grad().is_row_sparse());
  CHECK(optim::clip_grad_norm({w}, 6.5) == 13);
  CHECK(gradient(w) == Doubles{1.5, 6, 2, 0});
}

TEST_CASE("noise has the deviation that was asked for") {
  manual_seed(1);
  Tensor w = zeros({10000}).requires_grad_();
  w.set_grad(full({10000}, 2));
  optim::add_grad_noise({w}, 0.5);
  CHECK(mean(w.grad()).item() == Approx(2).margin(0.02));
  CHECK(mean(square(w.grad() - 2)).item() == Approx(0.25).epsilon(0.05));
  CHECK(
      refusal([] { optim::add_grad_noise({table()}, 1); }) ==
      "add_grad_noise: the gradient of parameter 0 is row-sparse, and noise has no zero rows; look "
      "it up without `sparse`");
}

TEST_CASE("clipping refuses limits that have no meaning") {
  Tensor a = leaf({1});
  CHECK(refusal([&] { optim::clip_grad_norm({a}, -1); }) ==
        "clip_grad_norm: max_norm must not be negative, got -1");
  CHECK(refusal([&] { optim::clip_grad_norm({a}, std::nan("")); }) ==
        "clip_grad_norm: max_norm must not be negative, got nan");
  CHECK(refusal([&] { optim::clip_grad_norm({a}, 1, {.p = 0}); }) ==
        "clip_grad_norm: p must be positive, got 0");
  CHECK(refusal([&] { optim::clip_grad_value({a}, -2); }) ==
        "clip_grad_value: limit must not be negative, got -2");
  CHECK(refusal([&] { optim::clip_grad_norm({Tensor()}, 1); }) ==
        "clip_grad_norm: parameter 0 is undefined");
  CHECK(optim::clip_grad_norm(Tensors{}, 1) == 0);
}

TEST_CASE("graphs notice that a gradient was scaled") {
  Tensor x = from_data(Doubles{2, 3}, {2}).requires_grad_();
  sum(x * x * x).backward({}, {.create_graph = true});
  const Tensor squared = sum(x.grad() * x.grad());
  optim::clip_grad_norm({x}, 1);
  CHECK_THAT(error_of([&] { squared.backward(); }), ContainsSubstring("by clip_grad_norm"));
  x.set_grad({});  // whose graph leads back to x
}
