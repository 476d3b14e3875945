#pragma once
// Private to ops: a rule of every order for an operation whose gradient is a kernel.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/engine.hpp>

namespace cinta::detail {

/// The gradients of all `count` inputs, by differentiating `definition`, which says in operations
/// what the node's operation computes of its (saved) inputs: its first outputs, as many as have
/// gradients.
template <class F>
Tensors composed_gradients(const Grad& g, int count, const F& definition) {
  Tensors entries, results;
  for (int i = 0; i < count; ++i) {
    const Tensor& x = g.in(i);
    entries.push_back(x.requires_grad() ? identity_view(x) : x);
  }
  {
    const EnableGrad enable;
    results = definition(entries);
  }
  Tensors roots, weights, wanted;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!g.dy_of(int(i)).defined() || !results[i].requires_grad()) continue;
    roots.push_back(results[i]);
    weights.push_back(g.dy_of(int(i)));
  }
  for (int i = 0; i < count; ++i)
    if (g.needs(i)) wanted.push_back(entries[std::size_t(i)]);
  Tensors gradients(static_cast<std::size_t>(count));
  if (roots.empty()) return gradients;
  // It ends at the inputs: what lies before them is the engine's.
  Tensors found = grad(roots, wanted,
                       {.grad_outputs = std::move(weights),
                        .create_graph = g.create_graph(),
                        .allow_unused = true,
                        .stop_gradients = entries});
  auto next = found.begin();
  for (int i = 0; i < count; ++i)
    if (g.needs(i)) gradients[std::size_t(i)] = std::move(*next++);
  return gradients;
}

}  // namespace cinta::detail
