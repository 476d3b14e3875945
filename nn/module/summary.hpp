#pragma once
// What a network is made of: a line for each module, with shapes, parameters and multiplications.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/nn/module/call.hpp>
#include <functional>
#include <iosfwd>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct Summary {
  struct Layer {
    std::string path, kind;  ///< "encoder.hidden", "Linear"; the first is the whole
    /// What it returned where hooks run, else of the last operation in it, or below it; none if
    /// none ran.
    std::vector<Spec> outputs = {};
    std::int64_t parameters = 0;       ///< numbers in parameters of its own, frozen ones too
    std::int64_t multiplications = 0;  ///< of its own operations that are matrix products
  };
  std::vector<Layer> layers;  ///< parents first

  // Of all. A tensor with two names counts once.
  std::int64_t parameters = 0, trainable = 0, buffers = 0;  ///< numbers
  std::int64_t bytes = 0;                                   ///< of parameters and buffers
  std::int64_t multiplications = 0;  ///< of matrix products, convolutions, attention, in forward
  std::int64_t output_bytes = 0;     ///< of all results of operations in forward

  /// As a table.
  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Summary& summary);
};

namespace detail {
Summary summarize(const Module& net, const std::type_info& type, const std::function<void()>& run);
}

/// Runs call(net, inputs...) once, in evaluation mode and without recording, and says what ran
/// where. Operations in a forward of the user's count for the module whose forward it is if it was
/// called by call(), and for the one above otherwise. Throws what the call throws.
///
///     std::cout << summary(net, {randn({32, 1, 28, 28})});
template <std::derived_from<Module> M>
Summary summary(M& net, const Tensors& inputs, Site site = {}) {
  return detail::summarize(net, typeid(M),
                           [&] { detail::call_with("summary", net, inputs, site); });
}
/// The same for a function that calls it, with whatever it takes.
template <std::derived_from<Module> M, std::invocable F>
Summary summary(const M& net, F&& run) {
  cinta::detail::check_not_empty("summary", "run", run);
  return detail::summarize(net, typeid(M), [&] { run(); });
}

}  // namespace cinta::nn
#pragma GCC visibility pop
