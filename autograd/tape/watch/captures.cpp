#include <cinta/autograd/tape/substitution.hpp>
#include <cinta/autograd/tape/watch/captures.hpp>

namespace cinta::detail {

thread_local constinit Captures* Captures::current_ = nullptr;

Captures::Captures(const Tensors& inputs, const Tensors& entries)
    : outer_(std::exchange(current_, this)) {
  for (const Tensor& x : inputs) memories_.insert(x.storage().get());
  for (const Tensor& x : entries)
    if (x.requires_grad()) read_.insert(edge_of(x));
}

Captures::~Captures() { current_ = outer_; }

void Captures::after_record(const Op&, Node& node) { made_.insert(&node); }

void Captures::before_write(const Tensor&, const Inputs& inputs) { note(inputs); }

void Captures::after_forward(const Op&, const Inputs& inputs, TensorSpan outputs, const Forward*) {
  if (!note(inputs)) return;
  for (const Tensor& output : outputs) memories_.insert(output.storage().get());
}

// Not what an inner watch sees.
bool Captures::note(const Inputs& inputs) {
  if (current_ != this || !GradMode::enabled()) return false;
  for (int i = 0; i < inputs.size(); ++i) {
    const Tensor& x = inputs[i];
    // A node says where a tensor comes from; without one only its memory does.
    const bool is_new = x.requires_grad()
                            ? !made_.contains(x.node()) && read_.insert(edge_of(x)).second
                            : memories_.insert(x.storage().get()).second;
    if (is_new) reads_.push_back({Substitution::lasting(x), x.version()});
  }
  return true;
}

}  // namespace cinta::detail
