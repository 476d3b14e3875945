#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/reduce/penalty.hpp>
#include <cinta/ops/nn/penalty.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>

namespace cinta {
namespace {

using kernels::Groups;

void check_factor(const Op& op, const char* what, double factor) {
  if (!(factor >= 0 && std::isfinite(factor))) {
    throw ValueError(std::string(op.name) + ": " + what + " must be at least 0 and finite, got " +
                         std::to_string(factor),
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

// The axes of a group: all but the one that counts the groups.
Tensor sum_over_group(const Tensor& x, int axis) {
  Tensor y = x;
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis) y = sum(y, i, keepdims);
  return y;
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
          return g.dy * (l1 * slope + l2 * w);
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

Tensor group_lasso_penalty(const Tensors& weights, double lambda, int axis, Site site) {
  const Op op{"group_lasso_penalty", Save::inputs(), site, {{"lambda", lambda}, {"axis", axis}}};
  check_factor(op, "lambda", lambda);
  const Tensors in = common(op, weights);
  for (const Tensor& w : in) normalize_axis(op.name, axis, w.shape(), op.site);
  const auto axis_of = [axis](const Tensor& w) { return axis < 0 ? axis + w.rank() : axis; };
  return apply(
      op, in, {{}, in[0].dtype()},
      [=](const Inputs& ws, const Tensor& y) {
        double total = 0;
        for (int i = 0; i < ws.size(); ++i) {
          const Groups groups = Groups::along(ws[i].shape(), axis_of(ws[i]));
          std::vector<double> squares(static_cast<std::size_t>(groups.count));
          kernels::group_squares(contiguous(ws[i]), groups, squares.data());
          double norms = 0;
          for (const double square : squares) norms += std::sqrt(square);
          total += lambda * std::sqrt(double(groups.size())) * norms;
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
          const Tensor squares = sum_over_group(square(w), axis_of(w)), zero = eq(squares, 0);
          return g.dy * (weight * where(zero, 0.0, w / sqrt(where(zero, 1.0, squares))));
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

Tensor group_lasso_penalty(const Tensor& w, double lambda, int axis, Site site) {
  return group_lasso_penalty(Tensors{w}, lambda, axis, site);
}

}  // namespace cinta
