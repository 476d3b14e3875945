#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/init.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/linalg/factor/qr.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/random/samplers.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/diagonal.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <numbers>

namespace cinta::nn::init {
namespace {

struct Fans {
  double in, out;
};

Fans fans(const char* what, const Tensor& weight, const Site& site) {
  cinta::detail::check_defined({what, site}, {weight});
  if (weight.rank() < 2) {
    throw ShapeError(
        std::string(what) + ": fans need at least two axes, the shape is " + weight.shape().str(),
        site);
  }
  double field = 1;  // elements that one connection between an input and an output has
  for (int i = 2; i < weight.rank(); ++i) field *= double(weight.shape()[i]);
  // An empty weight has no fans, and takes any bounds that are numbers.
  return {std::max(double(weight.shape()[1]) * field, 1.),
          std::max(double(weight.shape()[0]) * field, 1.)};
}

double fan(const char* what, const Tensor& weight, FanMode mode, const Site& site) {
  const Fans both = fans(what, weight, site);
  return mode == FanMode::fan_in ? both.in : both.out;
}

void check_matrix(const char* what, const Tensor& x, const Site& site) {
  cinta::detail::check_defined({what, site}, {x});
  if (x.rank() != 2)
    throw ShapeError(std::string(what) + ": takes a matrix, the shape is " + x.shape().str(), site);
}

/// The chance that a standard normal number is less than x.
double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

/// Columns that span the same space, orthogonal and of length 1; r's diagonal is made positive, so
/// that those of normal numbers are uniformly distributed (Mezzadri 2007).
Tensor orthogonal_columns(const Tensor& x) {
  const auto [q, r] = qr(x);
  return q * where(lt(diagonal(r), 0), -1, 1);
}

}  // namespace

Gain::Gain(std::string_view nonlinearity, double negative_slope, Site site) {
  const auto is = [&](auto... names) { return ((nonlinearity == names) || ...); };
  if (is("linear", "sigmoid", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
         "conv_transpose3d"))
    value_ = 1;
  else if (is("tanh"))
    value_ = 5. / 3;
  else if (is("relu"))
    value_ = std::numbers::sqrt2;
  else if (is("leaky_relu"))
    value_ = std::sqrt(2 / (1 + negative_slope * negative_slope));
  else if (is("selu"))
    value_ = 0.75;
  else
    throw ValueError(
        "gain: \"" + std::string(nonlinearity) +
            "\" is none of linear, conv1d, conv2d, conv3d, conv_transpose1d, "
            "conv_transpose2d, conv_transpose3d, sigmoid, tanh, relu, leaky_relu, selu",
        site);
}

const Tensor& constant_(const Tensor& x, double value, Site site) {
  const NoGrad no_grad;
  return fill_(x, value, site);
}

const Tensor& zeros_(const Tensor& x, Site site) { return constant_(x, 0, site); }
const Tensor& ones_(const Tensor& x, Site site) { return constant_(x, 1, site); }

const Tensor& uniform_(const Tensor& x, double low, double high, Site site) {
  const NoGrad no_grad;
  return cinta::uniform_(x, low, high, site);
}

const Tensor& normal_(const Tensor& x, double mean, double std, Site site) {
  const NoGrad no_grad;
  return cinta::normal_(x, mean, std, site);
}

const Tensor& trunc_normal_(const Tensor& x, double mean, double std, double low, double high,
                            Site site) {
  using cinta::detail::text_of;
  cinta::detail::check_defined({"trunc_normal_", site}, {x});
  const std::string range = "[" + text_of(low) + ", " + text_of(high) + "]";
  if (!(low < high && std > 0))
    throw ValueError(
        "trunc_normal_: there must be a range and std > 0, got " + range + ", std " + text_of(std),
        site);
  const double share = normal_cdf((high - mean) / std) - normal_cdf((low - mean) / std);
  if (!(share > 1e-4))
    throw ValueError("trunc_normal_: " + range + " is too unlikely for mean " + text_of(mean) +
                         ", std " + text_of(std) + " to be drawn",
                     site);
  const NoGrad no_grad;
  init::normal_(x, mean, std, site);
  // Of what is less likely each number by its inverse: it would have to be drawn 1 / share times.
  if (share < 0.5) {
    const Tensor means = full(x.shape(), mean, x.dtype());
    return copy_(x, clamp(truncated_normal(means, std, low, high), low, high));
  }
  for (;;) {
    const Tensor outside = ne(clamp(x, low, high), x);
    if (sum(to(outside, int64)).item<std::int64_t>() == 0) return x;
    copy_(x, where(outside, normal(x.shape(), mean, std, x.dtype()), x));
  }
}

const Tensor& eye_(const Tensor& x, Site site) {
  check_matrix("eye_", x, site);
  const NoGrad no_grad;
  return copy_(x, eye(x.size(0), x.size(1), x.dtype()), site);
}

const Tensor& dirac_(const Tensor& weight, std::int64_t groups, Site site) {
  cinta::detail::check_defined({"dirac_", site}, {weight});
  if (weight.rank() < 3 || weight.rank() > 5)
    throw ShapeError(
        "dirac_: takes a convolution's weight of 3 to 5 axes, the shape is " + weight.shape().str(),
        site);
  if (groups < 1 || weight.size(0) % groups != 0)
    throw ValueError("dirac_: " + std::to_string(groups) + " groups do not divide " +
                         std::to_string(weight.size(0)) + " filters",
                     site);
  const NoGrad no_grad;
  fill_(weight, 0, site);
  Tensor centre = weight;  // of each kernel: (out, in)
  for (int axis = weight.rank() - 1; axis >= 2; --axis)
    centre = select(centre, axis, weight.size(axis) / 2);
  const std::int64_t filters = weight.size(0) / groups;
  for (std::int64_t group = 0; group < groups; ++group)
    copy_(slice(centre, 0, group * filters, (group + 1) * filters),
          eye(filters, weight.size(1), weight.dtype()), site);
  return weight;
}

const Tensor& orthogonal_(const Tensor& weight, Gain gain, Site site) {
  cinta::detail::check_defined({"orthogonal_", site}, {weight});
  if (weight.rank() < 2)
    throw ShapeError("orthogonal_: takes at least two axes, the shape is " + weight.shape().str(),
                     site);
  if (!is_floating(weight.dtype()))
    throw DtypeError(
        std::string("orthogonal_: needs a floating dtype, got ") + name_of(weight.dtype()), site);
  if (weight.numel() == 0) return weight;
  const NoGrad no_grad;
  const std::int64_t rows = weight.size(0), columns = weight.numel() / rows;
  const Tensor drawn = randn({std::max(rows, columns), std::min(rows, columns)}, float64);
  const Tensor q = orthogonal_columns(drawn) * gain.value();
  return copy_(
      weight, to(reshape(rows < columns ? transpose(q) : q, weight.shape()), weight.dtype()), site);
}

const Tensor& sparse_(const Tensor& weight, double sparsity, double std, Site site) {
  check_matrix("sparse_", weight, site);
  if (!(sparsity >= 0 && sparsity <= 1))
    throw ValueError(
        "sparse_: sparsity is a share from 0 to 1, got " + cinta::detail::text_of(sparsity), site);
  const NoGrad no_grad;
  init::normal_(weight, 0, std, site);
  const std::int64_t rows = weight.size(0),
                     zeros = std::int64_t(std::ceil(sparsity * double(rows)));
  for (std::int64_t column = 0; column < weight.size(1); ++column) {
    const auto order = randperm(rows).to_vector<std::int64_t>();
    for (std::int64_t i = 0; i < zeros; ++i)
      fill_(select(select(weight, 1, column), 0, order[std::size_t(i)]), 0, site);
  }
  return weight;
}

const Tensor& xavier_uniform_(const Tensor& weight, Gain gain, Site site) {
  const Fans fan = fans("xavier_uniform_", weight, site);
  const double bound = gain.value() * std::sqrt(6 / (fan.in + fan.out));
  init::uniform_(weight, -bound, bound, site);
  return weight;
}

const Tensor& xavier_normal_(const Tensor& weight, Gain gain, Site site) {
  const Fans fan = fans("xavier_normal_", weight, site);
  return init::normal_(weight, 0, gain.value() * std::sqrt(2 / (fan.in + fan.out)), site);
}

const Tensor& kaiming_uniform_(const Tensor& weight, Gain gain, FanMode mode, Site site) {
  const double bound = gain.value() * std::sqrt(3 / fan("kaiming_uniform_", weight, mode, site));
  init::uniform_(weight, -bound, bound, site);
  return weight;
}

const Tensor& kaiming_normal_(const Tensor& weight, Gain gain, FanMode mode, Site site) {
  return init::normal_(weight, 0,
                       gain.value() / std::sqrt(fan("kaiming_normal_", weight, mode, site)), site);
}

}  // namespace cinta::nn::init
