#pragma once
// Places in sorted numbers, counts of equal ones, and draws by weight.

#include <cinta/autograd/tensor.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct UniqueValues {
  Tensor values;   ///< the different elements of x in growing order: 1-d, of its dtype
  Tensor inverse;  ///< where each element of x is among them: int64, of its shape
  Tensor counts;   ///< how often each of them comes: int64
};
/// The different elements. All NaN are one, the last of them, and so are 0 and -0; the one that
/// comes first in x stands for all. values has no gradient. Throws ShapeError for 2^32 elements or
/// more.
UniqueValues unique(const Tensor& x, Site site = {});

/// How many elements along the last axis of `sorted` are smaller than each value, or with `right`
/// not larger: where it would be put so that the order stays. `sorted` is in growing order; 1-d, or
/// with the axes of `values`, whose shape outside the last axis it then has. NaN is above all
/// numbers. int64. Throws ShapeError; DtypeError unless the dtypes are one.
Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right = false, Site site = {});
/// The same with the arguments the other way round and 1-d boundaries.
Tensor bucketize(const Tensor& x, const Tensor& boundaries, bool right = false, Site site = {});

/// How often each of 0, 1, ... comes among the int64 ids, up to the largest one or `size` - 1:
/// int64. With weights of the shape of ids the sum of these, in their dtype and with a gradient.
/// Throws IndexError for a negative id, or one beyond a size that is given; DtypeError, ShapeError.
Tensor bincount(const Tensor& ids, std::optional<std::int64_t> size = {}, Site site = {});
Tensor bincount(const Tensor& ids, const Tensor& weights, std::optional<std::int64_t> size = {},
                Site site = {});

struct Histogram {
  Tensor counts;  ///< of elements in each bin: int64 (bins,)
  Tensor edges;   ///< where bins begin and the last one ends: (bins + 1,), of the dtype of x
};
/// Elements counted in `bins` bins of one width from `low` to `high`, each with its lower edge, the
/// last with both, as `edges` has them; those outside and NaN count nowhere. Throws ValueError
/// unless bins > 0 and low < high are finite, DtypeError unless x is floating.
Histogram histogram(const Tensor& x, std::int64_t bins, double low, double high, Site site = {});

/// int64 (..., count): indices drawn with these probabilities, which are in the last axis and need
/// not add up to 1; without replacement no index comes twice. Throws ValueError for negative or
/// non-finite probabilities, where all are 0, or too few are not; DtypeError unless floating.
Tensor multinomial(const Tensor& probabilities, std::int64_t count, bool replacement = false,
                   Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
