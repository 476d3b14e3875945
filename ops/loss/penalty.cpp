#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/elementwise/penalty.hpp>
#include <cinta/ops/loss/penalty.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>

namespace cinta {
namespace {

using kernels::Groups;

void check_factor(const Op& op, const char* what, double factor) {
  if (!(factor >= 0 && std::isfinite(factor))) {
    throw ValueError(std::string(op.name) + ": " + what + " must be at least 0 and finite, got " +
                         detail::text_of(factor),
                     op.site);
  }
}

// The weights in their common dtype.
Tensors common(const Op& op, const Tensors& weights) {
  if (weights.empty()) throw ValueError(std::string(op.name) + ": no weights", op.site);
  detail::check_defined(op, weights);
  Dtype dtype = weights[0].dtype();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!is_floating(weights[i].dtype())) {
      throw DtypeError(std::string(op.name) + ": weight " + std::to_string(i) +
                           " must be floating, got " + name_of(weights[i].dtype()),
                       op.site);
    }
    dtype = promote(dtype, weights[i].dtype());
  }
  Tensors converted;
  for (const Tensor& w : weights) converted.push_back(to(w, dtype, op.site));
  return converted;
}

void store(const Tensor& y, double value) {
  dispatch_floating(y.dtype(), [&]<class T>() { *y.data<T>() = T(value); });
}

// The gradients of all inputs that need one.
template <class F>
Tensors for_each_input(const Grad& g, int count, const F& gradient) {
  Tensors gradients(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    if (g.needs(i)) gradients[std::size_t(i)] = gradient(g.in(i), i);
  return gradients;
}

// w over the norm of its group, 0 in a group of zeros; what a group is, `axis` counts. It depends
// on the ratios of elements alone: taken as parts of the largest, their squares neither overflow
// nor vanish. Infinite elements stand for equal ones that grow.
Tensor direction(const Tensor& w, int axis) {
  if (w.numel() == 0) return w;
  const auto over_group = [axis](Tensor y, const auto& reduce) {
    for (int i = 0; i < y.rank(); ++i)
      if (i != axis) y = reduce(y, i);
    return y;
  };
  Tensor largest, infinite, limit;
  {
    const NoGrad constants;
    const Tensor size = abs(w);
    largest = over_group(size, [](const Tensor& y, int i) { return max(y, i, keepdims); });
    infinite = eq(largest, INFINITY);
    limit = where(eq(size, INFINITY), sign(w), 0.0);
    largest = where(logical_or(infinite, eq(largest, 0)), 1.0, largest);
  }
  const Tensor parts = where(infinite, limit, w) / largest;
  const Tensor squares =
      over_group(square(parts), [](const Tensor& y, int i) { return sum(y, i, keepdims); });
  return parts / sqrt(where(eq(squares, 0), 1.0, squares));
}

// The sum of squares of a table whose optimizer keeps it, see optim/detail/lazy_table.hpp.
std::optional<double> known_squares(const Tensor& w) {
  AccessHook* hook = w.storage()->hook();
  return hook ? hook->sum_of_squares(w.impl()->array()) : std::nullopt;
}

// l1 * sum |w| + l2 / 2 * sum w^2.
Tensor elastic_net(const Op& op, const Tensors& weights, double l1, double l2, SignAtZero at_zero) {
  const Tensors in = common(op, weights);
  const double zero = at_zero == SignAtZero::plus_one ? 1 : 0;
  return apply(
      op, in, {{}, in[0].dtype()},
      [l1, l2](const Inputs& ws, const Tensor& y) {
        double total = 0;
        for (int i = 0; i < ws.size(); ++i) {
          double absolute = 0, squares = 0;
          const std::optional<double> known = l1 == 0 ? known_squares(ws[i]) : std::nullopt;
          if (known)
            squares = *known;
          else
            kernels::penalty_sums(contiguous(ws[i]), &absolute, &squares);
          // A factor of 0 switches its term off, infinite weights or not.
          if (l1 != 0) total += l1 * absolute;
          if (l2 != 0) total += l2 / 2 * squares;
        }
        store(y, total);
      },
      [l1, l2, zero, count = int(in.size())](const Grad& g) {
        return for_each_input(g, count, [&](const Tensor& w, int i) {
          if (!g.create_graph()) {
            // Not written out: it would be as large as a table that no step touches as a whole.
            if (l1 == 0 && g.wants_row_sparse(i)) return detail::times_table(w, g.dy.item() * l2);
            return apply({"penalty_backward", Save::nothing(), {}, {{"l1", l1}, {"l2", l2}}},
                         {w, g.dy}, w.spec(),
                         [l1, l2, zero](const Inputs& given, const Tensor& dw) {
                           const double dy = given[1].item();
                           kernels::penalty_slope(contiguous(given[0]), dy * l1, dy * l2, zero, dw);
                         });
          }
          const Tensor slope = zero != 0 ? where(ge(w, 0), 1.0, sign(w)) : sign(w);
          return g.dy * (l2 == 0 ? l1 * slope : l1 * slope + l2 * w);  // 0 * inf would be NaN
        });
      });
}

}  // namespace

Tensor l1_penalty(const Tensors& weights, double lambda, SignAtZero at_zero, Site site) {
  const Op op{"l1_penalty", Save::inputs(), site, {{"lambda", lambda}}};
  check_factor(op, "lambda", lambda);
  return elastic_net(op, weights, lambda, 0, at_zero);
}

Tensor l2_penalty(const Tensors& weights, double lambda, Site site) {
  const Op op{"l2_penalty", Save::inputs(), site, {{"lambda", lambda}}};
  check_factor(op, "lambda", lambda);
  return elastic_net(op, weights, 0, lambda, SignAtZero::zero);
}

Tensor elastic_net_penalty(const Tensors& weights, double l1, double l2, SignAtZero at_zero,
                           Site site) {
  const Op op{"elastic_net_penalty", Save::inputs(), site, {{"l1", l1}, {"l2", l2}}};
  check_factor(op, "l1", l1);
  check_factor(op, "l2", l2);
  return elastic_net(op, weights, l1, l2, at_zero);
}

Tensor group_lasso_penalty(const Tensors& weights, double lambda, Axis axis, Site site) {
  const Op op{"group_lasso_penalty", Save::inputs(), site, {{"lambda", lambda}, {"axis", axis}}};
  check_factor(op, "lambda", lambda);
  const Tensors in = common(op, weights);
  for (const Tensor& w : in) normalize_axis(op.name, axis, w.shape(), op.site);
  const auto axis_of = [axis = int(axis)](const Tensor& w) {
    return axis < 0 ? axis + w.rank() : axis;
  };
  return apply(
      op, in, {{}, in[0].dtype()},
      [=](const Inputs& ws, const Tensor& y) {
        double total = 0;
        for (int i = 0; i < ws.size(); ++i) {
          const Groups groups = Groups::along(ws[i].shape(), axis_of(ws[i]));
          std::vector<double> norms(static_cast<std::size_t>(groups.count));
          kernels::group_norms(contiguous(ws[i]), groups, norms.data());
          double sum = 0;
          for (const double norm : norms) sum += norm;
          if (lambda != 0) total += lambda * std::sqrt(double(groups.size())) * sum;
        }
        store(y, total);
      },
      [=, count = int(in.size())](const Grad& g) {
        return for_each_input(g, count, [&](const Tensor& w, int) {
          const Groups groups = Groups::along(w.shape(), axis_of(w));
          const double weight = lambda * std::sqrt(double(groups.size()));
          if (!g.create_graph()) {
            return apply(
                {"group_lasso_backward", Save::nothing(), {}, {{"weight", weight}}}, {w, g.dy},
                w.spec(), [groups, weight](const Inputs& given, const Tensor& dw) {
                  kernels::group_slope(contiguous(given[0]), groups, given[1].item() * weight, dw);
                });
          }
          return g.dy * (weight * direction(w, axis_of(w)));
        });
      });
}

Tensor l1_penalty(const Tensor& w, double lambda, SignAtZero at_zero, Site site) {
  return l1_penalty(Tensors{w}, lambda, at_zero, site);
}

Tensor l2_penalty(const Tensor& w, double lambda, Site site) {
  return l2_penalty(Tensors{w}, lambda, site);
}

Tensor elastic_net_penalty(const Tensor& w, double l1, double l2, SignAtZero at_zero, Site site) {
  return elastic_net_penalty(Tensors{w}, l1, l2, at_zero, site);
}

Tensor group_lasso_penalty(const Tensor& w, double lambda, Axis axis, Site site) {
  return group_lasso_penalty(Tensors{w}, lambda, axis, site);
}

}  // namespace cinta
