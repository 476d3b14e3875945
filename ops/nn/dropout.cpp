#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/detail/dropout.hpp>
#include <cinta/ops/nn/dropout.hpp>
#include <cinta/ops/random/detail/key.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>

namespace cinta {
namespace {

// Checks what all have in common; whether there is anything to do.
bool drops(const Op& op, const Tensor& x, double p, bool training) {
  detail::check_defined(op, {x});
  if (!(p >= 0 && p < 1)) {
    throw ValueError(std::string(op.name) + ": p must lie in [0, 1), got " + detail::text_of(p),
                     op.site);
  }
  if (!is_floating(x.dtype())) {
    throw DtypeError(std::string(op.name) + ": needs a floating dtype, got " + name_of(x.dtype()),
                     op.site);
  }
  return training && p != 0;
}

using detail::key_of;
using Call = GeneratorState;

// Each mask is decided by the call that drew it alone and linear in x, so that its rule is the mask
// again.

Tensor masked(const char* name, const Site& site, const Tensor& x, double p, const Call& call) {
  return apply(
      {name, Save::nothing(), site, {{"p", p}}}, {x}, x.spec(),
      [p, call](const Inputs& in, const Tensor& y) {
        kernels::dropout(contiguous(in[0]), y, p, key_of(call));
      },
      [p, call, name](const Grad& g) { return masked(name, {}, g.dy, p, call); });
}

Tensor masked_rows(const char* name, const Site& site, const Tensor& x, std::int64_t width,
                   double p, const Call& call) {
  return apply(
      {name, Save::nothing(), site, {{"p", p}}}, {x}, x.spec(),
      [width, p, call](const Inputs& in, const Tensor& y) {
        kernels::dropout_rows(contiguous(in[0]), y, width, nullptr, p, key_of(call));
      },
      [width, p, call, name](const Grad& g) {
        return masked_rows(name, {}, g.dy, width, p, call);
      });
}

Tensor masked_words(const char* name, const Site& site, const Tensor& x, const Tensor& ids,
                    double p, const Call& call) {
  return apply(
      {name, Save::input(1), site, {{"p", p}}}, {x, ids}, x.spec(),
      [p, call](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[1]);
        kernels::dropout_rows(contiguous(in[0]), y, y.shape().back(), dense.data<std::int64_t>(), p,
                              key_of(call));
      },
      [p, call, name](const Grad& g) { return masked_words(name, {}, g.dy, g.in(1), p, call); },
      no_gradient);
}

// y = x * scale + shift where the mask keeps, else `dropped`.
struct Affine {
  double scale, shift, dropped;
};
Tensor masked_affine(const char* name, const Site& site, const Tensor& x, double p,
                     const Call& call, const Affine& f) {
  return apply(
      {name, Save::nothing(), site, {{"p", p}}}, {x}, x.spec(),
      [p, call, f](const Inputs& in, const Tensor& y) {
        kernels::masked_affine(contiguous(in[0]), y, p, key_of(call), f.scale, f.shift, f.dropped);
      },
      [p, call, scale = f.scale, name](const Grad& g) {
        return masked_affine(name, {}, g.dy, p, call, {scale, 0, 0});
      });
}

// What alpha_dropout does to mean and variance is undone.
Affine keeping_normal(double p) {
  constexpr double alpha = -1.7580993408473766;  // SELU's limit at minus infinity
  const double a = 1 / std::sqrt((1 - p) * (1 + p * alpha * alpha)), b = -a * p * alpha;
  return {a, b, a * alpha + b};
}

// `axes` of a channel's elements, behind the channels and perhaps a batch.
Tensor drop_channels(const Op& op, const char* form, const Tensor& x, int axes, double p,
                     bool training) {
  const bool any = drops(op, x, p, training);
  if (x.rank() != axes + 1 && x.rank() != axes + 2) {
    throw ShapeError(std::string(op.name) + ": needs " + form + ", with or without batch, got " +
                         x.shape().str(),
                     op.site);
  }
  if (!any) return x;
  std::int64_t width = 1;
  for (int i = x.rank() - axes; i < x.rank(); ++i) width *= x.shape()[i];
  return masked_rows(op.name, op.site, x, width, p, detail::next_random_call());
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Site site) {
  const Op op{"dropout", Save::nothing(), site};
  return drops(op, x, p, training) ? masked(op.name, op.site, x, p, detail::next_random_call()) : x;
}

Tensor detail::dropout_by(const Tensor& x, double p, const GeneratorState& call) {
  return masked("dropout", {}, x, p, call);
}

Tensor dropout1d(const Tensor& x, double p, bool training, Site site) {
  return drop_channels({"dropout1d", Save::nothing(), site}, "(batch, channels, length)", x, 1, p,
                       training);
}

Tensor dropout2d(const Tensor& x, double p, bool training, Site site) {
  return drop_channels({"dropout2d", Save::nothing(), site}, "(batch, channels, height, width)", x,
                       2, p, training);
}

Tensor dropout3d(const Tensor& x, double p, bool training, Site site) {
  return drop_channels({"dropout3d", Save::nothing(), site},
                       "(batch, channels, depth, height, width)", x, 3, p, training);
}

Tensor alpha_dropout(const Tensor& x, double p, bool training, Site site) {
  const Op op{"alpha_dropout", Save::nothing(), site};
  if (!drops(op, x, p, training)) return x;
  return masked_affine(op.name, op.site, x, p, detail::next_random_call(), keeping_normal(p));
}

Tensor feature_alpha_dropout(const Tensor& x, double p, bool training, Site site) {
  const Op op{"feature_alpha_dropout", Save::nothing(), site};
  const bool any = drops(op, x, p, training);
  if (x.rank() < 2) {
    throw ShapeError("feature_alpha_dropout: needs (batch, channels, ...), got " + x.shape().str(),
                     op.site);
  }
  if (!any) return x;
  const OpScope scope(op);
  Shape channels = Shape::filled(x.rank(), 1);
  for (int i = 0; i < 2; ++i) channels[i] = x.shape()[i];
  const Tensor kept =
      masked("dropout", {}, ones(channels, x.dtype()), p, detail::next_random_call());
  const Affine f = keeping_normal(p);
  return map([](Element v, Element k, Element scale, Element shift,
                Element dropped) { return where(k == 0, dropped, v * scale + shift); },
             x, kept, f.scale, f.shift, f.dropped);
}

Tensor embedding_dropout(const Tensor& x, const Tensor& ids, double p, bool training, Site site) {
  const Op op{"embedding_dropout", Save::input(1), site};
  detail::check_defined(op, {x, ids});
  const bool any = drops(op, x, p, training);
  if (ids.dtype() != int64) {
    throw DtypeError(std::string(op.name) + ": ids must be int64, got " + name_of(ids.dtype()),
                     op.site);
  }
  Shape expected = Shape::filled(ids.rank() + 1);
  for (int i = 0; i < ids.rank(); ++i) expected[i] = ids.shape()[i];
  if (x.rank() > 0) expected[ids.rank()] = x.shape().back();
  if (x.shape() != expected) {
    throw ShapeError(std::string(op.name) + ": needs x of the ids' shape and one axis more, got " +
                         x.shape().str() + " for ids " + ids.shape().str(),
                     op.site);
  }
  return any ? masked_words(op.name, op.site, x, ids, p, detail::next_random_call()) : x;
}

}  // namespace cinta
