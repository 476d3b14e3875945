// Fourier transforms, unrecorded: signals and images of several lengths.

#include <cinta/cinta.hpp>

#include "data.hpp"
#include "forward.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

cinta::Tensor transformed(const cinta::Tensor& x, const Transform& transform) {
  const std::int64_t rows = transform.rows, columns = transform.columns;
  switch (transform.kind) {
    case TransformKind::fft: return cinta::fft(x);
    case TransformKind::ifft: return cinta::ifft(x);
    case TransformKind::rfft: return cinta::rfft(x);
    case TransformKind::irfft: return cinta::irfft(x, {.n = columns});
    case TransformKind::rfft2: return cinta::rfft2(x);
    case TransformKind::irfft2: return cinta::irfft2(x, {.n = std::pair{rows, columns}});
  }
  return {};
}

}  // namespace

Works fourier_works() {
  using namespace cinta;
  Works works;
  for (const Transform& transform : transforms()) {
    Work work{.name = transform.name, .title = transform.title};
    // As many numbers come out of pairs or of real numbers as go in, but for the last bin.
    work.limit.bytes = (transform.is_double ? 8.0 : 4.0) * 2 * double(transform.numel_in());
    work.start = [transform](Mode) {
      Shape shape{transform.count, transform.rows, transform.size_in()};
      if (transform.from_pairs()) shape = {transform.count, transform.rows, transform.size_in(), 2};
      const Tensor x = to(from_data(values(0, transform.numel_in()), shape),
                          transform.is_double ? float64 : float32);
      return forward([=] { return transformed(x, transform); });
    };
    works.push_back(std::move(work));
  }
  return works;
}

}  // namespace bench
