#pragma once
// The recorded graph as text: for Graphviz, and as a tape.

#include <cinta/autograd/tape/watch/op_watch.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta {

/// While it lives, operations that this thread records keep their attributes (axes, say), which the
/// pictures below and errors then show:
///
///     const KeepAttributes keep;
///     std::cout << to_tape(loss(net(x), y));
class KeepAttributes final : detail::OpWatch {
 public:
  KeepAttributes() = default;

 private:
  void after_record(const Op& op, Node& node) override;
};

/// The graph that led to `tensor`, for Graphviz (`dot -Tsvg`): a node for every operation with its
/// name, outputs, call site and what it saved; leaves are boxes; arrows run with the data and carry
/// the input's number at their middle and the output's at their tail where there are several.
/// Inputs without gradients are not part of a graph. A tensor that was not recorded is a single
/// node. Throws ValueError if undefined.
std::string to_dot(const Tensor& tensor, Site site = {});

/// The same as a list, a line for every node in the order of execution, leaves first:
///
///     %0 = leaf  float32 (3,)  [train.cpp:4]
///     %1 = exp(%0)  float32 (3,)  saves output  [train.cpp:5]
///     %2 = mul(%1, _)  float32 (3,)  saves input 1  [train.cpp:6]
///
/// "_" is an input without gradients, %1.0 the first output of a node that has several. Throws
/// ValueError if undefined.
std::string to_tape(const Tensor& tensor, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
