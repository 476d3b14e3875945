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

/// With error = |prediction - target|: error^2 / 2 up to `delta`, delta * (error - delta / 2)
/// beyond. Throws ValueError for a delta that is not positive. P. Huber, Robust estimation of a
/// location parameter, 1964.
Tensor huber_loss(const Tensor& prediction, const Tensor& target, double delta = 1,
                  Reduction reduction = Reduction::mean, Site site = {});
/// huber_loss / beta, so that the slope far out is 1; l1_loss for a beta of 0. Throws ValueError
/// for a negative beta.
Tensor smooth_l1_loss(const Tensor& prediction, const Tensor& target, double beta = 1,
                      Reduction reduction = Reduction::mean, Site site = {});
/// The pinball loss, least where `prediction` is this quantile of the target: q * (target -
/// prediction) where that is positive, (q - 1) * (target - prediction) elsewhere; the slope at 0 is
/// 0. Throws ValueError unless quantile is in (0, 1). R. Koenker, G. Bassett, Regression quantiles,
/// 1978.
Tensor quantile_loss(const Tensor& prediction, const Tensor& target, double quantile = 0.5,
                     Reduction reduction = Reduction::mean, Site site = {});
/// log(1 + exp(-target * prediction)), without overflow; targets are 1 and -1.
Tensor soft_margin_loss(const Tensor& prediction, const Tensor& target,
                        Reduction reduction = Reduction::mean, Site site = {});
/// exp(log_rate) - target * log_rate: minus the log likelihood of counts, without log(target!).
Tensor poisson_nll_loss(const Tensor& log_rate, const Tensor& target,
                        Reduction reduction = Reduction::mean, Site site = {});
struct PoissonOptions {
  bool log_input = true;  ///< else the prediction is the rate: rate - target * log(rate + eps)
  bool full = false;      ///< with Stirling's approximation of log(target!) where target > 1
  double eps = 1e-8;
  Reduction reduction = Reduction::mean;
};
/// The same, otherwise. Throws ValueError for a negative eps.
Tensor poisson_nll_loss(const Tensor& prediction, const Tensor& target, PoissonOptions options,
                        Site site = {});
/// target * (log(target) - log_q), 0 where the target is 0. The divergence of distributions is the
/// sum over their entries; the mean over all elements, PyTorch's default too, is that divided by
/// their number.
Tensor kl_div(const Tensor& log_q, const Tensor& target, Reduction reduction = Reduction::mean,
              Site site = {});
struct KLDivOptions {
  bool log_target = false;  ///< the target is its logarithm
  bool batch_mean = false;  ///< the sum over the size of the first axis: PyTorch's "batchmean"
  Reduction reduction = Reduction::mean;  ///< unless batch_mean
};
/// The same, otherwise. Throws ShapeError if batch_mean meets no axis.
Tensor kl_div(const Tensor& log_q, const Tensor& target, KLDivOptions options, Site site = {});
/// -target * log(p) - (1 - target) * log(1 - p), with 0 * log(0) = 0; infinite for a certain error,
/// where PyTorch has 100. From logits binary_cross_entropy_with_logits is more exact.
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target,
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
