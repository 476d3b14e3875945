#pragma once
// Log-softmax over many classes of very different frequency, with its loss.

#include <cinta/nn/linear.hpp>
#include <cinta/nn/module/containers.hpp>
#include <cinta/nn/module/sequential.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct AdaptiveLogSoftmaxOptions {
  double div_value = 4;  ///< cluster i has in_features / div_value^(i + 1) features, rounded down
  bool head_bias = false;
  Dtype dtype = float32;
};

struct AdaptiveLogSoftmaxOutput {
  Tensor output;  ///< log probability of each target, (N,) or ()
  Tensor loss;    ///< minus their mean

  operator Tensors() const;  ///< {output, loss}
};

/// Adaptive softmax (Grave et al. 2017): the first cutoffs[0] classes, the most frequent ones,
/// share a softmax with one entry for each cluster of others, [cutoffs[i], cutoffs[i + 1]) or to
/// the end, which has a softmax of its own over fewer features. In training only those rows reach a
/// cluster whose targets are in it.
///
///     nn::AdaptiveLogSoftmaxWithLoss head(256, 50'000, {2'000, 10'000});
///     head(x, target).loss.backward();
///
/// Parameters as in PyTorch, all as Linear's: head.weight, head.bias, tail.0.0.weight,
/// tail.0.1.weight, tail.1.0.weight ... Throws ValueError unless cutoffs rise from 1 at least to
/// n_classes - 1 at most, and where a cluster has no features.
class AdaptiveLogSoftmaxWithLoss : public Module {
 public:
  AdaptiveLogSoftmaxWithLoss(std::int64_t in_features, std::int64_t n_classes,
                             std::vector<std::int64_t> cutoffs,
                             AdaptiveLogSoftmaxOptions options = {}, Site site = {});

  /// input (N, in_features) with an int64 target (N,), or (in_features,) with (). Throws
  /// ShapeError, DtypeError, IndexError for a target outside [0, n_classes).
  AdaptiveLogSoftmaxOutput operator()(const Tensor& input, const Tensor& target,
                                      Site site = {}) const;

  /// (N, n_classes): the log probabilities of all classes.
  Tensor log_prob(const Tensor& input, Site site = {}) const;
  /// (N,) int64: the likeliest class.
  Tensor predict(const Tensor& input, Site site = {}) const;

 private:
  // (output, loss)
  std::pair<Tensor, Tensor> of_targets(const Tensor& input, const Tensor& target) const;
  Tensor of_all(const Tensor& input) const;
  void check_input(const Tensor& input, int axes, const Site& site) const;

  std::int64_t in_features_;
  std::vector<std::int64_t> cutoffs_;  // and the number of classes
  Linear head_;
  ModuleList<Sequential> tail_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
