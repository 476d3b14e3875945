#pragma once
// The gradients of norms: in one pass by a kernel, or of operations, which can be differentiated.

#include <array>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <optional>

namespace cinta::detail {

/// Of (rows, n): what the rows are after normalisation, and what turns slopes of that into
/// gradients.
struct NormalRows {
  /// Not `centred`, the mean counts as 0.
  NormalRows(const Tensor& rows, double eps, bool centred = true);

  /// The gradient of the rows.
  Tensor gradient(const Tensor& slope) const;

  Tensor normal;

 private:
  bool centred_;
  Tensor factor_;
};

/// The gradients of the inputs x, weight, bias (as many as there are), those that are asked for.
/// `known` is what the forward found out of x. `kernel(x, known, weight or null, dy, dx, dweight,
/// dbias)` writes into what is not null.
template <class Kernel>
Tensors fused_norm_gradients(const Op& op, const Grad& g, const Tensor& known, int inputs,
                             Kernel kernel) {
  Tensors given{g.dy, g.in(0), known};
  if (inputs > 1) given.push_back(g.in(1));
  OutputSpecs specs;
  std::array<int, 3> place = {-1, -1, -1};  // of each one among the outputs
  for (int i = 0; i < inputs; ++i) {
    if (!g.needs(i)) continue;
    place[std::size_t(i)] = int(specs.size());
    specs.push_back(Spec{g.shape(i), g.dy.dtype()});
  }
  Tensors found =
      apply(op, given, specs, [place, kernel, inputs](const Inputs& in, const Tensors& y) {
        const Tensor dy = contiguous(in[0]), x = contiguous(in[1]);
        const Tensor weight = inputs > 1 ? contiguous(in[3]) : Tensor();
        const auto array = [](const Tensor& t) { return std::optional<Array>(t); };
        const auto wanted = [&](std::size_t i) {
          return place[i] < 0 ? std::nullopt : array(y[std::size_t(place[i])]);
        };
        const auto dx = wanted(0), dweight = wanted(1), dbias = wanted(2);
        const auto scale = weight.defined() ? array(weight) : std::nullopt;
        const auto pointer = [](const std::optional<Array>& a) { return a ? &*a : nullptr; };
        kernel(Array(x), Array(in[2]), pointer(scale), Array(dy), pointer(dx), pointer(dweight),
               pointer(dbias));
      });
  Tensors gradients(static_cast<std::size_t>(inputs));
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (place[i] >= 0) gradients[i] = std::move(found[std::size_t(place[i])]);
  return gradients;
}

/// Throws ValueError unless eps is 0 or larger.
void check_eps(const char* name, double eps, const Site& site);

}  // namespace cinta::detail
