#include <algorithm>
#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/metrics/ranking.hpp>
#include <numeric>
#include <vector>

namespace cinta::train {
namespace {

using detail::refuse;

void check(const char* metric, Values relevance, Values scores, int k) {
  detail::check(metric, relevance, scores);
  for (std::size_t i = 0; i < relevance.size(); ++i)
    if (relevance[i] < 0)
      refuse(metric, "the relevance of item " + std::to_string(i) + " is negative");
  if (k < 1) refuse(metric, "k must be at least 1, got " + std::to_string(k));
}

/// Items from the first to the last; of one score, the least relevant first.
std::vector<std::size_t> ranking(Values relevance, Values scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : relevance[a] < relevance[b];
  });
  return order;
}

double discount(std::size_t place, std::size_t k) {
  return place < k ? 1 / std::log2(double(place) + 2) : 0;
}

/// Sum of relevance times discount, the mean of which tied items share.
double gain(Values relevance, Values scores, std::size_t k) {
  const auto order = ranking(relevance, scores);
  double sum = 0;
  for (std::size_t first = 0; first < order.size();) {
    double weights = 0, relevances = 0;
    std::size_t next = first;
    for (; next < order.size() && scores[order[next]] == scores[order[first]]; ++next) {
      weights += discount(next, k);
      relevances += relevance[order[next]];
    }
    sum += weights * relevances / double(next - first);
    first = next;
  }
  return sum;
}

}  // namespace

double hit_at_k(Values relevance, Values scores, int k) {
  check("hit_at_k", relevance, scores, k);
  const auto order = ranking(relevance, scores);
  for (std::size_t i = 0; i < std::min(order.size(), std::size_t(k)); ++i)
    if (relevance[order[i]] > 0) return 1;
  return 0;
}

double reciprocal_rank(Values relevance, Values scores) {
  check("reciprocal_rank", relevance, scores, 1);
  const auto order = ranking(relevance, scores);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (relevance[order[i]] > 0) return 1 / double(i + 1);
  return 0;
}

double ranked_precision(Values relevance, Values scores) {
  check("ranked_precision", relevance, scores, 1);
  const auto order = ranking(relevance, scores);
  double sum = 0, found = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (relevance[order[i]] > 0) sum += ++found / double(i + 1);
  return found == 0 ? 0 : sum / found;
}

double ndcg(Values relevance, Values scores, int k) {
  check("ndcg", relevance, scores, k == 0 ? 1 : k);
  const std::size_t first = k == 0 ? relevance.size() : std::size_t(k);
  const double best = gain(relevance, relevance, first);
  return best == 0 ? 0 : gain(relevance, scores, first) / best;
}

}  // namespace cinta::train
