#pragma once
// How sure a network with dropout is.

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Outputs of the same inputs under several draws of dropout (Y. Gal, Z. Ghahramani, "Dropout as a
/// Bayesian approximation", ICML 2016).
struct DropoutDraws {
  Tensor outputs;  ///< (draws, ...)
  Tensor mean;
  Tensor std;  ///< between draws (n - 1)

  // For outputs (draws, rows, classes) that are probabilities, in nats:
  Tensor entropy() const;      ///< (rows): of the mean, all of the doubt
  Tensor information() const;  ///< (rows): what of it more training data could remove
};

/// Calls f() `draws` times with the model in evaluation mode but for `dropouts`, modules of it such
/// as its nn::Dropout, which are in training mode: batch norm is not to change. Then every module
/// has the mode that it had before. Nothing is recorded; draws come from this thread's generator.
/// Throws ValueError for fewer than two draws or no dropouts.
DropoutDraws dropout_draws(const nn::Module& model, const std::vector<nn::Module>& dropouts,
                           int draws, const std::function<Tensor()>& f);

}  // namespace cinta::train
#pragma GCC visibility pop
