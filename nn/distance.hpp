#pragma once
// Distances of two tensors as modules, with PyTorch's names and defaults.

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct CosineSimilarityOptions {
  int axis = 1;
  double eps = 1e-8;
};
/// cosine_similarity(a, b).
class CosineSimilarity : public Module {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {}) : options_(options) {}
  Tensor operator()(const Tensor& a, const Tensor& b, Site site = {}) const;

 private:
  CosineSimilarityOptions options_;
};

struct PairwiseDistanceOptions {
  double p = 2;
  double eps = 1e-6;  ///< added to each difference; the function pairwise_distance adds none
  bool keepdims = false;
};
/// pairwise_distance(a, b).
class PairwiseDistance : public Module {
 public:
  explicit PairwiseDistance(PairwiseDistanceOptions options = {}) : options_(options) {}
  Tensor operator()(const Tensor& a, const Tensor& b, Site site = {}) const;

 private:
  PairwiseDistanceOptions options_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
