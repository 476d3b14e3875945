// Whole numbers stay exact where double has gaps, on every way from an argument to an element.

#include <cinta/cinta.hpp>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

namespace {

using namespace cinta;
using Ints = std::vector<std::int64_t>;

constexpr std::int64_t k = 1700000000000000001, most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min();
constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor tensor_of(const Ints& values) { return from_data(values, {std::int64_t(values.size())}); }
Ints ints(const Tensor& x) { return contiguous(x).to_vector<std::int64_t>(); }

}  // namespace

TEST_CASE("a number beside an int64 tensor is the tensor of that number") {
  const Tensor x = tensor_of({k - 1, k, k + 1});
  for (const std::int64_t number : {k, k + 1, most, least, std::int64_t(0)}) {
    CAPTURE(number);
    const Tensor y = tensor_of({number, number, number});
    using Binary = Tensor (*)(const Operand&, const Operand&);
    for (const Binary f : {Binary(&add), Binary(&sub), Binary(&maximum), Binary(&minimum)}) {
      CHECK(ints(f(x, number)) == ints(f(x, y)));
      CHECK(ints(f(number, x)) == ints(f(y, x)));
    }
    for (const Binary f :
         {Binary(&eq), Binary(&ne), Binary(&lt), Binary(&le), Binary(&gt), Binary(&ge)}) {
      CHECK(f(x, number).to_vector<bool>() == f(x, y).to_vector<bool>());
      CHECK(f(number, x).to_vector<bool>() == f(y, x).to_vector<bool>());
    }
    const Tensor flags = from_data<bool>({true, false, true}, {3});
    CHECK(ints(where(flags, x, number)) == Ints{k - 1, number, k + 1});
    CHECK(ints(where(flags, number, x)) == Ints{number, k, number});
  }
  CHECK(ints(mul(tensor_of({1, -1}), k)) == Ints{k, -k});
}

TEST_CASE("writes, constants and ranges of int64 are exact") {
  const auto written = [](const auto& write) {
    const Tensor x = tensor_of({0, 1, 2});
    write(x);
    return ints(x);
  };
  const Tensor first = tensor_of({0}), flags = from_data<bool>({true, false, false}, {3});
  CHECK(written([](const Tensor& x) { add_(x, k); }) == Ints{k, k + 1, k + 2});
  CHECK(written([](const Tensor& x) { sub_(x, k); }) == Ints{-k, 1 - k, 2 - k});
  CHECK(written([](const Tensor& x) { mul_(x, k / 2); }) == Ints{0, k / 2, k - 1});
  CHECK(written([](const Tensor& x) { fill_(x, k); }) == Ints{k, k, k});
  CHECK(written([&](const Tensor& x) { masked_fill_(x, flags, k); }) == Ints{k, 1, 2});
  CHECK(written([&](const Tensor& x) { index_put_(x, {first}, k); }) == Ints{k, 1, 2});
  CHECK(written([&](const Tensor& x) { index_put_(x, {first}, k, true); }) == Ints{k, 1, 2});
  CHECK(written([&](const Tensor& x) { index_fill_(x, 0, first, k); }) == Ints{k, 1, 2});
  CHECK(ints(full({2}, k, int64)) == Ints{k, k});
  CHECK(ints(full({1}, least, int64)) == Ints{least});
  CHECK(full({1}, k, int64).item<std::int64_t>() == k);
  CHECK(ints(sum(tensor_of({k, 1}))) == Ints{k + 1});
}

TEST_CASE("arange takes its dtype from its arguments") {
  CHECK(ints(arange(k, k + 3)) == Ints{k, k + 1, k + 2});
  CHECK(ints(arange(k + 3, k, -2)) == Ints{k + 3, k + 1});
  CHECK(ints(arange(most - 1, most)) == Ints{most - 1});
  CHECK(ints(arange(least, most, most)) == Ints{least, -1, most - 1});
  CHECK(ints(arange(2, 9, 3)) == Ints{2, 5, 8});
  CHECK(ints(arange(8, 2, -3)) == Ints{8, 5});
  CHECK(arange(3, 3).numel() == 0);
  CHECK(arange(3, 5, -1).numel() == 0);
  CHECK(arange(0, 1, 0.25).to_vector<float>() == std::vector<float>{0, 0.25, 0.5, 0.75});
  CHECK(arange(0.5, 3).to_vector<float>() == std::vector<float>{0.5, 1.5, 2.5});
  CHECK(arange(2.0).dtype() == float32);
  CHECK(arange(0, 1, 0.5, float64).to_vector<double>() == std::vector<double>{0, 0.5});
  CHECK(ints(arange(0.5, 3, 1, int64)) == Ints{0, 1, 2});
  CHECK(arange(3, float64).to_vector<double>() == std::vector<double>{0, 1, 2});
  CHECK_THAT(error_of([] { arange(0, 1, 0); }), StartsWith("arange: step must not be 0"));
  CHECK_THAT(error_of([] { arange(0, infinity); }),
             StartsWith("arange: start, stop and step must be finite"));
  CHECK_THAT(error_of([] { arange(std::nan(""), 1); }), ContainsSubstring("must be finite"));
}

TEST_CASE("what int64 cannot hold becomes 0 on every way there") {
  // 2^63 is the first number that is too large; -2^63 is the last that is not too small.
  for (const double value :
       {std::nan(""), infinity, -infinity, 0x1p63, 1e300, -0x1.0000000000001p63}) {
    CAPTURE(value);
    CHECK(ints(full({70}, value, int64)) == Ints(70, 0));
    CHECK(ints(to(full({70}, value, float64), int64)) == Ints(70, 0));
    CHECK(full({1}, value, float64).item<std::int64_t>() == 0);
    CHECK(ints(tensor({value, value}, int64)) == Ints{0, 0});
    const Tensor x = tensor_of({1, 2});
    copy_(x, full({2}, value, float64));
    CHECK(ints(x) == Ints{0, 0});
    fill_(x, value);
    CHECK(ints(x) == Ints{0, 0});
  }
  CHECK(ints(to(full({70}, -0x1p63, float32), int64)) == Ints(70, least));
  CHECK(ints(to(tensor({-1.9, 1.9}), int64)) == Ints{-1, 1});
  CHECK(to(tensor({std::nan(""), 0, -0.0, 0.1}), boolean).to_vector<bool>() ==
        std::vector<bool>{true, false, false, true});
}

TEST_CASE("an unsigned number beyond int64 is refused with the line") {
  const std::string text = error_of([] { eq(arange(3), 0x9e3779b97f4a7c15u); });
  const int line = __LINE__ - 1;
  CHECK(text ==
        "the number 11400714819323198485 is beyond int64; convert it to std::int64_t or "
        "double, whichever is meant [int64_test.cpp:" +
            std::to_string(line) + "]");
}

TEST_CASE("sums and products of int64 count modulo 2^64, as NumPy's do") {
  // Rows longer than registers and blocks, so that every loop has its turn.
  for (const std::int64_t n : {1, 3, 8, 33, 1500}) {
    CAPTURE(n);
    const Tensor x = full({n}, most, int64), y = full({n}, least, int64);
    const auto all = [n](const Tensor& t, std::int64_t value) {
      CHECK(ints(t) == Ints(std::size_t(n), value));
    };
    all(x + 1, least);
    all(y - 1, most);
    all(x + x, -2);
    all(x * 2, -2);
    all(x * x, 1);
    all(square(y), 0);
    all(-y, least);
    all(abs(y), least);
    all(pow(x, 3), most);

    // n * (2^63 - 1) and n * -2^63
    const std::int64_t of_most = n % 2 ? most - (n - 1) : -n, of_least = n % 2 ? least : 0;
    CHECK(sum(x).item<std::int64_t>() == of_most);
    CHECK(sum(y).item<std::int64_t>() == of_least);
    const Tensor columns = stack({x, y, x, y}, 1);
    CHECK(ints(sum(columns, 0)) == Ints{of_most, of_least, of_most, of_least});
    CHECK(ints(sum(slice(columns, 1, 0, 4, 2), 0)) == Ints{of_most, of_most});
    all(sum(columns, 1), -2);
    all(sum(slice(columns, 1, 0, 4, 2), 1), -2);
    CHECK(prod(x).item<std::int64_t>() == (n % 2 ? most : 1));
    CHECK(ints(slice(cumsum(x, 0), 0, n - 1, n)) == Ints{of_most});
    const Tensor ids = zeros({n}, int64);
    CHECK(ints(scatter_add(zeros({1}, int64), 0, ids, y)) == Ints{of_least});
  }
}
