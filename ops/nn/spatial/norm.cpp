#include <cinta/autograd/core/detail/random_scope.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/kernels/norm/channel_norm.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/detail/norm_gradients.hpp>
#include <cinta/ops/nn/spatial/norm.hpp>
#include <cinta/ops/nn/spatial/pool.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using kernels::ChannelNorm;
using std::to_string;

ChannelNorm sizes_of(const Tensor& x, std::int64_t groups, double eps) {
  std::int64_t plane = 1;
  for (int i = 2; i < x.rank(); ++i) plane *= x.shape()[i];
  return {x.shape()[0], x.shape()[1], plane, groups, eps};
}

void check(const Op& op, const Tensor& x, std::initializer_list<const Tensor*> per_channel,
           double eps) {
  detail::check_defined(op, {x});
  const std::string name = op.name;
  if (x.rank() < 2)
    throw ShapeError(name + ": x needs (batch, channels, ...), got " + x.shape().str(), op.site);
  if (!is_floating(x.dtype()))
    throw DtypeError(name + ": needs a floating dtype, got " + name_of(x.dtype()), op.site);
  const Spec wanted{{x.shape()[1]}, x.dtype()};
  const char* const names[] = {"weight", "bias", "running_mean", "running_var"};
  const char* const* what = names;
  for (const Tensor* t : per_channel) {
    if (t->defined() && t->spec() != wanted) {
      throw ShapeError(
          name + ": " + *what + " must be " + wanted.str() + ", it is " + t->spec().str(), op.site);
    }
    ++what;
  }
  detail::check_eps(op.name, eps, op.site);
}

// (sets, elements of a set) of x (batch, channels, plane), and back.
Tensor to_rows(const Tensor& x, const ChannelNorm& n) {
  if (n.groups) return reshape(x, {n.batch * n.groups, n.channels / n.groups * n.plane});
  const Tensor planes = reshape(x, {n.batch, n.channels, n.plane});
  return reshape(permute(planes, {1, 0, 2}), {n.channels, n.batch * n.plane});
}

Tensor from_rows(const Tensor& rows, const ChannelNorm& n, const Shape& shape) {
  if (n.groups) return reshape(rows, shape);
  return reshape(permute(reshape(rows, {n.channels, n.batch, n.plane}), {1, 0, 2}), shape);
}

// The sum over all axes but the channels.
Tensor channel_sum(const Tensor& x, const ChannelNorm& n) {
  return sum(reshape(x, {n.batch, n.channels, n.plane}), {0, 2});
}

Tensors composed_gradients(const Grad& g, int inputs, const ChannelNorm& n) {
  const detail::NormalRows rows(to_rows(g.in(0), n), n.eps);
  Tensors gradients(static_cast<std::size_t>(inputs));
  if (g.needs(0)) {
    const Tensor dy = reshape(g.dy, {n.batch, n.channels, n.plane});
    const Tensor slope = inputs > 1 ? dy * reshape(g.in(1), {n.channels, 1}) : dy;
    gradients[0] = from_rows(rows.gradient(to_rows(slope, n)), n, g.shape(0));
  }
  if (inputs > 1 && g.needs(1))
    gradients[1] = channel_sum(g.dy * from_rows(rows.normal, n, g.dy.shape()), n);
  if (inputs > 2 && g.needs(2)) gradients[2] = channel_sum(g.dy, n);
  return gradients;
}

// Norms of sets, and their statistics (4, sets) as kernels have them, which are constants; weight
// and bias may be undefined, but there is no bias without a weight.
Tensors normalise(const Op& op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                  const ChannelNorm& n) {
  Tensors inputs{x};
  if (weight.defined()) inputs.push_back(weight);
  if (bias.defined()) inputs.push_back(bias);
  const int count = int(inputs.size());
  const Spec statistics{{4, n.groups ? n.batch * n.groups : n.channels}, float64};
  return apply(
      op.saving(Save::input(0) | Save::input(1) | Save::output(1)), inputs,
      {x.spec(), {statistics, no_gradient}},
      [n, count](const Inputs& in, const Tensors& y) {
        const Tensor dense = contiguous(in[0]);
        const Tensor w = count > 1 ? contiguous(in[1]) : dense;
        const Tensor b = count > 2 ? contiguous(in[2]) : dense;
        const Array scale = w, shift = b;
        kernels::channel_norm(n, dense, count > 1 ? &scale : nullptr, count > 2 ? &shift : nullptr,
                              y[0], y[1]);
      },
      [n, count](const Grad& g) {
        if (g.create_graph()) return composed_gradients(g, count, n);
        const Op backward{
            "channel_norm_backward", Save::nothing(), {}, {{"groups", n.groups}, {"eps", n.eps}}};
        return detail::fused_norm_gradients(
            backward, g, g.out(1), count,
            [n](const Array& from, const Array& found, const Array* scale, const Array& dy,
                const Array* dx, const Array* dweight, const Array* dbias) {
              kernels::channel_norm_backward(n, from, found, scale, dy, {dx, dweight, dbias});
            });
      });
}

// (channels) beside (batch, channels, ...).
Tensor beside(const Tensor& t, const Tensor& x) {
  Shape shape = Shape::filled(x.rank() - 1, 1);
  shape[0] = t.numel();
  return reshape(t, shape);
}

// The same with what a bias alone needs, and with vectors along the batch where planes are short.
Tensors norm_of(const Op& op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const ChannelNorm& n) {
  if (bias.defined() && !weight.defined()) {
    Tensors found = norm_of(op, x, {}, {}, n);
    found[0] = found[0] + beside(bias, x);
    return found;
  }
  constexpr std::int64_t short_plane = 16;
  if (n.groups || n.batch == 1 || n.plane >= short_plane) return normalise(op, x, weight, bias, n);
  const ChannelNorm turned{1, n.channels, n.batch * n.plane, 0, n.eps};
  Tensors found =
      normalise(op, reshape(to_rows(x, n), {1, n.channels, turned.plane}), weight, bias, turned);
  found[0] = from_rows(found[0], n, x.shape());
  return found;
}

// ---- Running statistics ----

void check_running(const Op& op, const Tensor& mean, const Tensor& var, double momentum) {
  const std::string name = op.name;
  if (mean.defined() != var.defined())
    throw ShapeError(name + ": running_mean and running_var are needed both, or none of them",
                     op.site);
  if (!(momentum >= 0 && momentum <= 1)) {
    throw ValueError(name + ": momentum must lie in [0, 1], got " + detail::text_of(momentum),
                     op.site);
  }
}

Tensor with_running(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                    const Tensor& weight, const Tensor& bias, double eps) {
  const Tensor scale = 1 / sqrt(running_var + eps);
  const Tensor factor = beside(weight.defined() ? scale * weight : scale, x);
  const Tensor mean = beside(running_mean, x);
  if (!bias.defined())
    return map([](auto v, auto m, auto f) { return (v - m) * f; }, x, mean, factor);
  return map([](auto v, auto m, auto f, auto b) { return (v - m) * f + b; }, x, mean, factor,
             beside(bias, x));
}

// Of the statistics of sets.
Tensor mean_of(const Tensor& statistics) {
  return select(statistics, 0, 0) + select(statistics, 0, 1);
}
Tensor variance_of(const Tensor& statistics) { return select(statistics, 0, 2); }

// In place, towards what was found in sets of so many values: the variance there is biased.
void move_running(const Tensor& running_mean, const Tensor& running_var, const Tensor& mean,
                  const Tensor& var, std::int64_t values, double momentum) {
  if (detail::runs_again()) return;
  const NoGrad constants;
  const double unbiased = double(values) / double(values - 1);
  const auto move = [&](const Tensor& running, const Tensor& found, double share) {
    add_(mul_(running, 1 - momentum), to(found * share, running.dtype()));
  };
  move(running_mean, mean, momentum);
  move(running_var, var, momentum * unbiased);
}

// What batch and instance norms have in common: checks, and the norm by running statistics if those
// are what counts. Otherwise it is of_batch(op).
template <class F>
Tensor norm_with_running(const char* name, const Tensor& x, const Tensor& running_mean,
                         const Tensor& running_var, const Tensor& weight, const Tensor& bias,
                         const BatchNormOptions& options, const Site& site, const F& of_batch) {
  const Op op{
      name,
      Save::nothing(),
      site,
      {{"training", options.training}, {"momentum", options.momentum}, {"eps", options.eps}}};
  check(op, x, {&weight, &bias, &running_mean, &running_var}, options.eps);
  check_running(op, running_mean, running_var, options.momentum);
  const OpScope scope(op);
  if (!options.training && running_mean.defined())
    return with_running(x, running_mean, running_var, weight, bias, options.eps);
  return of_batch(op);
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight, const Tensor& bias, BatchNormOptions options, Site site) {
  const auto of_batch = [&](const Op& op) {
    const ChannelNorm n = sizes_of(x, 0, options.eps);
    const std::int64_t values = n.batch * n.plane;
    if (options.training && values == 1) {
      throw ValueError(
          "batch_norm: training needs more than one value for each channel, x is " + x.spec().str(),
          op.site);
    }
    const Tensors found = norm_of(op, x, weight, bias, n);
    if (running_mean.defined() && values > 0)
      move_running(running_mean, running_var, mean_of(found[1]), variance_of(found[1]), values,
                   options.momentum);
    return found[0];
  };
  return norm_with_running("batch_norm", x, running_mean, running_var, weight, bias, options, site,
                           of_batch);
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps, Site site) {
  const Op op{"group_norm", Save::nothing(), site, {{"groups", groups}, {"eps", eps}}};
  check(op, x, {&weight, &bias}, eps);
  if (groups < 1 || x.shape()[1] % groups != 0) {
    throw ShapeError("group_norm: " + to_string(groups) + " groups do not divide the " +
                         to_string(x.shape()[1]) + " channels of x " + x.shape().str(),
                     op.site);
  }
  const OpScope scope(op);
  return norm_of(op, x, weight, bias, sizes_of(x, groups, eps))[0];
}

Tensor instance_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                     const Tensor& weight, const Tensor& bias, BatchNormOptions options,
                     Site site) {
  const auto of_batch = [&](const Op& op) {
    const ChannelNorm n = sizes_of(x, std::max<std::int64_t>(1, x.shape()[1]), options.eps);
    if (n.plane == 1) {
      throw ValueError(
          "instance_norm: needs more than one value for each channel, x is " + x.spec().str(),
          op.site);
    }
    const Tensors found = norm_of(op, x, weight, bias, n);
    if (running_mean.defined() && x.numel() > 0) {
      const NoGrad constants;
      const auto over_images = [&](const Tensor& statistic) {
        return mean(reshape(statistic, {n.batch, n.channels}), 0);
      };
      move_running(running_mean, running_var, over_images(mean_of(found[1])),
                   over_images(variance_of(found[1])), n.plane, options.momentum);
    }
    return found[0];
  };
  return norm_with_running("instance_norm", x, running_mean, running_var, weight, bias, options,
                           site, of_batch);
}

Tensor instance_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps,
                     Site site) {
  return instance_norm(x, {}, {}, weight, bias, {.eps = eps}, site);
}

Tensor local_response_norm(const Tensor& x, std::int64_t size, LocalResponseNormOptions options,
                           Site site) {
  const Op op{"local_response_norm", site};
  check(op, x, {}, 0);
  if (size < 1) {
    throw ValueError("local_response_norm: size must be at least 1, got " + to_string(size),
                     op.site);
  }
  const OpScope scope(op);
  const ChannelNorm n = sizes_of(x, 1, 0);
  if (x.numel() == 0) return x * 1;
  const Tensor wide = to(x, float64);  // whose squares are in range
  const Tensor planes = reshape(square(wide), {n.batch, 1, n.channels, n.plane});
  // Of an even size the same zeros at both ends make one window too many.
  const Tensor means = avg_pool2d(planes, {size, 1}, {.stride = 1, .padding = {size / 2, 0}});
  const Tensor mean = reshape(slice(means, 2, 0, n.channels), x.shape());
  return to(wide * pow(options.k + options.alpha * mean, -options.beta), x.dtype());
}

}  // namespace cinta
