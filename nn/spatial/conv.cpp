#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/nn/spatial/conv.hpp>
#include <cinta/ops/random/random.hpp>
#include <cmath>

namespace cinta::nn {
namespace {

using std::to_string;

// (first, second, kernel ...), after a look at all sizes.
Shape weight_shape(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t groups,
                   const PerAxis& kernel, int axes, bool transposed, const Site& site) {
  if (in < 1 || out < 1 || groups < 1) {
    throw ValueError(name + ": sizes must be positive, got in " + to_string(in) + ", out " +
                         to_string(out) + ", groups " + to_string(groups),
                     site);
  }
  if (!kernel.fits(axes)) {
    throw ValueError(
        name + ": kernel_size must be one number or " + to_string(axes) + ", got " + kernel.str(),
        site);
  }
  if (in % groups != 0 || out % groups != 0) {
    throw ValueError(name + ": " + to_string(groups) + " groups do not divide " + to_string(in) +
                         " and " + to_string(out) + " channels",
                     site);
  }
  Shape shape = Shape::filled(axes + 2);
  shape[0] = transposed ? in : out;
  shape[1] = (transposed ? out : in) / groups;
  for (int i = 0; i < axes; ++i) {
    if (kernel[i] < 1)
      throw ValueError(name + ": kernel_size must be positive, got " + kernel.str(), site);
    shape[2 + i] = kernel[i];
  }
  return shape;
}

double bound_of(const Shape& weight) {
  return 1 / std::sqrt(double(weight.numel()) / double(weight[0]));
}

}  // namespace

namespace detail {

ConvParameters::ConvParameters(const char* name, int axes, bool transposed, std::int64_t in,
                               std::int64_t out, const PerAxis& kernel_size, std::int64_t groups,
                               bool biased, Dtype dtype, const Site& site) {
  const std::string layer = name + to_string(axes) + "d";
  const Shape shape = weight_shape(layer, in, out, groups, kernel_size, axes, transposed, site);
  const NameScope reported(layer.c_str());
  const double bound = bound_of(shape);
  weight = add("weight", uniform(shape, -bound, bound, dtype, site), site);
  if (biased) bias = add("bias", uniform({out}, -bound, bound, dtype, site), site);
}

template <int axes>
Conv<axes>::Conv(std::int64_t in_channels, std::int64_t out_channels, const PerAxis& kernel_size,
                 ConvLayerOptions options, Site site)
    : ConvParameters("Conv", axes, false, in_channels, out_channels, kernel_size, options, site),
      options_{options.stride, options.padding, options.dilation, options.groups} {}

template <int axes>
Tensor Conv<axes>::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  constexpr auto function = axes == 1 ? &conv1d : axes == 2 ? &conv2d : &conv3d;
  return call([&](const Tensor& in) { return function(in, weight, bias, options_, {}); }, x);
}

template <int axes>
ConvTranspose<axes>::ConvTranspose(std::int64_t in_channels, std::int64_t out_channels,
                                   const PerAxis& kernel_size, ConvTransposeLayerOptions options,
                                   Site site)
    : ConvParameters("ConvTranspose", axes, true, in_channels, out_channels, kernel_size, options,
                     site),
      options_{options.stride,   options.padding, options.output_padding,
               options.dilation, options.groups,  {}} {}

template <int axes>
Tensor ConvTranspose<axes>::operator()(const Tensor& x, Site site) const {
  return convolve(x, options_, site);
}

template <int axes>
Tensor ConvTranspose<axes>::operator()(const Tensor& x, const PerAxis& output_size,
                                       Site site) const {
  ConvTransposeOptions options = options_;
  if (output_size.given()) options.output_padding = 0;
  options.output_size = output_size;
  return convolve(x, options, site);
}

template <int axes>
Tensor ConvTranspose<axes>::convolve(const Tensor& x, const ConvTransposeOptions& options,
                                     const Site& site) const {
  const Call call(*this, site, {&weight, &bias});
  constexpr auto function = axes == 1   ? &conv_transpose1d
                            : axes == 2 ? &conv_transpose2d
                                        : &conv_transpose3d;
  return call([&](const Tensor& in) { return function(in, weight, bias, options, {}); }, x);
}

template class Conv<1>;
template class Conv<2>;
template class Conv<3>;
template class ConvTranspose<1>;
template class ConvTranspose<2>;
template class ConvTranspose<3>;

}  // namespace detail
}  // namespace cinta::nn
