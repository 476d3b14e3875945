#pragma once
// OpWatch: sees the operations of a thread as they run. Costs a thread-local test where there is
// none. Library code only.

#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta {

struct Op;
struct Edge;
class Inputs;

namespace detail {

/// What writes the outputs of an operation, borrowed while it runs. Whoever wants to run it again
/// keeps a copy.
class Forward {
 public:
  using Kept = std::function<void(const Inputs&, const Tensors& outputs)>;

  /// With `several`, it gets all outputs as Tensors; else the only one.
  template <bool several, class F>
  static Forward of(const F& forward) {
    if constexpr (std::is_function_v<F>)
      return of<several>(&forward);
    else
      return Forward(&forward, &keep_copy<several, F>);
  }
  /// Empty if it cannot be copied.
  Kept keep() const { return keep_(forward_); }

 private:
  Forward(const void* forward, Kept (*keep)(const void*)) : forward_(forward), keep_(keep) {}

  template <bool several, class F>
  static Kept keep_copy(const void* of) {
    if constexpr (std::copy_constructible<F>) {
      const F& forward = *static_cast<const F*>(of);
      if constexpr (several)
        return forward;
      else
        return [forward](const Inputs& in, const Tensors& y) mutable { forward(in, y[0]); };
    } else {
      return nullptr;
    }
  }

  const void* forward_;
  Kept (*keep_)(const void*);
};

class OpWatch {
 public:
  OpWatch(const OpWatch&) = delete;
  OpWatch& operator=(const OpWatch&) = delete;

  static bool any() { return innermost_ != nullptr; }
  /// Whether one of them looks at the gradients that rules return.
  static bool any_reads_gradients();
  /// Whether what runs is part of another operation: of its forward or of its rules.
  static bool nested() { return depth_ > 0; }
  /// Whether it is part of another one's forward, which comes as a whole.
  static bool in_forward() { return forwards_ > 0; }

  // What apply and the engine tell, if there are any watches.
  static void recorded(const Op& op, Node& node);
  static void writes(const Tensor& x, const Inputs& inputs);
  static void ran(const Op& op, const Inputs& inputs, TensorSpan outputs, const Forward* forward);
  static void differentiated(const Node& node, TensorSpan dys, const Tensors& gradients);
  static void seeded(const Edge& root, const Tensor& gradient, const Site& site);
  static void summed(const Edge& edge, const Tensor& gradient);

  /// While it lives, operations are parts of another one: of its rules, or of its forward.
  class Inside {
   public:
    enum Part { rules, forward };
    explicit Inside(Part part = rules) : counted_(any()), forward_(part == forward) {
      if (counted_) count(1);
    }
    ~Inside() {
      if (counted_) count(-1);
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    void count(int change) {
      depth_ += change;
      if (forward_) forwards_ += change;
    }

    bool counted_, forward_;
  };

  /// While it lives, operations stand for themselves again: a rule that runs a graph of its own.
  class Outside {
   public:
    Outside();
    ~Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    int depth_before_;
  };

 protected:
  OpWatch();
  ~OpWatch();

  /// A node has been made, of an operation or to keep up the history of a view.
  virtual void after_record(const Op& op, Node& node);
  /// An operation is about to overwrite x, which may be one of its inputs.
  virtual void before_write(const Tensor& x, const Inputs& inputs);
  /// An operation has run, and been recorded where it is. There is no forward if its outputs are
  /// views of its input, or made by other operations that were seen themselves.
  virtual void after_forward(const Op& op, const Inputs& inputs, TensorSpan outputs,
                             const Forward* forward);
  /// The rules of `node` have returned `gradients` (undefined where none was asked for) for those
  /// of its outputs.
  virtual void after_backward(const Node& node, TensorSpan dys, const Tensors& gradients);
  virtual bool reads_gradients() const;
  /// backward or grad, called at `site`, begins with this gradient of an output.
  virtual void before_backward(const Edge& root, const Tensor& gradient, const Site& site);
  /// Two gradients of an output have been added.
  virtual void after_sum(const Edge& edge, const Tensor& gradient);

 private:
  static thread_local constinit OpWatch* innermost_;
  static thread_local constinit int depth_, forwards_;
  OpWatch* outer_;
};

inline thread_local constinit OpWatch* OpWatch::innermost_ = nullptr;
inline thread_local constinit int OpWatch::depth_ = 0;
inline thread_local constinit int OpWatch::forwards_ = 0;

}  // namespace detail
}  // namespace cinta
#pragma GCC visibility pop
