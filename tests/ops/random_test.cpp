// Random numbers: the generator against published values, distributions against theory, and that
// threads, sizes and strides do not change a value. Seeds are fixed, so nothing here is left to
// chance; bounds are wide enough for any seed but one in a million.

#include <algorithm>
#include <array>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

// The variant for the lowest instruction set.
namespace cinta::kernels::baseline {
void uniform(const Array& y, double low, double high, const RandomKey& key);
void normal(const Array& y, double mean, double std, const RandomKey& key);
void integers(const Array& y, std::int64_t low, std::uint64_t span, const RandomKey& key);
void bernoulli(const Array& y, double p, const RandomKey& key);
void dropout(const Array& x, const Array& y, double p, const RandomKey& key);
}  // namespace cinta::kernels::baseline

namespace {

using namespace cinta;
using kernels::RandomKey;
using Words = std::array<std::uint32_t, 4>;

constexpr RandomKey key{0x123456789ABCDEF0, 0xFEDCBA9876543210};
constexpr std::int64_t large = 1 << 20;

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && std::memcmp(Array(a).memory, Array(b).memory,
                                             std::size_t(a.numel()) * size_of(a.dtype())) == 0;
}

std::vector<double> values(const Tensor& x) { return to(x, float64).to_vector<double>(); }

double mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / double(x.size());
}

// Mean of ((x - center) / scale)^power.
double moment(const std::vector<double>& x, int power, double center, double scale) {
  double sum = 0;
  for (const double v : x) sum += std::pow((v - center) / scale, power);
  return sum / double(x.size());
}

// Kolmogorov and Smirnov: the largest distance between the empirical and the true distribution,
// times sqrt(n). Above 2.7 with probability 1e-6.
template <class F>
double kolmogorov(std::vector<double> x, F distribution) {
  std::sort(x.begin(), x.end());
  const double n = double(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = distribution(x[i]);
    worst = std::max({worst, p - double(i) / n, double(i + 1) / n - p});
  }
  return worst * std::sqrt(n);
}

double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2)); }

// How far chi^2 of these counts lies from its expectation, in its deviations.
double chi_excess(const std::vector<double>& counts) {
  const double expected =
      std::accumulate(counts.begin(), counts.end(), 0.0) / double(counts.size());
  double chi = 0;
  for (const double count : counts) chi += (count - expected) * (count - expected) / expected;
  const double freedom = double(counts.size() - 1);
  return (chi - freedom) / std::sqrt(2 * freedom);
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const double mx = mean_of(x), my = mean_of(y);
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  return xy / std::sqrt(xx * yy);
}

// Every way to draw, as one call of the default generator that gives n elements.
struct Draw {
  const char* name;
  Tensor (*run)(std::int64_t n);
};
const Draw draws[] = {
    {"uniform float32", [](std::int64_t n) { return rand({n}); }},
    {"uniform float64", [](std::int64_t n) { return rand({n}, float64); }},
    {"normal float32", [](std::int64_t n) { return randn({n}); }},
    {"normal float64", [](std::int64_t n) { return randn({n}, float64); }},
    {"randint", [](std::int64_t n) { return randint(-5, 1000, {n}); }},
    {"bernoulli", [](std::int64_t n) { return bernoulli({n}, 0.3); }},
    {"dropout float32", [](std::int64_t n) { return dropout(ones({n}), 0.3, true); }},
    {"dropout float64", [](std::int64_t n) { return dropout(ones({n}, float64), 0.3, true); }}};

}  // namespace

TEST_CASE("Philox gives the known answers of its authors") {
  // From kat_vectors of Random123, "philox4x32 10".
  constexpr std::uint32_t f = 0xFFFFFFFF;
  CHECK(kernels::philox({0, 0, 0, 0}, {0, 0}) ==
        Words{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8});
  CHECK(kernels::philox({f, f, f, f}, {f, f}) ==
        Words{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD});
  CHECK(
      kernels::philox({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, {0xA4093822, 0x299F31D0}) ==
      Words{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1});
}

TEST_CASE("elements are made of the words that the header says") {
  constexpr std::int64_t n = 1000;
  const Tensor narrow = empty({n}), wide = empty({n}, float64);
  kernels::uniform(narrow, 0, 1, key);
  kernels::uniform(wide, 0, 1, key);
  for (std::int64_t i = 0; i < n; ++i) {
    const Words one = kernels::random_block(key, std::uint64_t(i / 64 * 16 + i % 16));
    const std::uint32_t word = one[std::size_t(i % 64 / 16)];
    REQUIRE(narrow.data<float>()[i] == float(word >> 8) * 0x1p-24f);
    const Words two = kernels::random_block(key, std::uint64_t(i / 32 * 16 + i % 16));
    const std::size_t k = std::size_t(i % 32 / 16 * 2);
    const double high = two[k] >> 5, low = two[k + 1] >> 6;
    REQUIRE(wide.data<double>()[i] == (high * 0x1p26 + low) * 0x1p-53);
  }
}

TEST_CASE("a mask drops where the header says, also where half a word does not decide") {
  constexpr std::int64_t n = 500'003;
  const Tensor x = full({n}, 3.0), y = empty({n});
  for (const double p : {1e-6, 0.2, 0.5}) {
    kernels::dropout(x, y, p, key);
    const std::uint32_t threshold = kernels::dropout_threshold(p);
    int undecided = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint32_t number = kernels::mask_number(key, std::uint64_t(i));
      undecided += number >> 16 == threshold >> 16;
      if (y.data<float>()[i] != (number < threshold ? 0 : 3 * float(1 / (1 - p))))
        FAIL("element " << i << " at p " << p << " is " << y.data<float>()[i]);
    }
    CHECK(undecided > 0);
  }
}

TEST_CASE("every instruction set draws the same") {
  constexpr std::int64_t n = 10007;
  const Tensor x = randn({n});
  for (const Dtype dtype : {float32, float64}) {
    const Tensor a = empty({n}, dtype), b = empty({n}, dtype), wide = to(x, dtype);
    kernels::uniform(a, 0, 1, key);
    kernels::baseline::uniform(b, 0, 1, key);
    CHECK(same_bits(a, b));
    kernels::dropout(wide, a, 0.4, key);
    kernels::baseline::dropout(wide, b, 0.4, key);
    CHECK(same_bits(a, b));
    kernels::normal(a, 1, 2, key);
    kernels::baseline::normal(b, 1, 2, key);
    const std::vector<double> va = values(a), vb = values(b);
    for (std::size_t i = 0; i < va.size(); ++i)
      REQUIRE(std::abs(va[i] - vb[i]) <= (dtype == float32 ? 4e-6 : 1e-14));
  }
  const Tensor a = empty({n}, int64), b = empty({n}, int64);
  kernels::integers(a, -7, 1000003, key);
  kernels::baseline::integers(b, -7, 1000003, key);
  CHECK(same_bits(a, b));
  const Tensor p = empty({n}, boolean), q = empty({n}, boolean);
  kernels::bernoulli(p, 0.3, key);
  kernels::baseline::bernoulli(q, 0.3, key);
  CHECK(same_bits(p, q));
}

TEST_CASE("a value does not depend on how many there are") {
  for (const Draw& draw : draws) {
    CAPTURE(draw.name);
    manual_seed(3);
    const Tensor all = draw.run(200);
    for (std::int64_t n = 0; n < 200; ++n) {
      manual_seed(3);
      const Tensor first = draw.run(n);
      REQUIRE(same_bits(first, clone(slice(all, 0, 0, n))));
    }
  }
}

TEST_CASE("values do not depend on the number of threads") {
  if (!omp_set_num_threads) SKIP_TEST("the library has no threads");
  for (const Draw& draw : draws) {
    CAPTURE(draw.name);
    Tensor one;
    for (const int threads : {1, 2, 3, 5}) {
      omp_set_num_threads(threads);
      manual_seed(11);
      const Tensor x = draw.run(large / 4 + 13);
      if (threads == 1) one = x;
      CHECK(same_bits(one, x));
    }
  }
  omp_set_num_threads(2);
}

TEST_CASE("calls, seeds and states") {
  for (const Draw& draw : draws) {
    CAPTURE(draw.name);
    manual_seed(1);
    const Tensor a = draw.run(100), b = draw.run(100);
    CHECK_FALSE(same_bits(a, b));
    const GeneratorState state = generator_state();
    CHECK(state.seed == 1);
    CHECK(state.next_call == 2);
    const Tensor c = draw.run(100);
    set_generator_state(state);
    CHECK(same_bits(draw.run(100), c));
    manual_seed(1);
    CHECK(same_bits(draw.run(100), a));
    manual_seed(2);
    CHECK_FALSE(same_bits(draw.run(100), a));
    manual_seed(std::uint64_t{1} << 63 | 1);  // all bits of the seed count
    CHECK_FALSE(same_bits(draw.run(100), a));
  }
}

TEST_CASE("threads that draw at once get different numbers") {
  manual_seed(5);
  std::vector<std::thread> threads;
  std::vector<std::vector<double>> drawn(4);
  for (auto& mine : drawn) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 500; ++i) mine.push_back(rand({1}, float64).item());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<double> different;
  for (const auto& mine : drawn) different.insert(mine.begin(), mine.end());
  CHECK(different.size() == 2000);
  CHECK(generator_state().next_call == 2000);
}

TEST_CASE("uniform numbers are uniform") {
  for (const Dtype dtype : {float32, float64}) {
    manual_seed(21);
    const std::vector<double> x = values(uniform({large}, -3, 5, dtype));
    CHECK(*std::min_element(x.begin(), x.end()) >= -3);
    CHECK(*std::max_element(x.begin(), x.end()) < 5);
    CHECK(std::abs(mean_of(x) - 1) < 5 * 8 / std::sqrt(12 * double(large)));
    CHECK(moment(x, 2, 1, 8 / std::sqrt(12.0)) == Approx(1).epsilon(0.005));
    CHECK(kolmogorov(x, [](double v) { return (v + 3) / 8; }) < 2.7);
    CHECK(std::abs(correlation({x.begin(), x.end() - 1}, {x.begin() + 1, x.end()})) < 0.005);
    CHECK(std::abs(correlation({x.begin(), x.end() - 16}, {x.begin() + 16, x.end()})) < 0.005);
    const std::vector<double> next = values(uniform({large}, -3, 5, dtype));
    CHECK(std::abs(correlation(x, next)) < 0.005);
    manual_seed(22);
    CHECK(std::abs(correlation(x, values(uniform({large}, -3, 5, dtype)))) < 0.005);
  }
}

TEST_CASE("uniform numbers stay below the upper bound") {
  for (const Dtype dtype : {float32, float64}) {
    // Here most results would round up to the bound.
    const double step = dtype == float32 ? 0x1p-23 : 0x1p-52;
    for (const double x : values(uniform({1000}, 1, 1 + step, dtype))) REQUIRE(x == 1);
    for (const double x : values(uniform({100000}, -0x1p-140, 0, dtype))) REQUIRE(x < 0);
    for (const double x : values(uniform({100}, 2.5, 2.5, dtype))) REQUIRE(x == 2.5);
    for (const double x : values(uniform({1000}, -3e38, 3e38, dtype))) REQUIRE(std::isfinite(x));
  }
}

TEST_CASE("normal numbers are normal") {
  for (const Dtype dtype : {float32, float64}) {
    manual_seed(31);
    const std::vector<double> x = values(normal({large}, -2, 3, dtype));
    CHECK(std::abs(mean_of(x) + 2) < 5 * 3 / std::sqrt(double(large)));
    CHECK(moment(x, 2, -2, 3) == Approx(1).epsilon(0.008));
    CHECK(std::abs(moment(x, 3, -2, 3)) < 0.02);
    CHECK(moment(x, 4, -2, 3) == Approx(3).epsilon(0.02));
    CHECK(moment(x, 6, -2, 3) == Approx(15).epsilon(0.08));
    CHECK(kolmogorov(x, [](double v) { return normal_distribution((v + 2) / 3); }) < 2.7);
    // Tails: about 66 of a million beyond 4 deviations.
    const auto far =
        std::count_if(x.begin(), x.end(), [](double v) { return std::abs(v + 2) > 12; });
    CHECK(far > 30);
    CHECK(far < 110);
    // The two numbers of a pair lie 16 apart.
    CHECK(std::abs(correlation({x.begin(), x.end() - 16}, {x.begin() + 16, x.end()})) < 0.005);
    std::vector<double> squares(x);
    for (double& v : squares) v = (v + 2) * (v + 2);
    CHECK(std::abs(correlation({squares.begin(), squares.end() - 16},
                               {squares.begin() + 16, squares.end()})) < 0.005);
  }
  for (const double x : values(normal({100}, 4, 0))) REQUIRE(x == 4);
}

TEST_CASE("integers are uniform and in range") {
  manual_seed(41);
  std::vector<double> counts(7);
  for (const std::int64_t x : randint(-3, 4, {large}).to_vector<std::int64_t>()) {
    REQUIRE(x >= -3);
    REQUIRE(x < 4);
    ++counts[std::size_t(x + 3)];
  }
  CHECK(chi_excess(counts) < 8);
  constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                         max = std::numeric_limits<std::int64_t>::max();
  std::int64_t negative = 0;
  for (const std::int64_t x : randint(min, max, {1000}).to_vector<std::int64_t>())
    negative += x < 0;
  CHECK(negative > 400);
  CHECK(negative < 600);
  CHECK(randint(max - 1, max, {1}).item() == double(max - 1));
}

TEST_CASE("bernoulli is true as often as it should be") {
  manual_seed(51);
  for (const double p : {0.0, 0.1, 0.5, 0.999, 1.0}) {
    const double mean = mean_of(values(bernoulli({large}, p)));
    CHECK(std::abs(mean - p) <= 5 * std::sqrt(p * (1 - p) / double(large)));
  }
}

TEST_CASE("permutations are permutations, all equally likely") {
  manual_seed(61);
  std::vector<std::int64_t> sorted = randperm(1000).to_vector<std::int64_t>();
  CHECK_FALSE(std::is_sorted(sorted.begin(), sorted.end()));
  std::sort(sorted.begin(), sorted.end());
  for (std::int64_t i = 0; i < 1000; ++i) REQUIRE(sorted[std::size_t(i)] == i);
  std::vector<double> counts(256);
  for (int i = 0; i < 24000; ++i) {
    const std::vector<std::int64_t> p = randperm(4).to_vector<std::int64_t>();
    ++counts[std::size_t(p[0] + 4 * p[1] + 16 * p[2] + 64 * p[3])];
  }
  std::erase(counts, 0);
  CHECK(counts.size() == 24);
  CHECK(chi_excess(counts) < 6);
  CHECK(randperm(0).shape() == Shape{0});
  CHECK(randperm(1).item() == 0);
}

TEST_CASE("tensors of any strides are filled in place") {
  const Tensor memory = zeros({4, 6});
  uniform_(slice(transpose(memory), 0, 0, 6, 2), 1, 2);
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = 0; j < 6; ++j)
      CHECK((memory.data<float>()[i * 6 + j] != 0) == (j % 2 == 0));
  manual_seed(71);
  normal_(transpose(memory), 0, 1);
  const Tensor strided = clone(transpose(memory));
  manual_seed(71);
  CHECK(same_bits(strided, normal({6, 4}, 0, 1)));
}

TEST_CASE("filling a leaf in place is not recorded, and graphs notice") {
  Tensor x = rand({3});
  x.requires_grad_();
  const Tensor y = square(x);
  CHECK_THROWS_AS(uniform_(x, 0, 1), GraphError);
  {
    const NoGrad no_grad;
    uniform_(x, 0, 1);
  }
  CHECK(x.is_leaf());
  CHECK_THROWS_AS(y.backward(ones({3})), GraphError);
  const Tensor z = square(x);
  normal_(x.detach(), 0, 1);
  CHECK_THROWS_AS(z.backward(ones({3})), GraphError);
}

TEST_CASE("dropout drops a share p and keeps the mean") {
  manual_seed(81);
  for (const double p : {0.05, 0.5, 0.9}) {
    for (const Dtype dtype : {float32, float64}) {
      const std::vector<double> y = values(dropout(ones({large}, dtype), p, true));
      const double scale = dtype == float32 ? double(float(1 / (1 - p))) : 1 / (1 - p);
      std::int64_t dropped = 0;
      for (const double v : y) {
        dropped += v == 0;
        REQUIRE((v == 0 || v == scale));
      }
      CHECK(std::abs(double(dropped) / double(large) - p) <
            5 * std::sqrt(p * (1 - p) / double(large)));
    }
  }
  // So close to 1 that no float is between: still no division by 0 and no element kept at random.
  for (const double v : values(dropout(ones({100}), std::nextafter(1.0, 0.0), true))) CHECK(v == 0);
}

TEST_CASE("dropout drops NaN and infinity too") {
  manual_seed(82);
  const Tensor mask = dropout(ones({1000}), 0.5, true);
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    manual_seed(82);
    const std::vector<double> y = values(dropout(full({1000}, bad), 0.5, true));
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE((y[i] == 0) == (mask.data<float>()[i] == 0));
  }
}

TEST_CASE("dropout draws the same mask again for every derivative") {
  manual_seed(83);
  Tensor x = ones({500});
  x.requires_grad_();
  const Tensor y = dropout(x, 0.3, true);
  CHECK_THROWS_AS(y.node()->saved(0), GraphError);  // nothing is stored
  rand({10});                                       // other draws in between change nothing
  const Tensor loss = sum(y * y * y);
  const Tensor first = grad({loss}, {x}, {.create_graph = true})[0];
  const Tensor second = grad({sum(first)}, {x})[0];
  const float* v = y.data<float>();
  for (std::int64_t i = 0; i < 500; ++i) {
    const double scale = v[i];  // 0 or 1 / (1 - p), x being 1
    REQUIRE(first.data<float>()[i] == Approx(3 * std::pow(scale, 3)));
    REQUIRE(second.data<float>()[i] == Approx(6 * std::pow(scale, 3)));
  }
}

TEST_CASE("dropout is the identity when it does not train") {
  const Tensor x = rand({3});
  const GeneratorState before = generator_state();
  CHECK(dropout(x, 0.5, false).impl() == x.impl());
  CHECK(dropout(x, 0, true).impl() == x.impl());
  CHECK(generator_state().next_call == before.next_call);
}

TEST_CASE("random functions refuse what makes no sense") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const auto starts = [](const std::string& text) {
    return StartsWith(text + " [random_test.cpp:");
  };
  CHECK_THAT(error_of([&] { uniform({2}, 1, 0.5); }),
             starts("uniform: low 1 and high 0.5 are no finite interval"));
  CHECK_THAT(error_of([&] { uniform({2}, 0, inf); }),
             starts("uniform: low 0 and high inf are no finite interval"));
  CHECK_THAT(error_of([&] { uniform({2}, nan, 1); }),
             starts("uniform: low nan and high 1 are no finite interval"));
  CHECK_THAT(error_of([&] { uniform({2}, -1e308, 1e308, float64); }),
             starts("uniform: low -1e+308 and high 1e+308 are no finite interval"));
  CHECK_THAT(error_of([] { uniform({2}, -1e39, 1e39); }),
             starts("uniform: low -1e+39 and high 1e+39 are no finite interval"));
  CHECK(all(isfinite(uniform({1000}, -3e38, 3e38))).item<bool>());
  CHECK(all(isfinite(uniform({1000}, -1e39, 1e39, float64))).item<bool>());
  CHECK_THAT(error_of([&] { rand({2}, int64); }),
             starts("rand: needs a floating dtype, got int64"));
  CHECK_THAT(error_of([&] { randn({2}, boolean); }),
             starts("randn: needs a floating dtype, got bool"));
  CHECK_THAT(error_of([&] { normal({2}, 0, -1); }),
             starts("normal: std must not be negative, got -1"));
  CHECK_THAT(error_of([&] { normal({2}, 0, nan); }),
             starts("normal: std must not be negative, got nan"));
  CHECK_THAT(error_of([&] { uniform_(zeros({2}, int64), 0, 1); }),
             starts("uniform_: needs a floating dtype, got int64"));
  CHECK_THAT(error_of([&] { uniform_(zeros({2}), 2, 1); }),
             starts("uniform_: low 2 and high 1 are no finite interval"));
  CHECK_THAT(error_of([&] { normal_(zeros({2}), 0, -2); }),
             starts("normal_: std must not be negative, got -2"));
  CHECK_THAT(error_of([&] { randint(3, 3, {2}); }), starts("randint: low 3 is not below high 3"));
  CHECK_THAT(error_of([&] { bernoulli({2}, 1.5); }),
             starts("bernoulli: p must lie in [0, 1], got 1.5"));
  CHECK_THAT(error_of([&] { bernoulli({2}, nan); }),
             starts("bernoulli: p must lie in [0, 1], got nan"));
  CHECK_THAT(error_of([&] { randperm(-1); }), starts("randperm: n must not be negative, got -1"));
}

TEST_CASE("multinomial of the largest, the smallest and no weights") {
  const auto of = [](std::vector<double> values) {
    return from_data(values, {std::int64_t(values.size())});
  };
  const Tensor found = multinomial(of({1e308, 1e308, 1e308, 1e308}), 1000, true);
  const auto counts = bincount(found, 4).to_vector<std::int64_t>();
  for (const std::int64_t n : counts) CHECK(n > 150);
  CHECK(sort(multinomial(of({0, 1e-320, 0, 1e-320}), 2)).values.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 3});
  for (const bool replacement : {false, true}) {
    CHECK(error_of([&] {
            multinomial(zeros({3, 0}), 1, replacement);
          }).starts_with("multinomial: fewer than 1 probabilities of a row are not 0"));
    CHECK(multinomial(zeros({3, 0}), 0, replacement).shape() == Shape{3, 0});
    CHECK(multinomial(zeros({0, 3}), 2, replacement).shape() == Shape{0, 2});
  }
}

TEST_CASE("multinomial draws as often as the weights say") {
  CHECK(error_of([] {
          multinomial(zeros({1}), 1);
        }).starts_with("multinomial: fewer than 1 probabilities of a row are not 0"));
  manual_seed(7);
  const Tensor weights = from_data(std::vector<double>{1, 0, 2, 5, 0}, {5});
  constexpr double draws = 80'000;
  const auto shares = [&](const Tensor& found) {
    return (to(bincount(flatten(found), 5), float64) / double(found.numel())).to_vector<double>();
  };
  const auto close = [](double share, double p, double n) {
    return std::abs(share - p) < 5 * std::sqrt(p * (1 - p) / n);
  };
  const std::vector<double> with = shares(multinomial(weights, std::int64_t(draws), true));
  // The first of two draws without replacement has these shares too; the second one has those of
  // the rest, which is by Bayes 1/8 * 5/7 + 2/8 * 5/6 of the last one and so on.
  const Tensor rows = clone(broadcast_to(weights, {40'000, 5}));
  const Tensor pairs = multinomial(rows, 2);
  const std::vector<double> first = shares(pairs(All, 0)), second = shares(pairs(All, 1));
  const std::vector<double> p = {0.125, 0, 0.25, 0.625, 0};
  const std::vector<double> q = {p[2] / 6 + p[3] / 3, 0, p[0] * 2 / 7 + p[3] * 2 / 3,
                                 p[0] * 5 / 7 + p[2] * 5 / 6, 0};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK((p[i] == 0 ? with[i] == 0 && first[i] == 0 && second[i] == 0
                     : close(with[i], p[i], draws) && close(first[i], p[i], draws / 2) &&
                           close(second[i], q[i], draws / 2)));
  }
}

TEST_CASE("truncated_normal: any number of deviations out, draws are at the near end") {
  manual_seed(1);
  for (const double low : {1e2, 1e4, 1e6, 1e8, 3e8, 4e8, 4.18526649e8, 5e8, 9e8, 1e9, 1e12}) {
    CAPTURE(low);
    const Tensor x = truncated_normal(zeros({200}, float64), 1, low, 1.2 * low);
    // Of mean 1 / low above it; 60 of those come with a probability of 1e-26.
    CHECK(max(x).item() - low <= 60 / low + 1e-15 * low);
    const Tensor y = truncated_normal(zeros({200}, float64), 1, -1.2 * low, -low);
    CHECK(min(y).item() + low >= -60 / low - 1e-15 * low);
  }
}
