#include <cinta/ops/nn/spatial/conv.hpp>
#include <cinta/ops/nn/spatial/detail/convolution.hpp>
#include <cinta/ops/nn/spatial/detail/spatial.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {

std::string PerAxis::str() const {
  return count() == 1 ? std::to_string(values_[0]) : values_.str();
}

Shape PerAxis::each(int axes) const {
  return count() == 1 ? Shape::filled(axes, values_[0]) : values_;
}

ConvPadding::ConvPadding(const char* text, Site site) {
  const std::string word(text);
  if (word != "same" && word != "valid")
    throw ValueError(R"(padding must be numbers, "same" or "valid", got ")" + word + '"',
                     SiteScope::resolve(site));
  kind_ = word == "same" ? Kind::same : Kind::valid;
}

std::string ConvPadding::str() const {
  return kind_ == Kind::same ? "same" : kind_ == Kind::valid ? "valid" : numbers_.str();
}

namespace {

using kernels::ConvGeometry;
using std::to_string;

const char* const names[] = {"conv1d", "conv2d", "conv3d"};
const char* const transposed_names[] = {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"};

// A call, by what its errors say.
struct ConvCall {
  const char* name;
  int axes;
  bool transposed;
  const Tensor &x, &weight, &bias;
  Site site;

  [[noreturn]] void refuse(const std::string& why) const {
    throw ShapeError(
        std::string(name) + ": x " + x.spec().str() + ", weight " + weight.spec().str() +
            (bias.defined() ? ", bias " + bias.spec().str() : std::string()) + ": " + why,
        site);
  }

  // Whether x has a batch.
  bool batched() const { return x.rank() == axes + 2; }
  std::int64_t x_size(int axis) const { return x.shape()[x.rank() - axes + axis]; }
  std::int64_t kernel(int axis) const { return weight.shape()[2 + axis]; }
};

// Shapes and dtypes; returns the geometry but for what concerns places.
ConvGeometry check(const ConvCall& call, std::int64_t groups) {
  const auto &x = call.x, &weight = call.weight, &bias = call.bias;
  detail::check_defined({call.name, call.site}, {x, weight});
  const char* sizes[] = {"width", "height, width", "depth, height, width"};
  const std::string place = sizes[call.axes - 1];
  const bool ranks = (x.rank() == call.axes + 1 || call.batched()) &&
                     weight.rank() == call.axes + 2 && (!bias.defined() || bias.rank() == 1);
  if (!ranks) {
    call.refuse("x needs (batch, channels, " + place + ") or (channels, " + place + "), weight " +
                (call.transposed ? "(channels, out / groups, " : "(out, channels / groups, ") +
                place + ")" + (bias.defined() ? ", bias (out,)" : ""));
  }
  if (!is_floating(x.dtype()) || weight.dtype() != x.dtype() ||
      (bias.defined() && bias.dtype() != x.dtype())) {
    throw DtypeError(std::string(call.name) + ": x " + x.spec().str() + ", weight " +
                         weight.spec().str() +
                         (bias.defined() ? ", bias " + bias.spec().str() : std::string()) +
                         ": needs one floating dtype for all; convert with to()",
                     call.site);
  }
  if (groups < 1)
    throw ValueError(
        std::string(call.name) + ": groups must be at least 1, got " + to_string(groups),
        call.site);
  const std::int64_t channels = x.shape()[call.batched() ? 1 : 0];
  const std::int64_t first = weight.shape()[0], second = weight.shape()[1];
  const std::int64_t out = call.transposed ? second * groups : first;
  if (channels % groups != 0)
    call.refuse(to_string(groups) + " groups do not divide " + to_string(channels) + " channels");
  if (out % groups != 0)
    call.refuse(to_string(groups) + " groups do not divide " + to_string(out) + " output channels");
  if (call.transposed ? first != channels : second * groups != channels) {
    call.refuse("weight is for " + to_string(call.transposed ? first : second * groups) +
                " channels in " + to_string(groups) + (groups == 1 ? " group" : " groups") +
                ", x has " + to_string(channels));
  }
  if (bias.defined() && bias.shape()[0] != out)
    call.refuse("bias needs " + to_string(out) + " elements");
  for (int i = 0; i < call.axes; ++i)
    if (call.kernel(i) < 1) call.refuse("the kernel has no elements");

  ConvGeometry g{.batch = call.batched() ? x.shape()[0] : 1,
                 .groups = groups,
                 .in = channels / groups,
                 .out = out / groups};
  if (call.transposed) std::swap(g.in, g.out);
  return g;
}

Tensor conv(const ConvCall& call, const ConvOptions& options) {
  ConvGeometry g = check(call, options.groups);
  const ConvPadding& padding = options.padding;
  detail::check_per_axis(call.name, "stride", options.stride, call.axes, 1, call.site);
  detail::check_per_axis(call.name, "padding", padding.numbers(), call.axes, 0, call.site);
  detail::check_per_axis(call.name, "dilation", options.dilation, call.axes, 1, call.site);
  Shape y_shape = Shape::filled(call.axes + 2);
  y_shape[0] = g.batch;
  y_shape[1] = g.groups * g.out;
  for (int i = 0; i < call.axes; ++i) {
    const auto a = std::size_t(3 - call.axes + i);
    const std::int64_t size = call.x_size(i), stride = options.stride[i];
    const Checked reach = detail::reach_of(call.kernel(i), options.dilation[i]);
    Checked padded = Checked(size) + Checked(padding.numbers()[i]) * Checked(2);
    std::int64_t before = padding.numbers()[i];
    if (padding.kind() == ConvPadding::Kind::same) {
      if (stride != 1)
        throw ValueError(std::string(call.name) + ": padding \"same\" needs stride 1, got " +
                             options.stride.str(),
                         call.site);
      padded = reach + Checked(size - 1);
      before = (reach.value() - 1) / 2;
    }
    if (!reach.fits() || !padded.fits()) call.refuse("the padded input's size is beyond 64 bits");
    if (reach.value() > padded.value()) {
      call.refuse("the kernel covers " + to_string(reach.value()) +
                  " places, the padded input has " + to_string(padded.value()) +
                  " along spatial axis " + to_string(i));
    }
    g.x[a] = size;
    g.y[a] = y_shape[2 + i] = (padded.value() - reach.value()) / stride + 1;
    g.kernel[a] = call.kernel(i);
    g.stride[a] = stride;
    g.padding[a] = before;
    g.dilation[a] = options.dilation[i];
  }
  const SiteScope scope(call.site);
  const Tensor x = call.batched() ? call.x : unsqueeze(call.x, 0);
  const Shape stride = options.stride.each(call.axes), dilation = options.dilation.each(call.axes);
  const std::string pad = padding.str();
  const Tensor y = detail::convolve(
      {call.name,
       Save::nothing(),
       call.site,
       {{"stride", stride}, {"padding", pad}, {"dilation", dilation}, {"groups", options.groups}}},
      x, call.weight, call.bias, g, y_shape);
  return call.batched() ? y : squeeze(y, 0);
}

// The sizes that were asked for, without those of batch and channels.
PerAxis output_size(const ConvCall& call, const ConvTransposeOptions& options) {
  PerAxis size = options.output_size;
  if (size.count() == call.x.rank()) {
    Shape spatial = Shape::filled(call.axes);
    for (int i = 0; i < call.axes; ++i) spatial[i] = size[call.x.rank() - call.axes + i];
    size = spatial;
  }
  detail::check_per_axis(call.name, "output_size", size, call.axes, 1, call.site);
  for (int i = 0; i < call.axes; ++i) {
    if (options.output_padding[i] == 0) continue;
    throw ValueError(std::string(call.name) + ": output_padding follows from output_size, give one",
                     call.site);
  }
  return size;
}

// What output_padding makes `wanted` places of `least`, those without it.
std::int64_t output_padding(const ConvCall& call, int axis, std::int64_t wanted,
                            std::int64_t stride, std::int64_t least) {
  const std::int64_t first = std::max<std::int64_t>(least, 1), last = least + stride - 1;
  if (wanted >= first && wanted <= last) return wanted - least;
  call.refuse(
      "output_size must be " +
      (first == last ? to_string(last) : "from " + to_string(first) + " to " + to_string(last)) +
      " along spatial axis " + to_string(axis) + ", got " + to_string(wanted));
}

Tensor conv_transpose(const ConvCall& call, const ConvTransposeOptions& options) {
  ConvGeometry g = check(call, options.groups);
  detail::check_per_axis(call.name, "stride", options.stride, call.axes, 1, call.site);
  detail::check_per_axis(call.name, "padding", options.padding, call.axes, 0, call.site);
  detail::check_per_axis(call.name, "output_padding", options.output_padding, call.axes, 0,
                         call.site);
  detail::check_per_axis(call.name, "dilation", options.dilation, call.axes, 1, call.site);
  const bool sized = options.output_size.given();
  const PerAxis wanted = sized ? output_size(call, options) : PerAxis();
  Shape y_shape = Shape::filled(call.axes + 2), added = options.output_padding.each(call.axes);
  y_shape[0] = g.batch;
  y_shape[1] = g.groups * g.in;
  for (int i = 0; i < call.axes; ++i) {
    const auto a = std::size_t(3 - call.axes + i);
    const std::int64_t size = call.x_size(i), stride = options.stride[i],
                       dilation = options.dilation[i];
    if (!sized && added[i] >= std::max(stride, dilation)) {
      throw ValueError(std::string(call.name) + ": output_padding " + to_string(added[i]) +
                           " must be less than the stride or the dilation, which are " +
                           to_string(stride) + " and " + to_string(dilation),
                       call.site);
    }
    const Checked reach = detail::reach_of(call.kernel(i), dilation);
    const Checked all = Checked(size - 1) * Checked(stride) + reach + Checked(added[i]);
    const Checked cut = Checked(options.padding[i]) * Checked(-2);
    Checked left = all + cut;
    if (!left.fits() || !(left + Checked(stride)).fits())
      call.refuse("the output's size is beyond 64 bits");
    if (size == 0) call.refuse("x has no elements along spatial axis " + to_string(i));
    if (left.value() + (sized ? stride - 1 : 0) < 1) {
      call.refuse("padding " + to_string(options.padding[i]) + " leaves nothing of the " +
                  to_string(all.value()) + " places along spatial axis " + to_string(i));
    }
    if (sized) {
      added[i] = output_padding(call, i, wanted[i], stride, left.value());
      left = wanted[i];
    }
    g.y[a] = size;
    g.x[a] = y_shape[2 + i] = left.value();
    g.kernel[a] = call.kernel(i);
    g.stride[a] = stride;
    g.padding[a] = options.padding[i];
    g.dilation[a] = dilation;
  }
  const SiteScope scope(call.site);
  const Tensor x = call.batched() ? call.x : unsqueeze(call.x, 0);
  const Shape stride = options.stride.each(call.axes), dilation = options.dilation.each(call.axes),
              padding = options.padding.each(call.axes);
  const Tensor y = detail::convolve_transposed({call.name,
                                                Save::nothing(),
                                                call.site,
                                                {{"stride", stride},
                                                 {"padding", padding},
                                                 {"output_padding", added},
                                                 {"dilation", dilation},
                                                 {"groups", options.groups}}},
                                               x, call.weight, call.bias, g, y_shape);
  return call.batched() ? y : squeeze(y, 0);
}

Tensor conv_of(int axes, const Tensor& x, const Tensor& weight, const Tensor& bias,
               const ConvOptions& options, const Site& site) {
  return conv({names[axes - 1], axes, false, x, weight, bias, SiteScope::resolve(site)}, options);
}

Tensor transposed_of(int axes, const Tensor& x, const Tensor& weight, const Tensor& bias,
                     const ConvTransposeOptions& options, const Site& site) {
  return conv_transpose(
      {transposed_names[axes - 1], axes, true, x, weight, bias, SiteScope::resolve(site)}, options);
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options,
              Site site) {
  return conv_of(1, x, weight, bias, options, site);
}
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options,
              Site site) {
  return conv_of(2, x, weight, bias, options, site);
}
Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options,
              Site site) {
  return conv_of(3, x, weight, bias, options, site);
}
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options, Site site) {
  return transposed_of(1, x, weight, bias, options, site);
}
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options, Site site) {
  return transposed_of(2, x, weight, bias, options, site);
}
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options, Site site) {
  return transposed_of(3, x, weight, bias, options, site);
}

}  // namespace cinta
