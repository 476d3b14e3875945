#pragma once
// Distances and similarities of vectors. Floating dtypes, which promote; int64 and bool become
// float32. Where a distance is 0 so is its gradient.

#include <cinta/ops/reduce/norm.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// norm(a - b, p, -1, keepdims); shapes broadcast. PyTorch's adds an eps of 1e-6 to each
/// difference, by default none is added here. Throws as norm.
Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p = 2, double eps = 0,
                         bool keepdims = false, Site site = {});

/// Distances of each row of a (..., n, d) to each of b (..., m, d): (..., n, m); leading axes
/// broadcast. Differences are taken before they are squared or weighed: near rows have accurate
/// distances and gradients.
/// Throws ShapeError, and as norm.
Tensor cdist(const Tensor& a, const Tensor& b, double p = 2, Site site = {});

/// The cosine of the angle between vectors along `axis`: sum(a b) / (|a| |b|), each norm at least
/// eps. Shapes broadcast.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, Axis axis = 1, double eps = 1e-8,
                         Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
