// Fourier transforms. Complex numbers are pairs here. PyTorch refuses tensors without elements.

#include "cases.hpp"

namespace {

using namespace oracle;

std::string pairs(const std::string& y) { return "torch.view_as_real(torch.fft." + y + ")"; }
const std::string complex = "(torch.view_as_complex(x)";

const Cases transforms([] {
  const std::pair<const char*, FftNorm> norms[] = {
      {"backward", FftNorm::backward}, {"ortho", FftNorm::ortho}, {"forward", FftNorm::forward}};
  // Even, odd, of a large prime, of one.
  for (const std::int64_t n : {8, 15, 17, 1}) {
    const Tensor signal = draw({3, n}), spectrum = draw({3, n, 2});
    for (const auto& [name, how] : norms) {
      const std::string rest = ", norm='" + std::string(name) + "')";
      random(pairs("fft" + complex + rest),
             [norm = how](const Tensors& in) { return fft(in[0], {.norm = norm}); }, {spectrum});
      random(pairs("ifft" + complex + rest),
             [norm = how](const Tensors& in) { return ifft(in[0], {.norm = norm}); }, {spectrum});
      random(pairs("rfft(x" + rest),
             [norm = how](const Tensors& in) { return rfft(in[0], {.norm = norm}); }, {signal});
      for (const std::int64_t length : {2 * n, 2 * n - 1}) {
        random("torch.fft.irfft" + complex + ", n=" + std::to_string(length) + rest,
               [norm = how, length](const Tensors& in) {
                 return irfft(in[0], {.n = length, .norm = norm});
               },
               {spectrum});
      }
    }
  }
});

// Cut, and with zeros behind it, along another axis.
const Cases resized([] {
  const Tensor spectrum = draw({5, 4, 2});
  for (const std::int64_t n : {3, 5, 9}) {
    const std::string rest = ", n=" + std::to_string(n) + ", dim=0)";
    const FftOptions options{.n = n, .axis = 0};
    random(pairs("fft" + complex + rest), [=](const Tensors& in) { return fft(in[0], options); },
           {spectrum});
    random(pairs("ifft" + complex + rest), [=](const Tensors& in) { return ifft(in[0], options); },
           {spectrum});
    random(pairs("rfft(x" + rest), [=](const Tensors& in) { return rfft(in[0], options); },
           {draw({5, 4})});
    random("torch.fft.irfft" + complex + rest,
           [=](const Tensors& in) { return irfft(in[0], options); }, {spectrum});
  }
});

const Cases of_two_axes([] {
  const std::string both = ", s=(4, 5), dim=(0, 2))";
  const Fft2Options options{.n = {{4, 5}}, .axes = {0, 2}};
  RANDOM(pairs("rfft2(x)"), rfft2(in[0]), {draw({2, 3, 6})});
  RANDOM("torch.fft.irfft2" + complex + ")", irfft2(in[0]), {draw({2, 3, 4, 2})});
  random(pairs("rfft2(x" + both), [=](const Tensors& in) { return rfft2(in[0], options); },
         {draw({3, 2, 6})});
  random("torch.fft.irfft2" + complex + both,
         [=](const Tensors& in) { return irfft2(in[0], options); }, {draw({3, 2, 4, 2})});
});

}  // namespace
