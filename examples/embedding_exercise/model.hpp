#pragma once
// The network of the exercise, with or without embeddings.

#include <cinta/cinta.hpp>
#include <vector>

#include "features.hpp"
#include "options.hpp"

namespace exercise {

/// Numbers and, if asked for, the embedding of each category, side by side through hidden layers
/// with ReLU and dropout to one output: the standardised value, or the logit of class 1.
/// In training a small share of the ids is hidden: they become 0, so that the row for unknown
/// categories learns what to do when nothing is known.
class Net : public cinta::nn::Module {
 public:
  Net(const Features& features, const Options& options, bool embeddings);

  /// (n, numeric columns) and ids (n, categorical columns) to (n, 1).
  cinta::Tensor forward(const cinta::Tensor& numeric, const cinta::Tensor& ids) const;

  /// L1 and L2 penalty on all weights, tables included and biases left out.
  cinta::Tensor penalized(const cinta::Tensor& loss, double l1, double l2) const;

 private:
  std::vector<cinta::nn::Embedding> tables_;
  std::vector<cinta::nn::Linear> layers_;
  cinta::nn::Dropout dropout_;
  double unknown_rate_;
};

}  // namespace exercise
