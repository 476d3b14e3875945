#pragma once
// apply_in_place: how an operation writes into a tensor that exists already, and is recorded.

#include <cinta/autograd/tape/apply.hpp>

#pragma GCC visibility push(default)
namespace cinta {
namespace detail {

/// Checks that `x` may be written to; whether that is to be recorded.
bool check_write(const Op& op, const Tensor& x, const Inputs& inputs);

/// Makes `node` the history of `x`, and of what x is a view of.
void rebase(const Op& op, const Tensor& x, Ref<Node> node);

}  // namespace detail

/// Runs an operation that changes `x`, and records it if gradients are wanted. `forward(inputs, x)`
/// and `rules` are as for apply; `inputs` has `x` itself where its old value has a gradient. An
/// input that is saved must not share memory with x: save a clone() of it.
///
/// The history of x becomes the new node. If x is a view, so does that of its base, and every other
/// view of that base gets a new history when somebody asks for it. Throws GraphError if x is a
/// leaf that requires gradients or a view of one, or a view made under NoGrad that would have to be
/// recorded; ValueError if several elements of x share a place in memory.
template <class Forward, class... R>
const Tensor& apply_in_place(const Op& op, const Tensor& x, const Inputs& inputs, Forward&& forward,
                             R&&... rules) {
  const bool recorded = detail::check_write(op, x, inputs);
  if (detail::OpWatch::any()) detail::OpWatch::writes(x, inputs);
  try {
    const SiteScope scope(op.site);
    const NoGrad no_grad;
    const detail::OpWatch::Inside inside(detail::OpWatch::Inside::forward);
    forward(inputs, x);
  } catch (const MemoryError& error) {
    detail::rethrow_named(error, op);
  }
  x.storage()->bump_version(op.name, op.site);
  if (recorded) detail::rebase(op, x, detail::make_node(op, inputs, x, std::forward<R>(rules)...));
  if (detail::OpWatch::any()) {
    const auto ran = detail::Forward::of<false>(forward);
    detail::OpWatch::ran(op, inputs, x, &ran);
  }
  return x;
}

}  // namespace cinta
#pragma GCC visibility pop
