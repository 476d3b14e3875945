#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/core/generator.hpp>
#include <cinta/autograd/tape/substitution.hpp>
#include <cinta/nn/module/check_gradients.hpp>
#include <cinta/ops/elementwise/inplace.hpp>

namespace cinta::nn {
namespace {

using cinta::detail::dense_copy, cinta::detail::same_bits;

/// What a module's tensors are during the check: float64 copies.
cinta::detail::Substitution::Pairs float64_copies(const Module& module) {
  cinta::detail::Substitution::Pairs pairs;
  for (const Tensor& tensor : module.all_tensors()) {
    Tensor copy = dense_copy(tensor, is_floating(tensor.dtype()) ? float64 : tensor.dtype());
    if (tensor.requires_grad()) copy.requires_grad_();
    pairs.push_back({tensor, copy});
  }
  return pairs;
}

/// Winds back what a forward pass changes: buffers, and the generator, which is this thread's own
/// while it lives.
class Rewind {
 public:
  explicit Rewind(const Module& module) : buffers_(module.named_buffers()) {
    for (const auto& [name, buffer] : buffers_)
      originals_.push_back(dense_copy(buffer, buffer.dtype()));
  }

  void operator()() const {
    set_generator_state(start_);
    for (std::size_t i = 0; i < buffers_.size(); ++i)
      if (!same_bits(buffers_[i].second, originals_[i])) copy_(buffers_[i].second, originals_[i]);
  }

 private:
  GeneratorState start_ = generator_state();
  GeneratorScope scope_{start_};
  NamedTensors buffers_;
  Tensors originals_;
};

}  // namespace

GradientReport detail::check_gradients(const Module& net, const cinta::detail::ListFunction& fn,
                                       const Tensors& inputs, const GradientCheckOptions& options,
                                       const Site& site) {
  const Site& here = SiteScope::resolve(site);
  const cinta::detail::CheckedInputs checked(cinta::detail::numbered(inputs), here);
  const Tensors tensors = checked.tensors();
  const cinta::detail::Substitution as_float64(float64_copies(net));
  const Rewind rewind(net);
  NamedTensors leaves = checked.leaves, watched = checked.all;
  for (const auto& parameter : net.named_parameters()) {
    leaves.push_back(parameter);
    watched.push_back(parameter);
  }
  const std::function<Tensors()> call = [&] {
    rewind();
    return fn(tensors);
  };
  return cinta::detail::check_in_place(call, leaves, watched, options, here);
}

}  // namespace cinta::nn
