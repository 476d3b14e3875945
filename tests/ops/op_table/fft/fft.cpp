// Fourier transforms against the sums that define them. Products with 0 and 1 are left out, so that
// NaN and infinity do not go where the sums take them: fft_test.

#include <cinta/ops/creation.hpp>
#include <cinta/ops/fft/fft.hpp>
#include <cmath>
#include <complex>
#include <numbers>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;
using Complex = std::complex<double>;

// Complex numbers in an array of any shape.
struct Numbers {
  std::vector<std::int64_t> shape;
  std::vector<Complex> values;
};

Numbers from(const Tensor& x, bool pairs) {
  Numbers all;
  all.shape.assign(x.shape().begin(), x.shape().end() - int(pairs));
  const std::int64_t count = x.numel() / (pairs ? 2 : 1);
  for (std::int64_t i = 0; i < count; ++i)
    all.values.push_back(pairs ? Complex(at(x, 2 * i), at(x, 2 * i + 1)) : Complex(at(x, i)));
  return all;
}

Tensor to_pairs(const Numbers& x) {
  std::vector<std::int64_t> shape = x.shape;
  shape.push_back(2);
  return build(Shape(shape), float64, [&](std::int64_t i) {
    const Complex z = x.values[std::size_t(i / 2)];
    return i % 2 ? z.imag() : z.real();
  });
}
Tensor to_real(const Numbers& x) {
  return build(Shape(x.shape), float64,
               [&](std::int64_t i) { return x.values[std::size_t(i)].real(); });
}

// f(input, output) of every line along an axis, which gets `size` numbers.
template <class F>
Numbers lines(const Numbers& x, int axis, std::int64_t size, const F& f) {
  Numbers y{x.shape, {}};
  y.shape[std::size_t(axis)] = size;
  std::int64_t before = 1, behind = 1;
  for (int i = 0; i < int(x.shape.size()); ++i)
    (i < axis ? before : behind) *= i == axis ? 1 : x.shape[std::size_t(i)];
  const std::int64_t length = x.shape[std::size_t(axis)];
  y.values.resize(std::size_t(before * size * behind));
  for (std::int64_t a = 0; a < before; ++a) {
    for (std::int64_t b = 0; b < behind; ++b) {
      std::vector<Complex> in, out(std::size_t(size), Complex(0));
      for (std::int64_t j = 0; j < length; ++j)
        in.push_back(x.values[std::size_t((a * length + j) * behind + b)]);
      f(in, out);
      for (std::int64_t k = 0; k < size; ++k)
        y.values[std::size_t((a * size + k) * behind + b)] = out[std::size_t(k)];
    }
  }
  return y;
}

// exp(2 pi i j k / n)
Complex root(std::int64_t j, std::int64_t k, std::int64_t n) {
  return std::polar(1.0, 2 * std::numbers::pi * double(j * k % n) / double(n));
}

// Of length n, the first `bins` numbers.
Numbers sums(const Numbers& x, int axis, std::int64_t n, std::int64_t bins, int sign,
             double scale) {
  return lines(x, axis, bins, [&](const auto& in, auto& out) {
    for (std::size_t k = 0; k < out.size(); ++k)
      for (std::size_t j = 0; j < in.size() && std::int64_t(j) < n; ++j)
        out[k] += scale * in[j] * root(sign * std::int64_t(j), std::int64_t(k), n);
  });
}

// The signal whose bins are x and their conjugates.
Numbers inverse(const Numbers& x, int axis, std::int64_t n, double scale) {
  return lines(x, axis, n, [&](const auto& in, auto& out) {
    for (std::size_t j = 0; j < out.size(); ++j) {
      for (std::int64_t k = 0; k < n; ++k) {
        const std::int64_t mirrored = std::min(k, n - k);
        Complex z = std::size_t(mirrored) < in.size() ? in[std::size_t(mirrored)] : Complex(0);
        if (k == 0 || 2 * k == n) z = z.real();
        if (k != mirrored) z = std::conj(z);
        out[j] += scale * z * root(std::int64_t(j), k, n);
      }
    }
  });
}

std::vector<check::Refusal> of_pairs(const char* name,
                                     Tensor (*f)(const Tensor&, FftOptions, Site)) {
  const std::string n = name;
  return {
      {{reals({3, 3})},
       n + ": needs pairs of a real and an imaginary part, (..., n, 2), got (3, 3)"},
      {{reals({2})}, n + ": needs pairs of a real and an imaginary part, (..., n, 2), got (2,)"},
      {{integers({3, 2}, 0, 1)}, n + ": needs a floating dtype, got int64"},
      {[f] {
         return f(ones({3, 2}), {.n = 0}, Site());
       },
       n + ": the length must be at least 1, got 0 for axis 0 of size 3"},
      {[f] {
         return f(ones({3, 2}), {.axis = 1}, Site());
       },
       n + ": axis 1 is out of range for (3, 2), which has 1 axes in front of that of the pairs"},
      {[f] {
         return f(ones({4, 3, 2}), {.axis = -3}, Site());
       },
       n + ": axis -3 is out of range for (4, 3, 2), which has 2 axes in front of that of the "
           "pairs"},
      {[f] { return f(Tensor(), {}, Site()); }, n + ": input 0 is an undefined tensor"}};
}

Row complex_row(Row row, Tensor (*f)(const Tensor&, FftOptions, Site), bool is_inverse) {
  row.function = [f](const Tensors& in) { return f(in[0], {}, Site()); };
  row.reference = [is_inverse](const Tensors& in) {
    const int axis = in[0].rank() - 2;
    const std::int64_t n = in[0].size(axis);
    return to_pairs(
        sums(from(in[0], true), axis, n, n, is_inverse ? 1 : -1, is_inverse ? 1 / double(n) : 1));
  };
  row.samples = {{reals({1, 2})},    {reals({2, 2, 2})},  {reals({3, 2})}, {reals({8, 2})},
                 {reals({0, 4, 2})}, {reals({2, 30, 2})}, {reals({17, 2})}};
  row.errors = of_pairs(row.name.c_str(), f);
  row.propagates_nan = row.infinities = false;
  return row;
}

Row real_row(std::int64_t n) {
  return {.name = "rfft, n = " + std::to_string(n),
          .function = [n](const Tensors& in) { return rfft(in[0], {.n = n, .axis = 0}); },
          .reference =
              [n](const Tensors& in) {
                return to_pairs(sums(from(in[0], false), 0, n, n / 2 + 1, -1, 1));
              },
          .samples = {{reals({5, 2})}},
          .propagates_nan = false,
          .infinities = false};
}
Row real_inverse_row(std::int64_t n) {
  return {.name = "irfft, n = " + std::to_string(n),
          .function = [n](const Tensors& in) { return irfft(in[0], {.n = n, .axis = 0}); },
          .reference =
              [n](const Tensors& in) {
                return to_real(inverse(from(in[0], true), 0, n, 1 / double(n)));
              },
          .samples = {{reals({4, 2, 2})}},
          .propagates_nan = false,
          .infinities = false};
}

const Register here({
    complex_row({.name = "fft"}, fft, false),
    complex_row({.name = "ifft"}, ifft, true),
    {.name = "fft",
     .function =
         [](const Tensors& in) { return fft(in[0], {.n = 4, .axis = -2, .norm = FftNorm::ortho}); },
     .reference =
         [](const Tensors& in) { return to_pairs(sums(from(in[0], true), 0, 4, 4, -1, 0.5)); },
     .samples = {{reals({3, 2, 2})}, {reals({6, 2, 2})}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "rfft",
     .function = [](const Tensors& in) { return rfft(in[0]); },
     .reference =
         [](const Tensors& in) {
           const int axis = in[0].rank() - 1;
           const std::int64_t n = in[0].size(axis);
           return to_pairs(sums(from(in[0], false), axis, n, n / 2 + 1, -1, 1));
         },
     .samples = {{reals({1})},
                 {reals({2, 2})},
                 {reals({5})},
                 {reals({6})},
                 {reals({0, 4})},
                 {reals({2, 12})},
                 {reals({34})},
                 {reals({15})},
                 {reals({19})}},
     .errors = {{{reals({3, 0})},
                 "rfft: the length must be at least 1, got 0 for axis 1 of size 0"},
                {{reals({})}, "rfft: axis -1 is out of range for (), which has 0 axes"},
                {{integers({3}, 0, 1)}, "rfft: needs a floating dtype, got int64"},
                {[] { return rfft(ones({3}), {.n = -2}); },
                 "rfft: the length must be at least 1, got -2 for axis 0 of size 3"},
                {[] { return rfft(Tensor()); }, "rfft: input 0 is an undefined tensor"}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "irfft",
     .function = [](const Tensors& in) { return irfft(in[0]); },
     .reference =
         [](const Tensors& in) {
           const int axis = in[0].rank() - 2;
           const std::int64_t n = 2 * (in[0].size(axis) - 1);
           return to_real(inverse(from(in[0], true), axis, n, 1 / double(n)));
         },
     .samples = {{reals({2, 2})}, {reals({3, 2})}, {reals({2, 4, 2})}, {reals({0, 3, 2})}},
     .errors = {{{reals({1, 2})},
                 "irfft: the length must be at least 1, got 0 for axis 0 of size 1"},
                {{reals({3, 3})},
                 "irfft: needs pairs of a real and an imaginary part, (..., n, 2), got (3, 3)"},
                {[] { return irfft(Tensor()); }, "irfft: input 0 is an undefined tensor"}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "rfft2",
     .function = [](const Tensors& in) { return rfft2(in[0]); },
     .reference =
         [](const Tensors& in) {
           const int axis = in[0].rank() - 1;
           const std::int64_t m = in[0].size(axis - 1), n = in[0].size(axis);
           return to_pairs(
               sums(sums(from(in[0], false), axis, n, n / 2 + 1, -1, 1), axis - 1, m, m, -1, 1));
         },
     .samples = {{reals({3, 4})}, {reals({2, 2, 3})}, {reals({1, 1})}},
     .errors = {{{reals({3})}, "rfft2: axis -2 is out of range for (3,), which has 1 axes"},
                {{reals({3, 0})},
                 "rfft2: the length must be at least 1, got 0 for axis 1 of size 0"},
                {[] {
                   return rfft2(ones({2, 2}), {.axes = {1, -1}});
                 },
                 "rfft2: axis 1 is given twice"}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "irfft2",
     .function =
         [](const Tensors& in) {
           return irfft2(in[0], {.n = std::pair{3, 5}, .axes = {1, 0}, .norm = FftNorm::forward});
         },
     .reference =
         [](const Tensors& in) {
           return to_real(inverse(sums(from(in[0], true), 1, 3, 3, 1, 1), 0, 5, 1));
         },
     .samples = {{reals({3, 3, 2})}, {reals({4, 2, 2})}},
     .errors =
         {{{reals({3, 3})},
           "irfft2: needs pairs of a real and an imaginary part, (..., n, 2), got (3, 3)"},
          {{reals({3, 2})},
           "irfft2: axis 1 is out of range for (3, 2), which has 1 axes in front of that of the "
           "pairs"},
          {[] {
             return irfft2(ones({3, 1, 2}));
           },
           "irfft2: the length must be at least 1, got 0 for axis 1 of size 1"}},
     .propagates_nan = false,
     .infinities = false},
    real_row(3),
    real_row(4),
    real_row(5),
    real_row(8),
    real_row(9),
    real_inverse_row(1),
    real_inverse_row(2),
    real_inverse_row(5),
    real_inverse_row(6),
    real_inverse_row(7),
    real_inverse_row(10),
});

}  // namespace
