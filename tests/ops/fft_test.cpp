// Fourier transforms of lengths that the op table has no time for, and what holds for all of them.

#include <cinta/cinta.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "support/catch_compat.hpp"

// Where the library counts on OpenMP; null elsewhere.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

using namespace cinta;

namespace {

std::vector<double> values(const Tensor& x) { return to(x, float64).to_vector<double>(); }

double largest_difference(const Tensor& a, const Tensor& b) {
  return a.numel() == 0 ? 0 : max(abs(to(a, float64) - to(b, float64))).item();
}

// exp(-2 pi i j k / n) summed up for some bins.
double error_of_bins(const std::vector<double>& x, const Tensor& bins, std::int64_t step) {
  const std::int64_t n = std::int64_t(x.size());
  const std::vector<double> got = values(bins);
  double worst = 0;
  for (std::int64_t k = 0; k <= n / 2; k += step) {
    long double re = 0, im = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      const long double angle = 2 * 3.14159265358979323846264L * (long double)(j * k % n) / n;
      re += x[std::size_t(j)] * std::cos(angle);
      im -= x[std::size_t(j)] * std::sin(angle);
    }
    worst = std::max({worst, std::abs(double(re) - got[std::size_t(2 * k)]),
                      std::abs(double(im) - got[std::size_t(2 * k + 1)])});
  }
  return worst;
}

}  // namespace

TEST_CASE("bins of any length are right, and the inverse gives the signal back") {
  manual_seed(1);
  for (std::int64_t n = 1; n <= 200; ++n) {
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(n, dtype);
      const double bound = (dtype == float32 ? 0x1p-24 : 0x1p-53) * 8 * std::sqrt(double(n)) *
                           (2 + std::log2(double(n)));
      const Tensor x = randn({n}, dtype), y = rfft(x);
      CHECK(error_of_bins(values(x), y, 1) < bound);
      CHECK(largest_difference(irfft(y, {.n = n}), x) < bound);
      const Tensor z = randn({n, 2}, dtype);
      CHECK(largest_difference(ifft(fft(z)), z) < bound);
    }
  }
}

TEST_CASE("long signals: products of small primes, primes, large primes inside") {
  manual_seed(2);
  for (const std::int64_t n : {65536, 65537, 60060, 100003, 2 * 50021, 243 * 125 * 3}) {
    CAPTURE(n);
    const Tensor x = randn({n}, float64), y = rfft(x);
    CHECK(error_of_bins(values(x), y, n / 7) < 1e-10);
    CHECK(largest_difference(irfft(y, {.n = n}), x) < 1e-13);
    const Tensor narrow = to(x, float32);
    CHECK(largest_difference(rfft(narrow), y) < 2e-6 * std::sqrt(double(n)) * std::log2(double(n)));
  }
}

TEST_CASE("the default length of irfft loses the last element of an odd signal, n keeps it") {
  const Tensor x = tensor({1, 2, 3, 4, 5}, float64);
  CHECK(irfft(rfft(x)).shape() == Shape{4});
  CHECK(largest_difference(irfft(rfft(x), {.n = 5}), x) < 1e-14);
}

TEST_CASE("orthonormal transforms keep lengths, and norms belong together") {
  manual_seed(3);
  const Tensor z = randn({3, 14, 2}, float64);
  CHECK(sum(square(fft(z, {.norm = FftNorm::ortho}))).item() ==
        Approx(sum(square(z)).item()).epsilon(1e-13));
  const Tensor x = randn({4, 6, 5}, float64);
  for (const FftNorm norm : {FftNorm::backward, FftNorm::ortho, FftNorm::forward}) {
    CHECK(largest_difference(irfft(rfft(x, {.axis = 1, .norm = norm}), {.axis = 1, .norm = norm}),
                             x) < 1e-14);
    CHECK(largest_difference(irfft2(rfft2(x, {.norm = norm}), {.n = std::pair{6, 5}, .norm = norm}),
                             x) < 1e-14);
    CHECK(largest_difference(
              irfft2(rfft2(x, {.axes = {2, 0}, .norm = norm}), {.axes = {2, 0}, .norm = norm}), x) <
          1e-14);
  }
}

TEST_CASE("a convolution is a product of spectra, with its gradients") {
  manual_seed(4);
  Tensor x = randn({2, 9}, float64), w = randn({4}, float64);
  const auto convolved = [](const Tensors& in) {
    const Tensor a = rfft(in[0], {.n = 12}), b = rfft(in[1], {.n = 12});
    const Tensor ar = select(a, -1, 0), ai = select(a, -1, 1), br = select(b, -1, 0),
                 bi = select(b, -1, 1);
    return irfft(stack({ar * br - ai * bi, ar * bi + ai * br}, -1), {.n = 12});
  };
  const std::vector<double> got = values(convolved({x, w})), a = values(x), b = values(w);
  for (std::int64_t row = 0; row < 2; ++row) {
    for (std::int64_t i = 0; i < 12; ++i) {
      double wanted = 0;
      for (std::int64_t k = 0; k < 4; ++k)
        if (i - k >= 0 && i - k < 9) wanted += a[std::size_t(9 * row + i - k)] * b[std::size_t(k)];
      CHECK(std::abs(got[std::size_t(12 * row + i)] - wanted) < 1e-13);
    }
  }
  const GradientReport report =
      check_gradients(convolved, {x.requires_grad_(), w.requires_grad_()}, {.second_order = true});
  CHECK(report);
}

TEST_CASE("NaN and infinity reach every bin") {
  for (const std::int64_t n : {1, 2, 3, 4, 8, 15, 17, 30, 64, 96, 128}) {
    for (std::int64_t place = 0; place < n; ++place) {
      for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        CAPTURE(n, place, bad);
        std::vector<double> x(std::size_t(n), 1.0);
        x[std::size_t(place)] = bad;
        const Tensor y = rfft(from_data(x, {n}));
        for (const double v : values(amax(where(isfinite(y), 0, 1), {-1}))) CHECK(v == 1);
      }
    }
  }
}

TEST_CASE("errors are those of rounding: of a step, times the root of their number") {
  manual_seed(11);
  for (const std::int64_t n : {64, 1000, 1024, 1050, 4096, 1 << 17, 1021, 10007}) {
    CAPTURE(n);
    const Tensor narrow = randn({n, 2}, float32), y = fft(to(narrow, float64));
    const double size = std::sqrt(mean(square(y)).item());
    const double error =
        std::sqrt(mean(square(to(fft(narrow), float64) - y)).item()) / size / 0x1p-24;
    // A prime's convolution has two transforms of about twice the length, and three products.
    const bool prime = n == 1021 || n == 10007;
    CHECK(error < (prime ? 1.4 : 0.7) * std::sqrt(std::log2(double(n))));
  }
}

TEST_CASE("along columns as along rows, whatever their number") {
  manual_seed(12);
  for (const std::int64_t n : {6, 8, 17, 40, 64, 96, 1024}) {
    for (const std::int64_t columns : {1, 2, 3, 7, 9, 17, 33}) {
      for (const Dtype dtype : {float32, float64}) {
        CAPTURE(n, columns, name_of(dtype));
        const Tensor x = randn({2, n, columns, 2}, dtype), rows = movedim(x, 1, 2);
        const double bound = (dtype == float32 ? 0x1p-24 : 0x1p-53) * 40 * std::sqrt(double(n));
        CHECK(largest_difference(movedim(fft(x, {.axis = 1}), 1, 2), fft(rows)) < bound);
        CHECK(largest_difference(ifft(fft(x, {.axis = 1}), {.axis = 1}), x) < bound);
      }
    }
  }
}

TEST_CASE("images: rows, then columns, in any order of the axes") {
  manual_seed(13);
  const Tensor x = randn({3, 20, 4, 18}, float64);
  for (const auto& [a, b] : {std::pair{-2, -1}, {-1, -2}, {1, 3}, {3, 1}, {0, 2}, {2, 0}, {1, 0}}) {
    CAPTURE(a, b);
    const Fft2Options options{.n = std::pair{5, 6}, .axes = {a, b}, .norm = FftNorm::ortho};
    const FftOptions first{.n = 5, .axis = a, .norm = FftNorm::ortho},
        second{.n = 6, .axis = b, .norm = FftNorm::ortho};
    const Tensor y = rfft2(x, options);
    CHECK(largest_difference(y, fft(rfft(x, second), first)) < 1e-14);
    CHECK(largest_difference(irfft2(y, options), irfft(ifft(y, first), second)) < 1e-14);
  }
  const Tensor images = randn({40, 64, 66}), all = rfft2(images);
  for (const std::int64_t image : {0, 39}) {
    const Tensor one = rfft2(select(images, 0, image)), same = contiguous(select(all, 0, image));
    CHECK(std::memcmp(one.data<float>(), same.data<float>(), std::size_t(one.numel()) * 4) == 0);
  }
}

TEST_CASE("bits do not depend on the rows beside a row") {
  manual_seed(5);
  for (const std::int64_t n : {31, 64, 250, 256, 1024}) {
    const Tensor x = randn({301, n}), all = rfft(x);
    for (const std::int64_t row : {0, 7, 300}) {
      CAPTURE(n, row);
      const Tensor one = rfft(select(x, 0, row)), same = contiguous(select(all, 0, row));
      CHECK(std::memcmp(one.data<float>(), same.data<float>(), std::size_t(one.numel()) * 4) == 0);
    }
  }
}

TEST_CASE("bits do not depend on the number of threads") {
  manual_seed(9);
  for (const Dtype dtype : {float32, float64}) {
    for (const Shape& shape :
         {Shape{300, 1024}, Shape{200, 1009}, Shape{3, 30000}, Shape{2, 300, 320}, Shape{9, 64, 66},
          Shape{1, 1 << 17}, Shape{1, 65537}}) {
      const Tensor x = randn(shape, dtype);
      std::vector<double> flat, plane;
      for (const int threads : {1, 2, 3}) {
        CAPTURE(shape.str(), name_of(dtype), threads);
        if (omp_set_num_threads) omp_set_num_threads(threads);
        const auto bins = values(rfft(x)), both = values(rfft2(x));
        CHECK((flat.empty() || (flat == bins && plane == both)));
        flat = bins;
        plane = both;
      }
      if (omp_set_num_threads) omp_set_num_threads(2);
    }
  }
}

TEST_CASE("threads transform signals of many lengths at once, more than plans are kept for") {
  manual_seed(10);
  std::vector<Tensor> signals;
  std::vector<std::vector<double>> expected;
  for (std::int64_t n = 1; n <= 150; ++n) {
    signals.push_back(randn({2, n}, n % 2 == 0 ? float32 : float64));
    expected.push_back(values(rfft(signals.back())));
  }
  std::vector<std::size_t> wrong(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 3 * signals.size(); ++i) {
        const std::size_t k = (i * (2 * t + 1) + 37 * t) % signals.size();
        wrong[t] += values(rfft(signals[k])) != expected[k];
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<std::size_t>(4));
}
