#pragma once
// DetectCycles: finds gradients that keep themselves alive.

#include <cinta/autograd/tape/watch/op_watch.hpp>
#include <memory>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta {

/// backward() with create_graph stores in each leaf a gradient with a graph, which leads back to
/// the leaf: each holds the other, so that neither is freed when the last handle to the leaf goes.
/// zero_grad() and set_grad({}) end that, and grad() with create_graph never begins it.
///
/// While it lives, this notes the leaves that this thread records operations of;
///
///     DetectCycles cycles;
///     train_step();
///     CHECK(cycles.found().empty());
///
/// lists those whose gradient leads back to them. It holds the leaves' nodes, which are freed after
/// it.
class DetectCycles final : detail::OpWatch {
 public:
  DetectCycles();

  /// A line for each: "the gradient of the leaf (3, 4) [layer, train.cpp:12] leads back to it; call
  /// zero_grad() before it goes, or take gradients with grad()".
  std::vector<std::string> found() const;

 private:
  void after_record(const Op&, Node& node) override;

  struct Leaves;
  std::shared_ptr<Leaves> leaves_;
};

}  // namespace cinta
#pragma GCC visibility pop
