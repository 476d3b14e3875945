#pragma once
// Private to ops: derivatives of formulas of elements.

#include <cinta/ops/map/detail/expression.hpp>

namespace cinta::detail {

/// What operand k of y = f(x[0], x[1], ...) gets of the gradient g of y: the row of f in the table
/// of functions.
Element slope(kernels::Function f, int k, Element g, Element y, const std::array<Element, 3>& x);

/// `amount`, a gradient computed from the gradient g: 0 where g is 0 and a slope between them is
/// infinite or NaN. Itself where no slope can be.
Element settled(Expression& expression, Element amount, Element g);

/// The derivatives of the expression's output y with respect to the inputs in `mask`, times dy: an
/// expression of y's inputs and, behind them, dy. outputs[i] is that of input i; -1 if it is not in
/// `mask` or 0 everywhere. Where y does not depend on a value, because another branch is taken,
/// that value's own slopes do not matter, be they infinite or NaN; with `settle` neither do any
/// where dy is 0.
Expression differentiate(const Expression& expression, std::uint64_t mask, bool settle);

}  // namespace cinta::detail
