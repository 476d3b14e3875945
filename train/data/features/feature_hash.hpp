#pragma once
// Ids for categories without a vocabulary: the hashing trick.

#include <cinta/autograd/tensor.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// What sharing buckets costs.
struct HashReport {
  std::int64_t values = 0;    ///< looked at
  std::int64_t distinct = 0;  ///< different ones
  std::int64_t buckets = 0;
  std::int64_t used = 0;       ///< buckets with any value
  std::int64_t colliding = 0;  ///< different values that share their bucket with another one
  double share = 0;  ///< of all values looked at, those whose bucket holds another value too
  std::int64_t largest = 0;  ///< different values in the fullest bucket

  /// "5 values, 3 different ones in 2 of 2 buckets; 2 share theirs, which are 60.0 % of ..."
  std::string str() const;
};

/// Maps texts or whole numbers to 0, ..., buckets - 1, evenly and the same on every machine: FNV-1a
/// for texts, then the mixing steps of SplitMix64. What was never seen has a place too, and may
/// share it. Two tables with different seeds collide in different places. ValueError for buckets
/// < 1.
class FeatureHash {
 public:
  explicit FeatureHash(std::int64_t buckets, std::uint64_t seed = 0, Site site = {});

  std::int64_t buckets() const { return std::int64_t(buckets_); }
  std::int64_t id(std::string_view value) const;
  std::int64_t id(std::int64_t value) const;
  std::vector<std::int64_t> encode(const std::vector<std::string>& values) const;
  /// Of an int64 tensor of any shape. DtypeError for others.
  Tensor encode(const Tensor& values, Site site = {}) const;

  HashReport report(const std::vector<std::string>& values) const;

 private:
  std::uint64_t buckets_, seed_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
