#include <cinta/autograd/core/memory/pool.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/autograd/primitive/detail/own.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <mutex>

namespace cinta {

Ref<Node> Leaf::create(const Spec& spec, const Site& site) {
  return Ref<Node>::adopt(new (pool::allocate(sizeof(Leaf))) Leaf(spec, site));
}

Tensor Leaf::grad() const {
  const std::lock_guard lock(mutex_);
  return grad_;
}

void Leaf::set_grad(Tensor gradient) {
  const std::lock_guard lock(mutex_);
  grad_ = std::move(gradient);
}

void Leaf::accumulate(Tensor gradient, bool keep_graph) {
  const std::lock_guard lock(mutex_);
  if (keep_graph) {
    grad_ =
        grad_.defined() ? detail::add_gradients(grad_, gradient) : detail::own(std::move(gradient));
    return;
  }
  const NoGrad no_grad;
  if (!grad_.defined()) {
    // A user may scale it in place: it must share memory with nothing else.
    if (gradient.is_row_sparse())
      grad_ = detail::with_own_rows(std::move(gradient));
    else
      grad_ =
          gradient.is_unique() && gradient.is_contiguous() ? gradient.detach() : clone(gradient);
  } else if (grad_.is_unique() && grad_.is_contiguous() && !grad_.requires_grad()) {
    detail::add_in_place(grad_, gradient);
  } else {
    grad_ = detail::add_gradients(grad_, gradient);
  }
}

}  // namespace cinta
