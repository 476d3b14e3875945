// Initialisers: their distributions, and what they refuse.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
namespace init = nn::init;

namespace {

double std_of(const Tensor& x) { return std::sqrt(var(x).item()); }
double largest(const Tensor& x) { return max(abs(x)).item(); }

}  // namespace

TEST_CASE("gains by name are PyTorch's") {
  CHECK(init::Gain("linear").value() == 1);
  CHECK(init::Gain("conv_transpose2d").value() == 1);
  CHECK(init::Gain("tanh").value() == 5. / 3);
  CHECK(init::Gain("relu").value() == std::sqrt(2.));
  CHECK(init::Gain("leaky_relu").value() == std::sqrt(2 / (1 + 0.01 * 0.01)));
  CHECK(init::Gain("leaky_relu", 0.2).value() == std::sqrt(2 / (1 + 0.2 * 0.2)));
  CHECK(init::Gain("selu").value() == 0.75);
  CHECK(error_of([] { init::Gain("gelu"); }).find("gain: \"gelu\" is none of linear, conv1d") == 0);
}

TEST_CASE("fans count from the weight's real shape") {
  manual_seed(1);
  const Tensor grouped = empty({64, 8, 5, 5});  // of 32 channels in 4 groups
  init::kaiming_uniform_(grouped);
  CHECK(largest(grouped) == Approx(std::sqrt(2.) * std::sqrt(3. / 200)).epsilon(1e-3));
  init::kaiming_uniform_(grouped, "linear", init::FanMode::fan_out);
  CHECK(largest(grouped) == Approx(std::sqrt(3. / 1600)).epsilon(1e-3));
  init::kaiming_normal_(grouped, 1.);
  CHECK(std_of(grouped) == Approx(std::sqrt(1. / 200)).epsilon(0.02));
  init::xavier_uniform_(grouped, "tanh");
  CHECK(largest(grouped) == Approx(5. / 3 * std::sqrt(6. / 1800)).epsilon(1e-3));
  init::xavier_normal_(grouped, "tanh");
  CHECK(std_of(grouped) == Approx(5. / 3 * std::sqrt(2. / 1800)).epsilon(0.02));
  CHECK(error_of([] {
          init::kaiming_normal_(zeros({3}));
        }).find("kaiming_normal_: fans need at least two axes, the shape is (3,)") == 0);
}

TEST_CASE("a truncated normal distribution has its moments") {
  manual_seed(2);
  const Tensor x = empty({200000}, float64);
  init::trunc_normal_(x);
  CHECK(largest(x) <= 2);
  CHECK(mean(x).item() == Approx(0).margin(0.01));
  CHECK(std_of(x) == Approx(0.879626).epsilon(0.01));
  init::trunc_normal_(x, 1, 2, 2,
                      5);  // a = 0.5, b = 2: mean 1 + 2 (phi(a) - phi(b)) / (Phi(b) - Phi(a))
  CHECK(min(x).item() >= 2);
  CHECK(max(x).item() <= 5);
  CHECK(mean(x).item() ==
        Approx(1 + 2 * (0.352065 - 0.053991) / (0.977250 - 0.691462)).epsilon(0.005));
  init::trunc_normal_(x, 0, 1, 3, 10);  // one in 740, and no slower for it
  CHECK(min(x).item() >= 3);
  CHECK(mean(x).item() == Approx(3.2831).epsilon(0.001));
  CHECK_THROWS_AS(init::trunc_normal_(x, 0, 1, 2, 2), ValueError);
  CHECK_THROWS_AS(init::trunc_normal_(x, 0, 0, -2, 2), ValueError);
  CHECK(error_of([&] {
          init::trunc_normal_(x, 0, 1, 5, 6);
        }).find("trunc_normal_: [5, 6] is too unlikely for mean 0, std 1 to be drawn") == 0);
}

TEST_CASE("orthogonal matrices") {
  manual_seed(3);
  for (const Shape& shape :
       {Shape{6, 4}, Shape{4, 6}, Shape{300, 300}, Shape{8, 3, 2, 2}, Shape{1, 1}}) {
    const Tensor w = empty(shape, float64);
    init::orthogonal_(w, 3.);
    const Tensor m = reshape(w, {shape[0], -1});
    const bool tall = m.size(0) >= m.size(1);
    const Tensor products = tall ? matmul(transpose(m), m) : matmul(m, transpose(m));
    CHECK(largest(products - 9 * eye(products.size(0), float64)) < 1e-12);
  }
  // Both signs come: the distribution is uniform, not one of positive diagonals.
  int positive = 0;
  for (int i = 0; i < 100; ++i) {
    const Tensor w = empty({2, 2}, float64);
    init::orthogonal_(w);
    positive += w(0, 0).item() > 0;
  }
  CHECK(positive > 25);
  CHECK(positive < 75);
  CHECK_THROWS_AS(init::orthogonal_(zeros({3})), ShapeError);
  CHECK_THROWS_AS(init::orthogonal_(zeros({3, 2}, int64)), DtypeError);
  const unsigned line = __LINE__ + 1;
  const auto undefined = [] { init::xavier_uniform_(nn::Linear(2, 2, {.bias = false}).bias); };
  CHECK(error_of(undefined) == "xavier_uniform_: input 0 is an undefined tensor [init_test.cpp:" +
                                   std::to_string(line) + "]");
}

TEST_CASE("weights without elements take any initialization") {
  for (const Shape& shape : {Shape{0, 3}, Shape{3, 0}, Shape{2, 0, 3}}) {
    const Tensor w = empty(shape);
    init::xavier_uniform_(w);
    init::xavier_normal_(w);
    init::kaiming_uniform_(w);
    init::kaiming_normal_(w);
    init::orthogonal_(w);
    CHECK(w.numel() == 0);
  }
}

TEST_CASE("identities") {
  const Tensor m = empty({2, 3});
  init::eye_(m);
  CHECK(m.to_vector<float>() == std::vector<float>{1, 0, 0, 0, 1, 0});
  CHECK_THROWS_AS(init::eye_(zeros({3})), ShapeError);

  manual_seed(4);
  const Tensor w = empty({4, 2, 3, 3});
  init::dirac_(w, 2);
  const Tensor x = randn({1, 4, 5, 5});
  const Tensor y = conv2d(x, w, {}, {.padding = 1, .groups = 2});
  CHECK(y.to_vector<float>() == x.to_vector<float>());
  CHECK(sum(w).item() == 4);
  CHECK_THROWS_AS(init::dirac_(w, 3), ValueError);
  CHECK_THROWS_AS(init::dirac_(m), ShapeError);
}

TEST_CASE("every initialiser fills a leaf that requires gradients, unrecorded") {
  manual_seed(6);
  const nn::Conv2d conv(4, 4, 3);
  const nn::Linear linear(6, 5);
  const auto on = [](const Tensor& leaf, auto fill) {
    const std::uint32_t before = leaf.version();
    fill(leaf);
    CHECK(leaf.is_leaf());
    CHECK(leaf.requires_grad());
    CHECK(leaf.version() > before);
  };
  for (const Tensor& w : {conv.weight, linear.weight}) {
    on(w, [](const Tensor& x) { init::constant_(x, 2); });
    on(w, [](const Tensor& x) { init::zeros_(x); });
    on(w, [](const Tensor& x) { init::ones_(x); });
    on(w, [](const Tensor& x) { init::uniform_(x); });
    on(w, [](const Tensor& x) { init::normal_(x); });
    on(w, [](const Tensor& x) { init::trunc_normal_(x); });
    on(w, [](const Tensor& x) { init::orthogonal_(x); });
    on(w, [](const Tensor& x) { init::xavier_uniform_(x); });
    on(w, [](const Tensor& x) { init::xavier_normal_(x); });
    on(w, [](const Tensor& x) { init::kaiming_uniform_(x); });
    on(w, [](const Tensor& x) { init::kaiming_normal_(x); });
  }
  on(linear.weight, [](const Tensor& x) { init::eye_(x); });
  on(linear.weight, [](const Tensor& x) { init::sparse_(x, 0.5); });
  on(conv.weight, [](const Tensor& x) { init::dirac_(x); });
}

TEST_CASE("constants and sparse matrices") {
  manual_seed(5);
  nn::Linear layer(50, 20);
  init::constant_(layer.weight, 0.5);
  CHECK(sum(layer.weight).item() == 500);
  init::ones_(layer.bias);
  CHECK(sum(layer.bias).item() == 20);
  init::zeros_(layer.bias);
  CHECK(sum(layer.bias).item() == 0);
  init::sparse_(layer.weight, 0.33, 0.1);
  const Tensor zeros_of_column = sum(to(eq(layer.weight, 0), int64), 0);
  CHECK(zeros_of_column.to_vector<std::int64_t>() == std::vector<std::int64_t>(50, 7));
  CHECK(largest(layer.weight) < 1);
  CHECK(layer.weight.is_leaf());
  CHECK_THROWS_AS(init::sparse_(layer.weight, 1.5), ValueError);
  CHECK_THROWS_AS(init::sparse_(layer.bias, 0.5), ShapeError);
}
