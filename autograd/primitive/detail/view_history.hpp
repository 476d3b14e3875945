#pragma once
// What recorded writes in place make of the history of a tensor and of its views.

#include <cinta/autograd/tape/node.hpp>

namespace cinta::detail {

/// A node that makes `view` part of the graph of `base`, whose memory it shows. It asks the view
/// for its layout only.
Ref<Node> node_of_view(const Tensor& base, const Tensor& view);

/// A node that makes `base` the result of writing `view`, as it is now, into the former `base`.
Ref<Node> node_of_written(const Tensor& base, const Tensor& view, const Site& site);

}  // namespace cinta::detail
