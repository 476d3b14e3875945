#pragma once
// OpWatch: sees the operations of a thread as they run. Costs a thread-local test where there is
// none. Library code only.

#include <cinta/autograd/tensor.hpp>
#include <span>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta {

struct Op;
struct Edge;
class Inputs;

namespace detail {

class OpWatch {
 public:
  OpWatch(const OpWatch&) = delete;
  OpWatch& operator=(const OpWatch&) = delete;

  static bool any() { return innermost_ != nullptr; }
  /// Whether what runs is part of another operation: of its forward or of its rules.
  static bool nested() { return depth_ > 0; }

  // What apply and the engine tell, if there are any watches.
  static void recorded(const Node& node);
  static void writes(const Inputs& inputs);
  static void ran(const Op& op, const Inputs& inputs, std::span<const Tensor> outputs);
  static void differentiated(const Node& node, std::span<const Tensor> dys,
                             const Tensors& gradients);
  static void seeded(const Edge& root, const Tensor& gradient, const Site& site);
  static void summed(const Edge& edge, const Tensor& gradient);

  /// While it lives, operations are parts of another one.
  class Inside {
   public:
    Inside() : counted_(any()) {
      if (counted_) ++depth_;
    }
    ~Inside() {
      if (counted_) --depth_;
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    bool counted_;
  };

  /// While it lives, operations stand for themselves again: a rule that runs a graph of its own.
  class Outside {
   public:
    Outside() : depth_before_(std::exchange(depth_, 0)) {}
    ~Outside() { depth_ = depth_before_; }
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    int depth_before_;
  };

 protected:
  OpWatch() : outer_(std::exchange(innermost_, this)) {}
  ~OpWatch() { innermost_ = outer_; }

  /// A node has been made, of an operation or to keep up the history of a view.
  virtual void after_record(const Node&) {}
  /// An operation is about to overwrite one of its inputs.
  virtual void before_write(const Inputs& /*inputs*/) {}
  /// An operation has run, and been recorded where it is.
  virtual void after_forward(const Op& op, const Inputs& inputs,
                             std::span<const Tensor> outputs) = 0;
  /// The rules of `node` have returned `gradients` (undefined where none was asked for) for those
  /// of its outputs.
  virtual void after_backward(const Node&, std::span<const Tensor> /*dys*/,
                              const Tensors& /*gradients*/) {}
  /// backward or grad, called at `site`, begins with this gradient of an output.
  virtual void before_backward(const Edge& /*root*/, const Tensor& /*gradient*/,
                               const Site& /*site*/) {}
  /// Two gradients of an output have been added.
  virtual void after_sum(const Edge&, const Tensor& /*gradient*/) {}

 private:
  static thread_local constinit OpWatch* innermost_;
  static thread_local constinit int depth_;
  OpWatch* outer_;
};

inline thread_local constinit OpWatch* OpWatch::innermost_ = nullptr;
inline thread_local constinit int OpWatch::depth_ = 0;

}  // namespace detail
}  // namespace cinta
#pragma GCC visibility pop
