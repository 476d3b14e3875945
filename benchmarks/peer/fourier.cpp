#include "fourier.hpp"

#include "tensors.hpp"
#include "works/data.hpp"
#include "works/sizes.hpp"

namespace bench {

std::optional<Running> start_fourier(const std::string& name) {
  using torch::Tensor;
  for (const Transform& transform : transforms) {
    if (name != transform.name) continue;
    if (transform.real) {
      const Tensor x = tensor(values(0, transform.rows * transform.columns),
                              {transform.rows, transform.columns});
      return forward([=] { return torch::view_as_real(torch::fft_rfft2(x)); });
    }
    const Tensor pairs = tensor(values(0, 2 * transform.rows * transform.columns),
                                {transform.rows, transform.columns, 2});
    const Tensor x = torch::view_as_complex(pairs);
    return forward([=] { return torch::view_as_real(torch::fft_fft(x)); });
  }
  return {};
}

}  // namespace bench
