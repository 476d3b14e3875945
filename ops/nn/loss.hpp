#pragma once
// Losses. Shapes of prediction and target must be equal: that they broadcast is hardly ever meant.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// What happens to the losses of the elements (or rows).
enum class Reduction { none, mean, sum };

/// (prediction - target)^2. Throws ShapeError, DtypeError unless floating.
Tensor mse_loss(const Tensor& prediction, const Tensor& target,
                Reduction reduction = Reduction::mean, Site site = {});

/// |prediction - target|; the slope at 0 is 0.
Tensor l1_loss(const Tensor& prediction, const Tensor& target,
               Reduction reduction = Reduction::mean, Site site = {});

/// -log(softmax(logits)[label]) for logits (rows, classes) and int64 labels (rows,); its gradient
/// is softmax(logits) less one_hot(label), whatever the logits' size. Throws IndexError naming a
/// label outside the classes and its row, ShapeError, DtypeError.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels,
                     Reduction reduction = Reduction::mean, Site site = {});

/// -target * log(p) - (1 - target) * log(1 - p) with p = sigmoid(logits), without overflow and with
/// the limits' values and slopes at infinite logits; targets are probabilities.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        Reduction reduction = Reduction::mean, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
