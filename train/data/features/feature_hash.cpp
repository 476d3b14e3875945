#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/train/data/features/feature_hash.hpp>
#include <cstdio>
#include <unordered_map>

namespace cinta::train {
namespace {

/// S. Vigna's SplitMix64: each bit of the result depends on all bits of x.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

FeatureHash::FeatureHash(std::int64_t buckets, std::uint64_t seed, Site site)
    : buckets_(std::uint64_t(buckets)), seed_(mixed(seed)) {
  if (buckets < 1)
    throw ValueError("FeatureHash: there is at least one bucket, got " + std::to_string(buckets),
                     site);
}

std::int64_t FeatureHash::id(std::string_view value) const {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : value) hash = (hash ^ std::uint8_t(c)) * 0x100000001b3;
  return std::int64_t(mixed(hash ^ seed_) % buckets_);
}

std::int64_t FeatureHash::id(std::int64_t value) const {
  return std::int64_t(mixed(std::uint64_t(value) ^ seed_) % buckets_);
}

std::vector<std::int64_t> FeatureHash::encode(const std::vector<std::string>& values) const {
  std::vector<std::int64_t> ids;
  ids.reserve(values.size());
  for (const std::string& value : values) ids.push_back(id(value));
  return ids;
}

Tensor FeatureHash::encode(const Tensor& values, Site site) const {
  if (values.dtype() != int64)
    throw DtypeError("FeatureHash: takes int64, got " + values.spec().str(), site);
  std::vector<std::int64_t> ids = values.to_vector<std::int64_t>();
  for (std::int64_t& each : ids) each = id(each);
  return from_data(ids, values.shape());
}

HashReport FeatureHash::report(const std::vector<std::string>& values) const {
  std::unordered_map<std::string_view, std::int64_t> counts;
  for (const std::string& value : values) ++counts[value];
  std::unordered_map<std::int64_t, std::int64_t> in_bucket;
  for (const auto& [value, count] : counts) ++in_bucket[id(value)];

  HashReport report{.values = std::int64_t(values.size()),
                    .distinct = std::int64_t(counts.size()),
                    .buckets = buckets(),
                    .used = std::int64_t(in_bucket.size())};
  std::int64_t touched = 0;
  for (const auto& [value, count] : counts) {
    const std::int64_t together = in_bucket[id(value)];
    report.largest = std::max(report.largest, together);
    if (together == 1) continue;
    ++report.colliding;
    touched += count;
  }
  if (!values.empty()) report.share = double(touched) / double(values.size());
  return report;
}

std::string HashReport::str() const {
  char text[240];
  std::snprintf(
      text, sizeof text,
      "%lld values, %lld different ones in %lld of %lld buckets; %lld share theirs, which "
      "are %.1f %% of the values; at most %lld in one",
      static_cast<long long>(values), static_cast<long long>(distinct),
      static_cast<long long>(used), static_cast<long long>(buckets),
      static_cast<long long>(colliding), 100 * share, static_cast<long long>(largest));
  return text;
}

}  // namespace cinta::train
