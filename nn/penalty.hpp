#pragma once
// Penalties on the parameters of modules:
//
//   loss = loss + nn::l2_penalty(nn::matching(net.named_parameters(), "*.weight"), 1e-4);

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/loss/penalty.hpp>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta::nn {

using cinta::elastic_net_penalty;
using cinta::group_lasso_penalty;
using cinta::l1_penalty;
using cinta::l2_penalty;
using cinta::SignAtZero;

/// Readable value for a parameter of matching().
inline constexpr bool without_biases = true;

/// The tensors whose name fits `pattern`, in which `*` stands for any text (dots too) and `?` for
/// one character; on request without those named "bias" or "....bias". For penalties and for
/// groups of an optimizer. Throws ValueError when nothing fits: that is a misspelt name.
Tensors matching(const NamedTensors& named, std::string_view pattern, bool skip_biases = false,
                 Site site = {});

}  // namespace cinta::nn
#pragma GCC visibility pop
