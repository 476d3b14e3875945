#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/linalg/factor/spectral.hpp>
#include <cinta/ops/linalg/detail/gaps.hpp>
#include <cinta/ops/linalg/factor/svd.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

using detail::sum_of_defined;

// LAPACK counts its workspace, 3 k² + 4 k, in 32 bits.
void check_svd_size(const Op& op, const Tensor& a) {
  detail::check_matrix(op, a);
  if (std::min(a.size(-1), a.size(-2)) > 26000) {
    throw ShapeError(std::string(op.name) + ": " + a.shape().str() +
                         " is beyond what LAPACK's workspace counts, some 26000",
                     op.site);
  }
}

// `alone`: the values have the bits that they have without vectors.
void compute_svd(const char* op, const Site& site, const Tensor& a, const Tensor* u,
                 const Tensor& s, const Tensor* vh, bool alone) {
  const Tensor dense = contiguous(a);
  const kernels::Stop stop = [&] {
    if (!u) return kernels::svd(dense, nullptr, s, nullptr, alone);
    const Array left = *u, right = *vh;
    return kernels::svd(dense, &left, s, &right, alone);
  }();
  if (!stop) return;
  const std::string text = detail::not_finite(op, a, stop.matrix);
  throw ValueError(
      text.empty() ? detail::name_matrix(op, a.shape(), stop.matrix) + "did not converge" : text,
      site);
}

Shape values_shape(const Tensor& a) {
  return detail::with_sizes(detail::leading(a.shape()), {std::min(a.size(-2), a.size(-1))});
}

// x less its transpose.
Tensor turning(const Tensor& x) { return x - transpose(x); }

// The gradient, from those of u (m, k), s and v (n, k), which may be undefined. What the vectors
// turn among themselves is, with p and e the half sum and difference of both sides' turning,
// p / (s_j - s_i) + e / (s_j + s_i): so equal values matter only where both sides turn alike.
Tensor svd_gradient(const char* op, const Tensor& u, const Tensor& s, const Tensor& v,
                    const Tensor& du, const Tensor& ds, const Tensor& dv) {
  const Tensor row = unsqueeze(s, -2), column = unsqueeze(s, -1);
  Tensor inner, outer;
  if (du.defined() || dv.defined()) {
    const Tensor of_u = du.defined() ? matmul(transpose(u), du) : Tensor();
    const Tensor of_v = dv.defined() ? matmul(transpose(v), dv) : Tensor();
    const Tensor p = 0.5 * turning(sum_of_defined(of_u, of_v));
    const Tensor minus_v = of_v.defined() ? -of_v : of_v;
    const Tensor e = 0.5 * turning(sum_of_defined(of_u, minus_v));
    const Tensor terms =
        sum_of_defined(of_u.defined() ? abs(of_u) : of_u, of_v.defined() ? abs(of_v) : of_v);
    inner = detail::over_gaps(op, "singular value", true, p, row - column, terms, s) +
            detail::over_gaps(op, "singular value", true, e, row + column, terms, s);
    // What leaves the space that the vectors span.
    const auto leaving = [&](const Tensor& x, const Tensor& dx, const Tensor& within) {
      return detail::over_gaps(op, "singular value", false, dx - matmul(x, within), row, dx, s);
    };
    if (du.defined() && u.size(-2) > u.size(-1)) outer = matmul(leaving(u, du, of_u), transpose(v));
    if (dv.defined() && v.size(-2) > v.size(-1))
      outer = sum_of_defined(outer, matmul(u, transpose(leaving(v, dv, of_v))));
  }
  Tensor right;  // inner vᵀ
  if (ds.defined()) right = unsqueeze(ds, -1) * transpose(v);
  if (inner.defined()) right = sum_of_defined(right, matmul(inner, transpose(v)));
  return sum_of_defined(matmul(u, right), outer);
}

Svd svd_of(const Op& op, const Tensor& a, bool alone = false) {
  const Shape batch = detail::leading(a.shape());
  const std::int64_t m = a.size(-2), n = a.size(-1), k = std::min(m, n);
  const Dtype dtype = a.dtype();
  const Tensors all = apply(
      op.saving(Save::outputs()), {a},
      OutputSpecs{Spec{detail::with_sizes(batch, {m, k}), dtype}, Spec{values_shape(a), dtype},
                  Spec{detail::with_sizes(batch, {k, n}), dtype}},
      [alone, name = op.name, site = op.site](const Inputs& in, const Tensors& out) {
        compute_svd(name, site, in[0], &out[0], out[1], &out[2], alone);
      },
      [name = op.name](const Grad& g) {
        const Tensor& dvh = g.dy_of(2);
        return svd_gradient(name, g.out(0), g.out(1), transpose(g.out(2)), g.dy_of(0), g.dy_of(1),
                            dvh.defined() ? transpose(dvh) : dvh);
      });
  return {all[0], all[1], all[2]};
}

// The values alone, of whose gradient nothing is said.
Tensor singular_values(const Op& op, const Tensor& a) {
  return apply(
      op.saving(Save::nothing()), {a}, {values_shape(a), a.dtype()},
      [name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        compute_svd(name, site, in[0], nullptr, y, nullptr, true);
      },
      no_gradient);
}

// rtol, or what rounding makes of an exact 0.
double tolerance(const Op& op, const Tensor& a, const RankOptions& options) {
  if (options.rtol && !(*options.rtol >= 0)) {
    throw ValueError(
        std::string(op.name) + ": rtol must not be negative, got " + detail::text_of(*options.rtol),
        op.site);
  }
  const double epsilon = a.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                              : std::numeric_limits<float>::epsilon();
  return options.rtol.value_or(epsilon * double(std::max(a.size(-2), a.size(-1))));
}

// The values that count as not 0.
Tensor significant(const Tensor& s, double rtol) { return gt(s, rtol * max(s, -1, keepdims)); }

Tensor pseudoinverse(const Op& op, const Tensor& a, double rtol) {
  Spec spec = a.spec();
  std::swap(spec.shape[a.rank() - 2], spec.shape[a.rank() - 1]);
  return apply(
      op.saving(Save::input(0) | Save::output()), {a}, spec,
      [rtol, op_name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        if (y.numel() == 0) return;
        const Svd f = svd_of({op_name, site}, in[0]);
        const Tensor large = significant(f.s, rtol);
        const Tensor inverse = where(large, 1 / where(large, f.s, 1), 0);
        kernels::copy(matmul(transpose(f.vh) * unsqueeze(inverse, -2), transpose(f.u)), y);
      },
      [](const Grad& g) {
        if (g.dy.numel() == 0) return zeros(g.in(0).shape(), g.dy.dtype());
        // With p the pseudoinverse: -pᵀ dy pᵀ + (1 - a p) dyᵀ p pᵀ + pᵀ p dyᵀ (1 - p a), where p
        // and pᵀ are divided by their size, as p pᵀ may be no numbers, and dy and the sum
        // multiplied.
        const Tensor a_in = g.in(0), p = g.out(), size = detail::magnitudes(p);
        const Tensor near = p / size, turned = transpose(near), dy = g.dy * size;
        const Tensor one = matmul(transpose(dy), matmul(near, turned));
        const Tensor other = matmul(matmul(turned, near), transpose(dy));
        return (one - matmul(a_in, matmul(p, one)) + other - matmul(matmul(other, p), a_in) -
                matmul(matmul(turned, dy), turned)) *
               size;
      });
}

}  // namespace

Svd svd(const Tensor& a, Site site) {
  const Op op{"svd", site};
  check_svd_size(op, a);
  const OpScope scope(op);
  return svd_of(op, a);
}

Tensor svdvals(const Tensor& a, Site site) {
  const Op op{"svdvals", site};
  check_svd_size(op, a);
  const OpScope scope(op);
  // The vectors are the gradient's.
  return GradMode::enabled() && a.requires_grad() ? svd_of(op, a, true).s : singular_values(op, a);
}

Tensor pinv(const Tensor& a, RankOptions options, Site site) {
  const Op call{"pinv", site};
  detail::check_matrix(call, a);
  const double rtol = tolerance(call, a, options);
  const Op op{"pinv", Save::nothing(), site, {{"rtol", rtol}}};
  check_svd_size(op, a);
  const OpScope scope(op);
  return pseudoinverse(op, a, rtol);
}

Tensor lstsq(const Tensor& a, const Tensor& b, RankOptions options, Site site) {
  const Op op{"lstsq", site};
  detail::check_defined(op, {a, b});
  const Dtype dtype = detail::common_dtype(op, a, b);
  check_svd_size(op, a);
  const bool vector = b.rank() == 1;
  if (b.rank() == 0 || b.size(vector ? 0 : -2) != a.size(-2)) {
    throw ShapeError("lstsq: " + a.shape().str() + " and right-hand side " + b.shape().str() +
                         ": needs (" + std::to_string(a.size(-2)) + ",) or (..., " +
                         std::to_string(a.size(-2)) + ", k)",
                     op.site);
  }
  if (!vector) detail::common_leading(op, detail::leading(a.shape()), detail::leading(b.shape()));
  const OpScope scope(op);
  return matmul(pseudoinverse(op, to(a, dtype), tolerance(op, a, options)), to(b, dtype));
}

Tensor matrix_rank(const Tensor& a, RankOptions options, Site site) {
  const Op op{"matrix_rank", site};
  check_svd_size(op, a);
  const OpScope scope(op);
  const NoGrad no_grad;
  const double rtol = tolerance(op, a, options);
  if (a.size(-1) == 0 || a.size(-2) == 0) return zeros(detail::leading(a.shape()), int64);
  return sum(significant(singular_values(op, a), rtol), -1);
}

}  // namespace cinta
