// Fourier transforms, unrecorded: signals of a power of two, of a prime, and images.

#include <cinta/cinta.hpp>

#include "data.hpp"
#include "forward.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {

Works fourier_works() {
  using namespace cinta;
  Works works;
  for (const Transform& transform : transforms) {
    const std::int64_t count = transform.rows * transform.columns * (transform.real ? 1 : 2);
    Work work{.name = transform.name, .title = transform.title};
    // Pairs come out of pairs, and half as many of real numbers.
    work.limit.bytes = 2 * 4.0 * double(count);
    work.start = [=](Mode) {
      const Tensor x =
          from_data(values(0, count), transform.real ? Shape{transform.rows, transform.columns}
                                                     : Shape{transform.rows, transform.columns, 2});
      return forward([=] { return transform.real ? rfft2(x) : fft(x); });
    };
    works.push_back(std::move(work));
  }
  return works;
}

}  // namespace bench
