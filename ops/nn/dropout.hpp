#pragma once
// Dropout: random zeros in training, the input itself (the same handle) otherwise and for p = 0.
// A mask is not stored: it is a function of the generator's seed, the number of the call and the
// element, and backward draws it again. All throw ValueError unless 0 <= p < 1, DtypeError unless
// floating.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Inverted dropout (Srivastava et al. 2014): each element becomes 0 with probability p (whatever
/// it was, NaN too) and is divided by 1 - p otherwise. On weights this is DropConnect (Wan et al.
/// 2013).
Tensor dropout(const Tensor& x, double p, bool training, Site site = {});

/// Whole channels at once (Tompson et al. 2015): x is (batch, channels, length) or (channels,
/// length), and the elements of a channel share their fate. Throws ShapeError for other ranks.
Tensor dropout1d(const Tensor& x, double p, bool training, Site site = {});
/// The same for (batch, channels, height, width) or (channels, height, width).
Tensor dropout2d(const Tensor& x, double p, bool training, Site site = {});

/// The same for (batch, channels, depth, height, width) or (channels, depth, height, width).
Tensor dropout3d(const Tensor& x, double p, bool training, Site site = {});

/// Keeps mean 0 and variance 1 behind SELU (Klambauer et al. 2017): dropped elements become
/// alpha' = -1.7580993408473766 instead of 0, then all are scaled by a and shifted by b with
/// a = ((1 - p) (1 + p alpha'^2))^(-1/2) and b = -a p alpha'.
Tensor alpha_dropout(const Tensor& x, double p, bool training, Site site = {});

/// The same for whole channels: x is (batch, channels, ...) with any number of axes behind, none
/// too. Throws ShapeError for fewer than two axes.
Tensor feature_alpha_dropout(const Tensor& x, double p, bool training, Site site = {});

/// Whole words (Gal & Ghahramani 2016): `x` holds the embeddings of `ids`, of shape ids.shape +
/// (width,); all places of one id are dropped together, as if its row of the table had been. Throws
/// ShapeError if the shapes do not fit, DtypeError unless ids are int64.
Tensor embedding_dropout(const Tensor& x, const Tensor& ids, double p, bool training,
                         Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
