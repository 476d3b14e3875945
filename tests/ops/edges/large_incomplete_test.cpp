// Incomplete beta functions of parameters so large that their distributions are nearly normal: the
// figures are from integrals with 50 digits.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

Tensor number(double x) { return full({}, x, float64); }

struct Student {
  double n, share, slope;
};

}  // namespace

TEST_CASE("shares of Student's distribution below -2, of many degrees of freedom") {
  for (const Student& s : {Student{1e6, 0.0227502669256596042, -1.34977544511e-13},
                           Student{1e8, 0.0227501332979533764, -1.34977417565e-17},
                           Student{1e12, 0.0227501319483141846, -1.34977416283e-25}}) {
    const Tensor n = number(s.n).requires_grad_();
    const Tensor share = stdtr(n, number(-2));
    CAPTURE(s.n);
    CHECK(share.item<double>() == Approx(s.share).epsilon(1e-14));
    CHECK(grad({share}, {n})[0].item<double>() == Approx(s.slope).epsilon(1e-9));
  }
  // Beyond, they were looked for without an end.
  const double normal = ndtr(number(-2)).item<double>();
  for (const double n : {1e20, 1e30, 1e100, 1e300})
    CHECK(stdtr(number(n), number(-2)).item<double>() == Approx(normal).epsilon(1e-15));
}

TEST_CASE("shares of a beta distribution of two large parameters") {
  for (const double a : {1e12, 1e16, 1e20, 1e100}) {
    const Tensor x = number(a).requires_grad_(), y = number(a).requires_grad_();
    const Tensor share = betainc(x, y, number(0.5));
    CHECK(share.item<double>() == Approx(0.5));
    const Tensors slopes = grad({share}, {x, y});
    const double slope = 0.5 / std::sqrt(std::acos(-1.0) * a);  // of the mean, times the density
    CHECK(slopes[0].item<double>() == Approx(-slope));
    CHECK(slopes[1].item<double>() == Approx(slope));
    CHECK(betainc(number(a), number(a), number(0.49)).item<double>() == 0);
    CHECK(betainc(number(a), number(a), number(0.51)).item<double>() == 1);
  }
  const Tensor many = number(1e20).requires_grad_();
  CHECK(std::isfinite(grad({betainc(many, 1e8, 1 - 1e-12)}, {many})[0].item<double>()));
}
