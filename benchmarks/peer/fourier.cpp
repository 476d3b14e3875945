#include "fourier.hpp"

#include "tensors.hpp"
#include "works/data.hpp"
#include "works/sizes.hpp"

namespace bench {
namespace {

torch::Tensor transformed(const torch::Tensor& x, const Transform& transform) {
  const std::int64_t rows = transform.rows, columns = transform.columns;
  switch (transform.kind) {
    case TransformKind::fft: return torch::view_as_real(torch::fft_fft(x));
    case TransformKind::ifft: return torch::view_as_real(torch::fft_ifft(x));
    case TransformKind::rfft: return torch::view_as_real(torch::fft_rfft(x));
    case TransformKind::irfft: return torch::fft_irfft(x, columns);
    case TransformKind::rfft2: return torch::view_as_real(torch::fft_rfft2(x));
    case TransformKind::irfft2: {
      const std::int64_t sizes[] = {rows, columns};
      return torch::fft_irfft2(x, sizes);
    }
  }
  return {};
}

}  // namespace

std::optional<Running> start_fourier(const std::string& name) {
  using torch::Tensor;
  for (const Transform& transform : transforms()) {
    if (name != transform.name) continue;
    std::vector<std::int64_t> shape{transform.count, transform.rows, transform.size_in()};
    if (transform.from_pairs()) shape.push_back(2);
    Tensor x = tensor(values(0, transform.numel_in()), shape)
                   .to(transform.is_double ? torch::kFloat64 : torch::kFloat32);
    if (transform.from_pairs()) x = torch::view_as_complex(x);
    return forward([=] { return transformed(x, transform); });
  }
  return {};
}

}  // namespace bench
