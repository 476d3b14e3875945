#pragma once
// Initialisers: fill a leaf's elements in place, not recorded, from the default generator. Each
// returns the tensor. A weight of shape (out, in, ...) has fan_in = in * ... and fan_out = out *
// ...; a transposed convolution's is (in, out / groups, ...), and counts as PyTorch counts it, from
// its shape.

#include <cinta/autograd/tensor.hpp>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta::nn::init {

/// A factor for the standard deviation: a number, or what keeps the variance through the activation
/// of that name: "linear", "conv1d" (2d, 3d), "conv_transpose1d" (2d, 3d), "sigmoid" (1), "tanh"
/// (5/3), "relu" (sqrt 2), "leaky_relu" (sqrt(2 / (1 + slope^2))), "selu" (3/4). Throws ValueError
/// for another name.
class Gain {
 public:
  Gain(double value) : value_(value) {}
  Gain(const char* nonlinearity, Site site = {}) : Gain(nonlinearity, 0.01, site) {}
  Gain(std::string_view nonlinearity, double negative_slope, Site site = {});
  double value() const { return value_; }

 private:
  double value_;
};

/// Whose variance kaiming keeps: of the values forward, or of the gradients backward.
enum class FanMode { fan_in, fan_out };

/// Every element the same.
const Tensor& constant_(const Tensor& x, double value, Site site = {});
const Tensor& zeros_(const Tensor& x, Site site = {});
const Tensor& ones_(const Tensor& x, Site site = {});
/// Uniform on [low, high); normal.
const Tensor& uniform_(const Tensor& x, double low = 0, double high = 1, Site site = {});
const Tensor& normal_(const Tensor& x, double mean = 0, double std = 1, Site site = {});
/// Normal, given that it lies in [low, high]. Throws ValueError if that is not low < high, std > 0,
/// or too unlikely to draw: less than about one in ten thousand.
const Tensor& trunc_normal_(const Tensor& x, double mean = 0, double std = 1, double low = -2,
                            double high = 2, Site site = {});
/// Ones on the diagonal of a matrix, zeros elsewhere. ShapeError unless it has two axes.
const Tensor& eye_(const Tensor& x, Site site = {});
/// A convolution's weight that hands channels through: within each of `groups` the first filters
/// copy a channel each. ShapeError unless it has 3 to 5 axes, ValueError unless groups divide out.
const Tensor& dirac_(const Tensor& weight, std::int64_t groups = 1, Site site = {});
/// Rows or columns (whichever are fewer) of the matrix (out, in * ...) are orthogonal, of length
/// gain, and uniformly distributed (Saxe et al. 2014). ShapeError below two axes.
const Tensor& orthogonal_(const Tensor& weight, Gain gain = 1., Site site = {});
/// Normal of mean 0; in each column of a matrix the share `sparsity`, rounded up, is zero (Martens
/// 2010). ShapeError unless it has two axes, ValueError unless 0 <= sparsity <= 1.
const Tensor& sparse_(const Tensor& weight, double sparsity, double std = 0.01, Site site = {});

/// Uniform on [-bound, bound] with bound = gain * sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio
/// 2010). Throws ShapeError below two axes, as those that follow.
const Tensor& xavier_uniform_(const Tensor& weight, Gain gain = 1., Site site = {});
/// Normal with std gain * sqrt(2 / (fan_in + fan_out)).
const Tensor& xavier_normal_(const Tensor& weight, Gain gain = 1., Site site = {});
/// Uniform on [-bound, bound] with bound = gain * sqrt(3 / fan) (He et al. 2015).
const Tensor& kaiming_uniform_(const Tensor& weight, Gain gain = "relu",
                               FanMode mode = FanMode::fan_in, Site site = {});
/// Normal with std gain / sqrt(fan).
const Tensor& kaiming_normal_(const Tensor& weight, Gain gain = "relu",
                              FanMode mode = FanMode::fan_in, Site site = {});

}  // namespace cinta::nn::init
#pragma GCC visibility pop
