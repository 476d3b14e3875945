#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// What lr is multiplied by for a matrix of m rows and n columns: sqrt(max(1, m / n)), or
/// 0.2 * sqrt(max(m, n)), with which lr and weight_decay of AdamW serve (Liu et al. 2025), or
/// nothing.
enum class MuonScale { original, match_rms_adamw, none };

struct MuonOptions {
  double lr = 1e-3;
  double weight_decay = 0.1;  ///< decoupled: each step shrinks w by 1 - lr * weight_decay
  double momentum = 0.95;
  bool nesterov = true;
  std::int64_t ns_steps = 5;  ///< of the Newton-Schulz iteration
  double eps = 1e-7;          ///< least norm that a matrix is divided by
  MuonScale scale = MuonScale::original;
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Muon (K. Jordan et al. 2024) as PyTorch defines it: the momentum of a matrix, made near
/// orthogonal by Newton-Schulz steps, is its direction: b = momentum * b + (1 - momentum) * g, u =
/// orthogonal(b), or with Nesterov of (1 - momentum) * g + momentum * b, and w = (1 - lr *
/// weight_decay) * w - lr * scale * u. The iteration runs in the parameter's dtype, not in
/// bfloat16; a gradient of 0 moves nothing but by the momentum. Parameters are matrices; train
/// biases, embeddings and the like with another optimizer, such as AdamW. The direction depends on
/// the whole matrix, so that row-sparse gradients are refused. Throws ShapeError for a parameter
/// that is no matrix, ValueError for options out of range.
class Muon : public GroupedOptimizer<MuonOptions> {
 public:
  explicit Muon(const Parameters& parameters, MuonOptions options = {}, Site site = {});
  ~Muon() override;

 protected:
  Tensor update(ParameterStep& step, const MuonOptions& options) const override;
  void check_parameter(const Tensor& parameter, const std::string& title,
                       const Site& site) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
