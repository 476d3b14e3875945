// The dropout family: what shares its fate, what is random about a mask, and modules. Single values
// and derivatives are in the op table, the generator itself in random_test.cpp. Seeds are fixed;
// bounds are wide enough for any seed but one in a million.

#include <cinta/autograd/tape/node.hpp>
#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cmath>
#include <numeric>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

// The variant for the lowest instruction set.
namespace cinta::kernels::baseline {
void masked_affine(const Array& x, const Array& y, double p, const RandomKey& key, double scale,
                   double shift, double dropped);
}

namespace {

using namespace cinta;
using Floats = std::vector<float>;

constexpr std::int64_t many = 1 << 20;

// 1 where a mask kept an element of ones.
std::vector<int> kept(const Tensor& y) {
  std::vector<int> bits;
  for (const double v : to(y, float64).to_vector<double>()) bits.push_back(v != 0);
  return bits;
}

std::vector<int> mask(std::int64_t n, double p) { return kept(dropout(ones({n}), p, true)); }

// Deviations that `hits` of `n` events of probability p lie from their expectation.
double deviations(double hits, double n, double p) {
  return (hits - n * p) / std::sqrt(n * p * (1 - p));
}

// The same for pairs of masks that agree: independent masks do with p^2 + (1 - p)^2.
double agreement(const std::vector<int>& a, const std::vector<int>& b, std::size_t shift,
                 double p) {
  double same = 0, n = double(a.size() - shift);
  for (std::size_t i = 0; i + shift < a.size(); ++i) same += a[i] == b[i + shift];
  return deviations(same, n, p * p + (1 - p) * (1 - p));
}

// Every kind, as a function of ones: elements, channels of 1, words, weights of 1.
struct Kind {
  const char* name;
  Tensor (*run)(std::int64_t n, double p, bool training);
};
const Kind kinds[] = {
    {"dropout", [](std::int64_t n, double p, bool on) { return dropout(ones({n}), p, on); }},
    {"dropout1d",
     [](std::int64_t n, double p, bool on) {
       return dropout1d(ones({n, 1}), p, on);
     }},
    {"dropout2d",
     [](std::int64_t n, double p, bool on) {
       return dropout2d(ones({1, n, 1, 1}), p, on);
     }},
    {"embedding_dropout", [](std::int64_t n, double p, bool on) {
       return embedding_dropout(ones({n, 1}), arange(n), p, on);
     }}};

}  // namespace

TEST_CASE("every kind of mask drops a share p, independently of neighbours, calls and seeds") {
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    for (const double p : {0.05, 0.5, 0.8}) {
      manual_seed(91);
      const auto a = kept(kind.run(many, p, true)), b = kept(kind.run(many, p, true));
      manual_seed(92);
      const auto c = kept(kind.run(many, p, true));
      const double hits = std::accumulate(a.begin(), a.end(), 0.0);
      CHECK(std::abs(deviations(hits, double(many), 1 - p)) < 5);
      CHECK(std::abs(agreement(a, b, 0, p)) < 5);  // calls
      CHECK(std::abs(agreement(a, c, 0, p)) < 5);  // seeds
      for (const std::size_t lag : {1, 2, 16, 64, 1024})
        CHECK(std::abs(agreement(a, a, lag, p)) < 5);
    }
  }
}

TEST_CASE("the bits of a mask pass chi-square tests") {
  manual_seed(93);
  // Runs of eight elements at p = 1/2 are the 256 bytes, all equally likely.
  const auto bits = mask(many, 0.5);
  std::vector<double> bytes(256);
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) {
    int byte = 0;
    for (std::size_t k = 0; k < 8; ++k) byte = 2 * byte + bits[i + k];
    ++bytes[std::size_t(byte)];
  }
  const double expected = double(many) / 8 / 256;
  double chi = 0;
  for (const double count : bytes) chi += (count - expected) * (count - expected) / expected;
  CHECK(std::abs(chi - 255) < 5 * std::sqrt(2.0 * 255));

  // How many of 100 are dropped over 10,000 calls: binomial in mean and variance.
  double sum = 0, squares = 0;
  for (int call = 0; call < 10000; ++call) {
    const auto m = mask(100, 0.3);
    const double dropped = 100 - std::accumulate(m.begin(), m.end(), 0.0);
    sum += dropped;
    squares += (dropped - 30) * (dropped - 30);
  }
  CHECK(std::abs(sum / 10000 - 30) < 5 * std::sqrt(21.0 / 10000));
  CHECK(squares / 10000 == Approx(21).epsilon(5 * std::sqrt(2.0 / 10000)));
}

TEST_CASE("masks do not depend on threads or instruction sets") {
  Floats first[5];
  for (const int threads : {1, 2, 3, 5}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    int k = 0;
    const auto same = [&](const Tensor& y) {
      const Floats now = y.to_vector<float>();
      if (threads == 1) first[k] = now;
      CHECK(now == first[k]);
      ++k;
    };
    for (const Kind& kind : kinds) {
      manual_seed(94);
      same(kind.run(200'003, 0.4, true));
    }
    manual_seed(94);
    same(alpha_dropout(ones({200'003}), 0.4, true));
  }
  if (omp_set_num_threads) omp_set_num_threads(2);

  const kernels::RandomKey key{5, 6};
  const Tensor x = randn({10007}, float64), a = empty({10007}, float64),
               b = empty({10007}, float64);
  kernels::masked_affine(x, a, 0.4, key, 1.5, 0.25, -2);
  kernels::baseline::masked_affine(x, b, 0.4, key, 1.5, 0.25, -2);
  CHECK(max(abs(a - b)).item() < 1e-14);  // one of them may round once less
}

TEST_CASE("channels and words are dropped whole") {
  manual_seed(95);
  const Floats y = dropout2d(ones({8, 16, 3, 5}), 0.5, true).to_vector<float>();
  int dropped = 0;
  for (std::size_t channel = 0; channel < 8 * 16; ++channel) {
    dropped += y[channel * 15] == 0;
    for (std::size_t i = 1; i < 15; ++i) REQUIRE(y[channel * 15 + i] == y[channel * 15]);
  }
  CHECK(dropped > 40);
  CHECK(dropped < 88);

  // A word has one fate in the whole batch, as if the table's row had been dropped.
  const Tensor table = randn({10, 3}), ids = randint(0, 10, {6, 20});
  manual_seed(96);
  const Floats words = embedding_dropout(embedding(table, ids), ids, 0.5, true).to_vector<float>();
  manual_seed(96);
  const Tensor rows = embedding_dropout(table, arange(10), 0.5, true);
  CHECK(words == embedding(rows, ids).to_vector<float>());

  // Its gradient reaches the rows that were kept, and only those.
  Tensor leaf = clone(table).requires_grad_();
  manual_seed(96);
  sum(embedding_dropout(embedding(leaf, ids), ids, 0.5, true)).backward();
  std::vector<float> uses(10);
  for (const std::int64_t id : ids.to_vector<std::int64_t>()) ++uses[std::size_t(id)];
  for (std::size_t r = 0; r < 10; ++r)
    CHECK(leaf.grad().data<float>()[r * 3] == (rows.data<float>()[r * 3] == 0 ? 0 : 2 * uses[r]));
}

TEST_CASE("alpha dropout keeps mean 0 and variance 1") {
  manual_seed(97);
  for (const double p : {0.1, 0.5}) {
    const Tensor y = alpha_dropout(randn({many}, float64), p, true);
    CHECK(std::abs(mean(y).item()) < 5 / std::sqrt(double(many)));
    CHECK(var(y).item() == Approx(1).epsilon(0.02));
  }
}

TEST_CASE("nothing is stored, and evaluation is the same handle at no cost") {
  manual_seed(98);
  Tensor x = ones({4, 3}).requires_grad_();
  for (const Tensor& y :
       {dropout(x, 0.5, true), dropout1d(x, 0.5, true), alpha_dropout(x, 0.5, true)})
    for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(y.node()->saved(i), GraphError);

  const std::uint64_t calls = generator_state().next_call;
  const Tensor ids = zeros({4}, int64), image = ones({2, 3, 4});
  const nn::EmbeddingDropout words(0.5);
  const nn::Dropout elements(0.5);
  const nn::Dropout1d lines(0.5);
  const nn::Dropout2d planes(0.5);
  const nn::AlphaDropout alpha(0.5);
  for (const nn::Module* module :
       std::initializer_list<const nn::Module*>{&words, &elements, &lines, &planes, &alpha})
    module->eval();
  CHECK(words(x, ids).impl() == x.impl());
  CHECK(elements(x).impl() == x.impl());
  CHECK(lines(x).impl() == x.impl());
  CHECK(planes(image).impl() == image.impl());
  CHECK(alpha(x).impl() == x.impl());
  for (const Kind& kind : kinds) {
    CHECK(kept(kind.run(5, 0.9, false)) == std::vector<int>(5, 1));
    CHECK(kept(kind.run(5, 0, true)) == std::vector<int>(5, 1));
  }
  CHECK(generator_state().next_call == calls);
}

TEST_CASE("DropConnect drops weights, one mask a call, and scales the others") {
  manual_seed(99);
  const nn::DropConnect layer(40, 30, 0.25, {.dtype = float64});
  const Tensor x = eye(40, float64);  // shows the weights
  const Tensor seen = layer(x) - layer.bias, again = layer(x) - layer.bias;
  int dropped = 0;
  for (std::int64_t i = 0; i < 40; ++i) {
    for (std::int64_t o = 0; o < 30; ++o) {
      const double w = layer.weight.data<double>()[o * 40 + i], y = seen.data<double>()[i * 30 + o];
      dropped += y == 0;
      CHECK((y == 0 || y == Approx(w / 0.75)));
    }
  }
  CHECK(std::abs(deviations(dropped, 1200, 0.25)) < 5);
  CHECK(max(abs(seen - again)).item() > 0);
  layer.eval();
  CHECK(layer(x).to_vector<double>() == linear(x, layer.weight, layer.bias).to_vector<double>());
  // Dropped connections learn nothing.
  layer.train();
  manual_seed(5);
  const Tensor y = layer(x);
  sum(y).backward();
  for (std::int64_t i = 0; i < 40; ++i)
    for (std::int64_t o = 0; o < 30; ++o)
      CHECK((layer.weight.grad().data<double>()[o * 40 + i] == 0) ==
            ((y - layer.bias).data<double>()[i * 30 + o] == 0));
}

TEST_CASE("dropout modules refuse p outside [0, 1) and name themselves") {
  const auto text = [](const std::string& name) {
    return StartsWith(name + ": p must lie in [0, 1), got 1 [dropout_test.cpp:");
  };
  CHECK_THAT(error_of([] { nn::Dropout(1); }), text("Dropout"));
  CHECK_THAT(error_of([] { nn::Dropout1d(1); }), text("Dropout1d"));
  CHECK_THAT(error_of([] { nn::Dropout2d(1); }), text("Dropout2d"));
  CHECK_THAT(error_of([] { nn::AlphaDropout(1); }), text("AlphaDropout"));
  CHECK_THAT(error_of([] { nn::EmbeddingDropout(1); }), text("EmbeddingDropout"));
  CHECK_THAT(error_of([] { nn::DropConnect(2, 2, 1); }), text("DropConnect"));
  CHECK_THAT(error_of([] { nn::Dropout(-0.1); }),
             StartsWith("Dropout: p must lie in [0, 1), got -0.1"));
  CHECK_THAT(error_of([] { nn::Dropout(std::nan("")); }),
             StartsWith("Dropout: p must lie in [0, 1), got nan"));
  struct Net : nn::Module {
    nn::Dropout1d drop = add("drop", nn::Dropout1d(0.5));
  };
  const Net net;
  CHECK_THAT(error_of([&] { net.drop(ones({3})); }),
             StartsWith("dropout1d: needs (batch, channels, length), with or without batch, got "
                        "(3,) [drop, dropout_test.cpp:"));
}
