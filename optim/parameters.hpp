#pragma once
// What an optimizer is given: tensors, with names if they have some.

#include <cinta/autograd/tensor.hpp>
#include <initializer_list>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// Parameters for an optimizer: a list of tensors, named tensors, or a module with its names.
///
///     optim::SGD a({w, b});  optim::SGD b(net.parameters());  optim::SGD c(net);
///
/// Tensors without names are called by their numbers, "0", "1", ... A state is matched by names, so
/// whoever saves one and may come to order things differently gives them.
class Parameters {
 public:
  Parameters(std::initializer_list<Tensor> list);
  Parameters(const Tensors& list);
  Parameters(NamedTensors named);
  template <class Module>
  requires requires(const Module& module) { NamedTensors(module.named_parameters()); }
  Parameters(const Module& module) : Parameters(NamedTensors(module.named_parameters())) {}
  Parameters(const Parameters&);
  Parameters(Parameters&&) noexcept;
  ~Parameters();

  /// Names are empty where there are none.
  const NamedTensors& entries() const { return entries_; }
  Tensors tensors() const;

 private:
  NamedTensors entries_;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
