// Tensors and xtensor share memory, both ways.

#define CINTA_XTENSOR_MATH
#include <cinta/autograd/xtensor.hpp>
#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"

using namespace cinta;

TEST_CASE("a view is the tensor's own memory") {
  Tensor t = tensor({{1, 2, 3}, {4, 5, 6}});
  auto v = t.view<float>();
  CHECK(v.dimension() == 2);
  CHECK(v.shape()[0] == 2);
  CHECK(v.shape()[1] == 3);
  CHECK(v(1, 0) == 4);
  CHECK(&v(0, 0) == t.data<float>());
  v(1, 0) = 40;
  CHECK(t.to_vector<float>() == std::vector<float>{1, 2, 3, 40, 5, 6});
  xt::noalias(v) = v + 1;
  CHECK(t.to_vector<float>() == std::vector<float>{2, 3, 4, 41, 6, 7});
}

TEST_CASE("a view follows strides") {
  const Tensor base = reshape(arange(24, float64), {2, 3, 4});
  SECTION("transposed") {
    const auto v = transpose(base, 0, 2).view<double>();
    CHECK(v(1, 2, 0) == 9);
    CHECK(v(3, 0, 1) == 15);
    CHECK(xt::sum(v)() == 276);
  }
  SECTION("sliced") {
    const Tensor part = slice(base, 2, 1, 4, 2);
    auto v = part.view<double>();
    CHECK(xt::all(xt::equal(
        v, xt::xarray<double>{{{1, 3}, {5, 7}, {9, 11}}, {{13, 15}, {17, 19}, {21, 23}}})));
    v = xt::zeros<double>({2, 3, 2});
    CHECK(sum(base).item() == 0 + 2 + 4 + 6 + 8 + 10 + 12 + 14 + 16 + 18 + 20 + 22);
    v += 1;
    CHECK(sum(base).item() == 132 + 12);
    CHECK_THROWS(v = xt::zeros<double>({2, 2}));
  }
  SECTION("expanded") {
    const Tensor wide = broadcast_to(slice(base, 2, 0, 1), {2, 3, 5});
    CHECK(xt::sum(wide.view<double>())() == 5 * (0 + 4 + 8 + 12 + 16 + 20));
  }
  SECTION("running backwards") {
    const auto v = alias(base, {4, 2}, {-1, -12}, 15).view<double>();
    CHECK(xt::all(xt::equal(v, xt::xarray<double>{{15, 3}, {14, 2}, {13, 1}, {12, 0}})));
  }
  SECTION("broadcast by xtensor along an axis of size 1") {
    const Tensor column = slice(select(base, 0, 0), 1, 2, 3);
    CHECK(column.shape() == Shape{3, 1});
    const xt::xarray<double> grid = column.view<double>() + xt::zeros<double>({3, 2});
    CHECK(xt::all(xt::equal(grid, xt::xarray<double>{{2, 2}, {6, 6}, {10, 10}})));
  }
}

TEST_CASE("views of every dtype, without axes, without elements") {
  CHECK(tensor({1, 0}, boolean).view<bool>()(0));
  CHECK(arange(3).view<std::int64_t>()(2) == 2);
  CHECK(full({}, 2.5).view<float>()() == 2.5f);
  CHECK(xt::sum(zeros({0, 3}).view<float>())() == 0);
}

TEST_CASE("the wrong element type is refused with the caller's line") {
  const Tensor t = ones({2});
  const auto view = [&] { t.view<double>(); };
  const std::string line = std::to_string(__LINE__ - 1);
  CHECK_THROWS_MATCHES(
      view(), DtypeError,
      Message("view: the elements are float32, not float64 [bridge_test.cpp:" + line + "]"));
}

TEST_CASE("a tensor from an expression") {
  const xt::xarray<float> a = {{1, 2}, {3, 4}};
  const Tensor t(2 * a + 1);
  CHECK(t.spec() == Spec{{2, 2}, float32});
  CHECK(t.to_vector<float>() == std::vector<float>{3, 5, 7, 9});

  CHECK(Tensor(a > 2.f).to_vector<bool>() == std::vector<bool>{false, false, true, true});
  CHECK(Tensor(xt::xarray<int>{1, 2}).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2});
  CHECK(Tensor(xt::xarray<double>{1, 2}).dtype() == float64);
  CHECK(Tensor(xt::transpose(a)).to_vector<float>() == std::vector<float>{1, 3, 2, 4});
  CHECK(Tensor(xt::view(a, xt::all(), 1)).to_vector<float>() == std::vector<float>{2, 4});
  const xt::xarray<float, xt::layout_type::column_major> columns = a;
  CHECK(Tensor(columns).to_vector<float>() == std::vector<float>{1, 2, 3, 4});
  CHECK(Tensor(xt::xarray<float>(5.f)).item() == 5);
  CHECK(Tensor(xt::zeros<float>({0, 3})).shape() == Shape{0, 3});
  CHECK(Tensor(xt::xtensor<double, 2>{{1, 2}}).shape() == Shape{1, 2});
}

TEST_CASE("an expression is evaluated into new memory") {
  xt::xarray<double> a = {1, 2, 3};
  const Tensor t(a);
  a(0) = 100;
  CHECK(t.to_vector<double>() == std::vector<double>{1, 2, 3});
  // One expression over two tensors' memories.
  const Tensor u = tensor({10, 20, 30}, float64);
  CHECK(Tensor(t.view<double>() * u.view<double>()).to_vector<double>() ==
        std::vector<double>{10, 40, 90});
}

TEST_CASE("values that come through the bridge take part in graphs") {
  Tensor w = Tensor(xt::xarray<double>{1, 2, 3}).requires_grad_();
  sum(w * w).backward();
  CHECK(xt::all(xt::equal(w.grad().view<double>(), xt::xarray<double>{2, 4, 6})));

  const Tensor y = sum(w * w);
  w.view<double>()(0) = 7;
  w.storage()->bump_version();
  CHECK_THROWS_AS(y.backward(), GraphError);
}
