// Tensors as such: memory, views, dtypes, shapes, printing, the pool.

#include <array>
#include <cinta/cinta.hpp>
#include <cmath>
#include <list>
#include <span>
#include <sstream>
#include <thread>
#include <type_traits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

// Numbers in braces are no place in a file: median has no axes, and must not ignore some.
template <class T>
concept TakesNumbersForAPlace = requires(const T& x) {
  median(x, {0, 1});
};
static_assert(!TakesNumbersForAPlace<Tensor>);
static_assert(std::is_constructible_v<Site, const char (&)[6], unsigned>);

namespace {

std::string printed(const Tensor& x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

// Text without its " [file:line]".
template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.rfind(" ["));
}

}  // namespace

TEST_CASE("a tensor is a handle") {
  const Tensor none;
  CHECK_FALSE(none.defined());
  Tensor a = tensor({1, 2, 3});
  const Tensor b = a;
  fill_(a, 7);
  CHECK(b.to_vector<float>() == std::vector<float>{7, 7, 7});
  a.requires_grad_();
  CHECK(b.requires_grad());
  CHECK(sizeof(Tensor) == sizeof(void*));
}

TEST_CASE("elements in and out") {
  const Tensor x = from_data<std::int64_t>({1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK(x.spec() == Spec{{2, 3}, int64});
  CHECK(x.rank() == 2);
  CHECK(x.numel() == 6);
  CHECK(x.size(0) == 2);
  CHECK(x.size(-1) == 3);
  CHECK(x.data<std::int64_t>()[4] == 5);
  CHECK(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
  CHECK(transpose(x).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 4, 2, 5, 3, 6});
  CHECK(from_data<bool>({true, false}, {2}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(full({}, 2.5).item() == 2.5);
  CHECK(full({1, 1}, 3, int64).item() == 3);
  CHECK(full({1}, 1, boolean).item() == 1);
  CHECK(select(x, 1, 2).to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 6});
  CHECK(zeros({0, 3}).to_vector<float>().empty());
}

TEST_CASE("elements by the wrong name") {
  const Tensor x = ones({2});
  CHECK_THROWS_AS(x.data<double>(), DtypeError);
  CHECK(refusal([&] { x.data<double>(); }) == "data: the elements are float32, not float64");
  CHECK(refusal([&] { x.to_vector<bool>(); }) == "to_vector: the elements are float32, not bool");
  CHECK(refusal([&] { x.item(); }) == "item: needs exactly one element, the shape is (2,)");
  CHECK(refusal([&] { x.size(1); }) == "size: axis 1 is out of range for (2,), which has 1 axes");
  CHECK(refusal([&] { from_data<float>({1, 2}, {3}); }) == "from_data: 2 values do not fill (3,)");
  const std::string line = std::to_string(__LINE__ + 1);
  CHECK_THAT(error_of([&] { x.item(); }), EndsWith(" [tensor_test.cpp:" + line + "]"));
}

TEST_CASE("impossible shapes") {
  CHECK(refusal([] { empty({2, -1}); }) == "empty: negative size in (2, -1)");
  const std::int64_t huge = std::int64_t(1) << 40;
  CHECK(refusal([=] {
          empty({huge, huge});
        }) ==
        "empty: (1099511627776, 1099511627776) float32 has more bytes than 64 bits can count");
}

TEST_CASE("functions that make tensors name themselves and the caller's line") {
  const Tensor ids = zeros({1}, int64);
  const std::int64_t huge = std::int64_t(1) << 40;
  const auto place = [](int line) { return " [tensor_test.cpp:" + std::to_string(line) + "]"; };
  const auto negative = [&](const std::string& op, const std::string& shape, int line) {
    return op + ": negative size in " + shape + place(line);
  };
  CHECK(error_of([] { empty({-1}); }) == negative("empty", "(-1,)", __LINE__));
  CHECK(error_of([] { zeros({-1}); }) == negative("zeros", "(-1,)", __LINE__));
  CHECK(error_of([] { ones({2, -3}); }) == negative("ones", "(2, -3)", __LINE__));
  CHECK(error_of([] { full({-3}, 1); }) == negative("full", "(-3,)", __LINE__));
  CHECK(error_of([] { eye(-1); }) == negative("eye", "(-1, -1)", __LINE__));
  CHECK(error_of([] { rand({-2}); }) == negative("rand", "(-2,)", __LINE__));
  CHECK(error_of([] { randn({-2}); }) == negative("randn", "(-2,)", __LINE__));
  CHECK(error_of([] { uniform({-2}, 0, 1); }) == negative("uniform", "(-2,)", __LINE__));
  CHECK(error_of([] { normal({-2}, 0, 1); }) == negative("normal", "(-2,)", __LINE__));
  CHECK(error_of([] { randint(0, 2, {-2}); }) == negative("randint", "(-2,)", __LINE__));
  CHECK(error_of([] { bernoulli({-2}, 0.5); }) == negative("bernoulli", "(-2,)", __LINE__));
  CHECK(refusal([&] {
          index_add({-1, 2}, ids, ones({1, 2}));
        }) == "index_add: negative size in (-1, 2)");
  CHECK(refusal([&] { one_hot(ids, -3); }) == "one_hot: negative size in (1, -3)");
  const std::string large =
      "zeros: (1099511627776, 1099511627776) float32 has more bytes than 64 bits can count";
  CHECK(refusal([=] { zeros({huge, huge}); }) == large);
  CHECK(refusal([] { arange(0, NAN); }) == "arange: start, stop and step must be finite");
  CHECK(refusal([] { arange(INFINITY); }) == "arange: start, stop and step must be finite");
  CHECK(refusal([] { arange(1e30); }) == "arange: more elements than memory can hold");
  CHECK(refusal([] { arange(0, 1, 1e-300); }) == "arange: more elements than memory can hold");
}

TEST_CASE("values written out") {
  CHECK(tensor({5, 7}).shape() == Shape({2}));
  CHECK(tensor({{5, 7}}).shape() == Shape({1, 2}));
  const std::initializer_list<double> named = {5, 0.5};
  CHECK(tensor(named, float64).to_vector<double>() == std::vector<double>{5, 0.5});
  const Tensor column = tensor({{5.}, {7.}});
  CHECK(column.shape() == Shape({2, 1}));
  CHECK(column.to_vector<float>() == std::vector<float>{5, 7});
  CHECK(tensor({{5.}}).shape() == Shape({1, 1}));
}

TEST_CASE("sizes and axes that are known at run time only") {
  const std::vector<int> sizes = {2, 3};
  const std::array<std::size_t, 2> others = {3, 2};
  const std::list<long> listed = {6, 1};
  const std::int64_t plain[] = {1, 6};
  CHECK(zeros(sizes).shape() == Shape({2, 3}));
  CHECK(reshape(zeros(sizes), others).shape() == Shape({3, 2}));
  CHECK(reshape(zeros(sizes), listed).shape() == Shape({6, 1}));
  CHECK(reshape(zeros(sizes), plain).shape() == Shape({1, 6}));
  CHECK(zeros(std::vector<std::int64_t>()).shape() == Shape());
  CHECK(zeros(std::vector<std::int64_t>(7, 1)).shape() == Shape::filled(7, 1));

  const Tensor x = ones({2, 3, 4});
  CHECK(sum(x, std::vector<int>{0, -1}).shape() == Shape({3}));
  CHECK(sum(x, std::vector<int>{}).shape() == x.shape());
  CHECK(sum(x, std::span(plain).first(1)).shape() == Shape({2, 4}));
  CHECK(x.size(std::int64_t(-1)) == 4);
  CHECK(refusal([&] { softmax(x, std::int64_t(1) << 32); }) ==
        "softmax: axis 2147483647 is out of range for (2, 3, 4), which has 3 axes");
}

TEST_CASE("comparisons and assignments as operators") {
  const Tensor a = tensor({1, 2, 3}), b = tensor({3, 2, 1});
  const auto bits = [](const Tensor& x) { return x.to_vector<bool>(); };
  CHECK(bits(a < b) == std::vector<bool>{true, false, false});
  CHECK(bits(a <= b) == std::vector<bool>{true, true, false});
  CHECK(bits(a > 1) == std::vector<bool>{false, true, true});
  CHECK(bits(1.5 >= a) == std::vector<bool>{true, false, false});
  CHECK(bits(a == b) == std::vector<bool>{false, true, false});
  CHECK(bits(a != tensor({{1}, {2}})) == std::vector<bool>{false, true, true, true, false, true});
  CHECK_FALSE((a < b).requires_grad());

  Tensor x = tensor({1, 2, 3, 4});
  const Tensor same = x;
  x += 1;
  x -= tensor({0, 1, 0, 1});
  x *= 2;
  x /= tensor({1, 2, 4, 8});
  CHECK(same.to_vector<float>() == std::vector<float>{4, 2, 2, 1});
  const Tensor whole = arange(3);
  CHECK_THROWS_AS(whole /= 2, DtypeError);
  Tensor leaf = ones({2}).requires_grad_();
  CHECK_THROWS_AS(leaf += 1, GraphError);
  Tensor y = leaf * 3;
  y *= leaf;
  y += y;
  sum(y).backward();
  CHECK(leaf.grad().to_vector<float>() == std::vector<float>{12, 12});
  leaf.requires_grad_();  // as it was
  CHECK(leaf.grad().to_vector<float>() == std::vector<float>{12, 12});
  CHECK(refusal([] { Tensor() += 1; }) == "add_: input 0 is an undefined tensor");
  const std::string text = error_of([&] { x += ones({3}); });
  CHECK_THAT(text, EndsWith(" [tensor_test.cpp:" + std::to_string(__LINE__ - 1) + "]"));
}

TEST_CASE("parts are written through x(...)") {
  Tensor x = zeros({3, 4});
  x(0, 0) = 1;
  x(1, All) = tensor({1, 2, 3, 4});
  x(Ellipsis, -1) += 10;
  x(Slice(1), Slice(0, 2)) *= -1;
  x(2)(1) = x(1, 3);
  CHECK(x.to_vector<float>() == std::vector<float>{1, 0, 0, 10, -1, -2, 3, 14, -0.f, 14, 0, 10});
  x(All) = 5;
  CHECK(max(x).item() == 5);
  CHECK(min(x).item() == 5);

  SECTION("recorded, as in-place operations are") {
    const Tensor w = tensor({2, 3}).requires_grad_();
    const Tensor y = zeros({2, 2}) * w;
    y(0) = w * w;
    y(All, 1) = 7;
    sum(y).backward();
    CHECK(w.grad().to_vector<float>() == std::vector<float>{4, 0});
  }
  SECTION("an assigned handle is another tensor") {
    Tensor row = x(0);
    row = zeros({4});
    CHECK(max(x).item() == 5);
  }
  SECTION("what nobody would see is refused") {
    const std::string lost =
        "operator=: nothing but this temporary holds the elements, so what is written into them is "
        "lost; x(ids) is a copy: write by index_put_";
    CHECK(refusal([&] { x(zeros({1}, int64)) = 1; }) == lost);
    CHECK(refusal([&] { x(All, zeros({2, 2}, int64)) = 1; }) == lost);
    CHECK(refusal([&] { x* 2 = x; }) == lost);
    CHECK(refusal([&] { Tensor() = 1; }).starts_with("operator=: this tensor is undefined"));
    const Tensor ids = zeros({1}, int64);
    CHECK(refusal([&] { x(ids) += 1; }) == "operator+" + lost.substr(8));
    CHECK(refusal([&] { x(x > 2) *= x(x > 2); }) == "operator*" + lost.substr(8));
    CHECK(refusal([&] { x(All, ids) -= 1; }) == "operator-" + lost.substr(8));
    CHECK(refusal([&] { (x * 2) /= 2; }) == "operator/" + lost.substr(8));
    x.detach() += 1;
    CHECK(max(x).item() == 6);
    std::vector<float> mine(2, 0);
    from_blob(mine.data(), {2}, float32) = 3;
    from_blob(mine.data(), {2}, float32) += 1;
    CHECK(mine == std::vector<float>{4, 4});
  }
  const std::string text = error_of([&] { x(0) = ones({3}); });
  CHECK_THAT(text, EndsWith(" [tensor_test.cpp:" + std::to_string(__LINE__ - 1) + "]"));
}

TEST_CASE("views share memory, copies do not") {
  const Tensor base = reshape(arange(24, float32), {2, 3, 4});
  const std::uint32_t version = base.version();
  for (const Tensor& view :
       {reshape(base, {6, 4}), flatten(base), transpose(base), permute(base, {2, 0, 1}),
        unsqueeze(base, 1), squeeze(unsqueeze(base, 0), 0), slice(base, 2, 1, 4, 2),
        select(base, 0, 1), broadcast_to(base, {5, 2, 3, 4}), base.detach(), contiguous(base)}) {
    CHECK(view.storage() == base.storage());
  }
  for (const Tensor& copy : {clone(base), to(base, float64), cat({base}),
                             reshape(transpose(base), {24}), contiguous(transpose(base))})
    CHECK_FALSE(copy.storage() == base.storage());
  CHECK(to(base, float32).impl() == base.impl());

  fill_(slice(base, 2, 1, 2), -1);
  CHECK(base.to_vector<float>()[5] == -1);
  CHECK(select(select(base, 0, 0), 1, 1).to_vector<float>() == std::vector<float>{-1, -1, -1});
  CHECK(base.version() == version + 1);
}

TEST_CASE("strides of views") {
  const Tensor x = zeros({2, 3, 4});
  CHECK(x.strides() == Strides{12, 4, 1});
  CHECK(transpose(x).strides() == Strides{12, 1, 4});
  CHECK_FALSE(transpose(x).is_contiguous());
  CHECK(slice(x, 1, 0, 3, 2).strides() == Strides{12, 8, 1});
  CHECK(broadcast_to(zeros({3, 1}), {2, 3, 4}).strides() == Strides{0, 1, 0});
  // Axes of size 1 may have any stride; nothing is dense in any order.
  CHECK(transpose(zeros({1, 5})).is_contiguous());
  CHECK(transpose(zeros({0, 5})).is_contiguous());
  const Tensor none = permute(zeros({0, 4, 2}), {0, 2, 1});
  CHECK(none.is_contiguous());
  CHECK(reshape(none, {0}).storage() == none.storage());
  // A view where the strides allow it, also of what is not dense.
  const Tensor rows = slice(zeros({6, 4}), 0, 0, 6, 2);
  CHECK(reshape(rows, {3, 2, 2}).storage() == rows.storage());
  CHECK_FALSE(reshape(rows, {12}).storage() == rows.storage());
}

TEST_CASE("writing in place") {
  const Tensor x = zeros({2, 3});
  copy_(x, tensor({1, 2, 3}, float64));
  CHECK(x.to_vector<float>() == std::vector<float>{1, 2, 3, 1, 2, 3});
  copy_(transpose(x), tensor({{1, 2}, {3, 4}, {5, 6}}, int64));
  CHECK(x.to_vector<float>() == std::vector<float>{1, 3, 5, 2, 4, 6});
  CHECK(x.version() == 2);
  CHECK(refusal([&] { copy_(x, ones({2})); }) == "copy_: (2,) does not broadcast to (2, 3)");
  CHECK(fill_(zeros({2}, boolean), 2).to_vector<bool>() == std::vector<bool>{true, true});
  CHECK_FALSE(fill_(x, 1).requires_grad());
}

TEST_CASE("memory of somebody else") {
  std::vector<float> mine = {1, 2, 3, 4};
  int released = 0;
  {
    const Ref<Storage> storage = Storage::wrap(mine.data(), 16, [&] { ++released; });
    CHECK(storage->data() == mine.data());
    CHECK(storage->bytes() == 16);
  }
  CHECK(released == 1);

  released = 0;
  {
    const Tensor x = from_blob(mine.data(), {2, 2}, float32, [&] { ++released; });
    const Tensor turned = permute(x, {1, 0});
    CHECK(turned.to_vector<float>() == std::vector<float>{1, 3, 2, 4});
    x += 1;
    CHECK(mine == std::vector<float>{2, 3, 4, 5});
    CHECK(x.storage()->bytes() == 16);
  }
  CHECK(released == 1);
  // Backwards, and every second one.
  const Tensor back = from_blob(mine.data() + 3, {2}, Strides{-2}, float32);
  CHECK(back.to_vector<float>() == std::vector<float>{5, 3});
  CHECK(back.storage()->data() == mine.data() + 1);
  CHECK(back.storage()->bytes() == 12);
  CHECK(from_blob(nullptr, {0, 3}, int64).storage()->bytes() == 0);
  // Refused, the memory is still the caller's.
  const auto release = [&] { ++released; };
  CHECK(refusal([&] { from_blob(mine.data(), {-1}, float32, release); }) ==
        "from_blob: negative size in (-1,)");
  CHECK(refusal([&] {
          from_blob(mine.data(), {2, 2}, Strides{1}, float32, release);
        }) == "from_blob: (2, 2) has as many strides as axes, not 1");
  CHECK(refusal([&] {
          from_blob(mine.data(), {3}, Strides{std::int64_t{1} << 61}, float32, release);
        }) == "from_blob: the strides lead further than memory can reach");
  CHECK(released == 1);
}

TEST_CASE("shapes of more than six axes") {
  const Shape long_one = {1, 2, 1, 3, 1, 2, 1, 2};
  Shape copy = long_one, other = {4};
  CHECK(copy == long_one);
  other = copy;
  CHECK(other == long_one);
  copy[7] = 5;
  CHECK(copy != long_one);
  const Shape moved = std::move(copy);
  CHECK(moved.back() == 5);
  other = Shape{1};
  CHECK(other.str() == "(1,)");
  CHECK(long_one.str() == "(1, 2, 1, 3, 1, 2, 1, 2)");
  CHECK(long_one.numel() == 24);
  CHECK(Shape::filled(9, 1).numel() == 1);

  const Tensor x = reshape(arange(24, float64), long_one);
  Tensor leaf = clone(x).requires_grad_();
  const Tensor y = permute(leaf, {7, 6, 5, 4, 3, 2, 1, 0});
  CHECK(y.shape() == Shape{2, 1, 2, 1, 3, 1, 2, 1});
  sum(y * y + zeros({3, 1, 1, 1}, float64)).backward();
  CHECK(leaf.grad().shape() == long_one);
  CHECK(sum(leaf.grad() - 2 * x).item() == 0);
  CHECK(sum(x, {1, 3}).shape() == Shape{1, 1, 1, 2, 1, 2});
  CHECK(slice(x, 3, 1).to_vector<double>()[0] == 4);
  CHECK(max(transpose(x, 1, 7)).item() == 23);
}

TEST_CASE("shape arithmetic") {
  CHECK(Shape{}.str() == "()");
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{3, 0}.numel() == 0);
  CHECK(Spec{{3, 4}, int64}.str() == "int64 (3, 4)");
  CHECK(broadcast_shapes("f", {2, 1, 3}, {4, 1}) == Shape{2, 4, 3});
  CHECK(broadcast_shapes("f", {}, {2}) == Shape{2});
  CHECK(broadcast_shapes("f", {0, 1}, {1, 3}) == Shape{0, 3});
  CHECK(refusal([] {
          broadcast_shapes("f", {2, 3}, {3, 2, 4});
        }) == "f: (2, 3) and (3, 2, 4) do not broadcast: sizes 3 and 4 differ");
  CHECK(refusal([] { broadcast_shapes("f", {0}, {2}); }) ==
        "f: (0,) and (2,) do not broadcast: sizes 0 and 2 differ");
  CHECK(broadcasts_to({3, 1}, {2, 3, 4}));
  CHECK_FALSE(broadcasts_to({2, 3}, {3}));
  CHECK_FALSE(broadcasts_to({2}, {1}));
}

TEST_CASE("dtypes promote to the larger") {
  const Dtype order[] = {boolean, int64, float32, float64};
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const Dtype larger = order[std::max(i, j)];
      const Tensor a = ones({2}, order[i]), b = ones({2}, order[j]);
      CHECK(promote(order[i], order[j]) == larger);
      CHECK((a + b).dtype() == std::max(larger, int64));  // true + true is 2
      CHECK((a / b).dtype() == std::max(larger, float32));
      CHECK(maximum(a, b).dtype() == std::max(larger, int64));
      CHECK(where(ones({2}, boolean), a, b).dtype() == larger);
      CHECK(cat({a, b}).dtype() == larger);
      CHECK(eq(a, b).dtype() == boolean);
    }
  }
}

TEST_CASE("of a number only the kind promotes") {
  const auto with = [](Dtype dtype, auto number) { return (ones({2}, dtype) * number).dtype(); };
  CHECK(with(boolean, true) == int64);
  CHECK(with(boolean, 2) == int64);
  CHECK(with(boolean, 2.5) == float32);
  CHECK(with(int64, 2) == int64);
  CHECK(with(int64, 2.5f) == float32);
  CHECK(with(int64, 2.5) == float32);
  CHECK(with(float32, 2) == float32);
  CHECK(with(float32, 2.5) == float32);
  CHECK(with(float64, 2) == float64);
  CHECK(with(float64, 2.5f) == float64);
  CHECK(with(float64, true) == float64);
  CHECK((1 / ones({2}, int64)).dtype() == float32);
  CHECK(where(ones({2}, boolean), ones({2}, int64), 0.5).dtype() == float32);
  CHECK(where(ones({2}, boolean), 1, 2).dtype() == int64);
  CHECK(where(ones({2}, boolean), true, false).dtype() == boolean);
  // A 0-dim tensor is a tensor.
  CHECK((ones({2}) * full({}, 2, float64)).dtype() == float64);
  // The number itself is not rounded to less than the result.
  CHECK((ones({1}, float64) * 0.1).item() == 0.1);
  CHECK((ones({1}) * 0.1).item() == double(0.1f));
}

TEST_CASE("conversions") {
  const Tensor x = tensor({-1.75, 0, 0.5, 3}, float64);
  CHECK(to(x, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{-1, 0, 0, 3});
  CHECK(to(x, boolean).to_vector<bool>() == std::vector<bool>{true, false, true, true});
  CHECK(to(x, float32).to_vector<float>() == std::vector<float>{-1.75f, 0, 0.5f, 3});
  CHECK(to(tensor({1, 0}, boolean), float64).to_vector<double>() == std::vector<double>{1, 0});
  CHECK(to(tensor({1 << 24, 3}, int64), float32).to_vector<float>() ==
        std::vector<float>{16777216, 3});
  Tensor leaf = tensor({1, 2}).requires_grad_();
  CHECK(to(leaf, float64).requires_grad());
  CHECK_FALSE(to(leaf, int64).requires_grad());
}

TEST_CASE("printing") {
  CHECK(printed(Tensor()) == "undefined tensor");
  CHECK(printed(full({}, 2.5)) == "2.5  float32 ()");
  CHECK(printed(tensor({1, 2.5, -3e10})) == "[1, 2.5, -3e+10]  float32 (3,)");
  CHECK(printed(tensor({{1, 2}, {3, 4}}, int64)) == "[[1, 2],\n [3, 4]]  int64 (2, 2)");
  CHECK(printed(tensor({1, 0}, boolean)) == "[true, false]  bool (2,)");
  CHECK(printed(tensor({1.0 / 3}, float64)) == "[0.3333333333]  float64 (1,)");
  CHECK(printed(zeros({0, 3})) == "[]  float32 (0, 3)");
  // Whatever the sign of a NaN, which depends on machine and operation.
  const double nan = std::nan(""), inf = HUGE_VAL;
  CHECK(printed(tensor({nan, -nan, inf, -inf}, float64)) == "[nan, nan, inf, -inf]  float64 (4,)");
  CHECK(printed(tensor({nan, -nan, inf, -inf})) == "[nan, nan, inf, -inf]  float32 (4,)");
  CHECK(printed(transpose(tensor({{1, 2}, {3, 4}}))) == "[[1, 3],\n [2, 4]]  float32 (2, 2)");
  CHECK(printed(arange(2000)) == "[0, 1, 2, ..., 1997, 1998, 1999]  int64 (2000,)");
  CHECK(printed(zeros({1000, 2})) ==
        "[[0, 0],\n [0, 0],\n [0, 0],\n ...,\n [0, 0],\n [0, 0],\n [0, 0]]  float32 (1000, 2)");
  CHECK(printed(tensor({NAN, -NAN, INFINITY, -INFINITY})) == "[nan, nan, inf, -inf]  float32 (4,)");
  CHECK_THAT(error_of([&] { dropout(ones({1}), -nan, true); }), ContainsSubstring("got nan ["));
}

TEST_CASE("undefined tensors are refused by name") {
  CHECK(refusal([] { exp(Tensor()); }) == "exp: input 0 is an undefined tensor");
  CHECK(refusal([] { Tensor() * 2; }) == "mul: an operand is an undefined tensor");
  CHECK(refusal([] { sum(Tensor()); }) == "sum: input 0 is an undefined tensor");
  CHECK(refusal([] { empty_like(Tensor()); }) == "empty_like: input 0 is an undefined tensor");
  CHECK(refusal([] { full_like(Tensor(), 2); }) == "full_like: input 0 is an undefined tensor");
  CHECK(refusal([] { zeros_like(Tensor()); }) == "zeros_like: input 0 is an undefined tensor");
  CHECK(refusal([] { ones_like(Tensor()); }) == "ones_like: input 0 is an undefined tensor");
}

TEST_CASE("a member of an undefined tensor says how one comes to be undefined") {
  const auto text = [](const std::string& member) {
    return member +
           ": this tensor is undefined: it was never given a value, or is a gradient that no "
           "backward() has computed";
  };
  Tensor none;
  CHECK(refusal([&] { none.shape(); }) == text("shape"));
  CHECK(refusal([&] { none.strides(); }) == text("strides"));
  CHECK(refusal([&] { none.dtype(); }) == text("dtype"));
  CHECK(refusal([&] { none.rank(); }) == text("rank"));
  CHECK(refusal([&] { none.numel(); }) == text("numel"));
  CHECK(refusal([&] { none.size(0); }) == text("size"));
  CHECK(refusal([&] { none.is_contiguous(); }) == text("is_contiguous"));
  CHECK(refusal([&] { none.storage(); }) == text("storage"));
  CHECK(refusal([&] { none.version(); }) == text("version"));
  CHECK(refusal([&] { none.last_writer(); }) == text("last_writer"));
  CHECK(refusal([&] { none.data<float>(); }) == text("data"));
  CHECK(refusal([&] { none.item(); }) == text("item"));
  CHECK(refusal([&] { none.to_vector<float>(); }) == text("to_vector"));
  CHECK(refusal([&] { none.catch_up(); }) == text("catch_up"));
  CHECK(refusal([&] { none.is_row_sparse(); }) == text("is_row_sparse"));
  CHECK(refusal([&] { none.requires_grad(); }) == text("requires_grad"));
  CHECK(refusal([&] { none.requires_grad_(); }) == text("requires_grad_"));
  CHECK(refusal([&] { none.is_leaf(); }) == text("is_leaf"));
  CHECK(refusal([&] { none.grad(); }) == text("grad"));
  CHECK(refusal([&] { none.retain_grad(); }) == text("retain_grad"));
  CHECK(refusal([&] { none.register_hook([](const Tensor&) {}); }) == text("register_hook"));
  CHECK(refusal([&] { none.set_grad({}); }) == text("set_grad"));
  CHECK(refusal([&] { none.set_data(ones({1})); }) == text("set_data"));
  CHECK(refusal([&] { none.node(); }) == text("node"));
  CHECK(refusal([&] { none.output_index(); }) == text("output_index"));
  CHECK(refusal([&] { none.is_unique(); }) == text("is_unique"));
  CHECK_THROWS_AS(none.backward(), ValueError);
  CHECK_FALSE(none.detach().defined());
  CHECK(none.spec() == Spec());
  const std::string said = error_of([] { ones({1}).requires_grad_().grad().item(); });
  CHECK(said == text("item") + " [tensor_test.cpp:" + std::to_string(__LINE__ - 1) + "]");
}

TEST_CASE("sites") {
  Site site("a/b/train.cpp", 41);
  CHECK(site.str() == "train.cpp:41");
  site.module = "hidden.out";
  CHECK(site.str() == "hidden.out, train.cpp:41");
  CHECK(error_of([&] { throw ValueError("wrong", site); }) == "wrong [hidden.out, train.cpp:41]");
  const Site outer("outer.cpp", 1);
  const SiteScope first(outer);
  {
    const SiteScope second(site);
    CHECK(error_of([] { exp(Tensor()); }) ==
          "exp: input 0 is an undefined tensor [hidden.out, train.cpp:41]");
  }
  CHECK(error_of([] { exp(Tensor()); }) == "exp: input 0 is an undefined tensor [outer.cpp:1]");
}

TEST_CASE("every error of the library is an Error") {
  CHECK_THROWS_AS(throw ShapeError("x"), Error);
  CHECK_THROWS_AS(throw DtypeError("x"), Error);
  CHECK_THROWS_AS(throw IndexError("x"), Error);
  CHECK_THROWS_AS(throw ValueError("x"), Error);
  CHECK_THROWS_AS(throw GraphError("x"), Error);
  CHECK_THROWS_AS(throw IoError("x"), std::runtime_error);
}

TEST_CASE("memory is aligned and comes back") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  for (std::int64_t size : {1, 7, 100, 5000, 10'000, 1'000'000}) {
    const Tensor x = zeros({size});
    CHECK(reinterpret_cast<std::uintptr_t>(x.data<float>()) % 64 == 0);
  }
  const void* first = nullptr;
  for (int i = 0; i < 3; ++i) {
    const Tensor x = empty({1'000'000});
    if (i == 0) first = x.data<float>();
    CHECK(x.data<float>() == first);
  }
}

TEST_CASE("the pool's numbers") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  constexpr std::int64_t bytes = 4'000'000;
  const std::int64_t before = memory_stats().in_use;
  reset_peak_memory();
  {
    const Tensor x = empty({bytes / 4});
    CHECK(memory_stats().in_use >= before + bytes);
    CHECK(memory_stats().in_use <= before + bytes * 5 / 4 + 64 * 1024);
  }
  CHECK(memory_stats().in_use < before + 64 * 1024);
  CHECK(memory_stats().peak_in_use >= before + bytes);
  CHECK(memory_stats().cached >= bytes);
  empty_cache();
  CHECK(memory_stats().cached < bytes);
}

TEST_CASE("once warm, work takes no memory from the system") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  Tensor w = randn({100, 100}).requires_grad_();
  const auto step = [&] {
    for (std::int64_t size : {1, 30, 1000, 10'000}) {
      Tensor v = ones({size}).requires_grad_();
      sum(tanh(v * 2 + 1)).backward();
    }
    sum(square(w) + exp(-w)).backward();
    w.set_grad({});
  };
  for (int i = 0; i < 3; ++i) step();
  const std::int64_t before = memory_stats().system_allocations;
  for (int i = 0; i < 50; ++i) step();
  CHECK(memory_stats().system_allocations == before);
}

TEST_CASE("blocks that another thread frees, and threads that end, lose nothing") {
  if (sanitized) SKIP_TEST("the memory pool is off");
  const auto round = [] {
    std::vector<Tensor> made;
    std::thread([&] {
      for (int i = 0; i < 2000; ++i) made.push_back(ones({i % 100}));
    }).join();
    made.clear();
  };
  for (int i = 0; i < 10; ++i) round();
  const std::int64_t before = memory_stats().system_allocations;
  for (int i = 0; i < 20; ++i) round();
  CHECK(memory_stats().system_allocations == before);
}
