#pragma once
// How well items are ranked for a query: relevance (what is right) and scores (by which they are
// ranked, the largest first), one of each for an item. Mean over queries is what is reported.
//
// Ties are not in the ranker's favour: an item comes after all others of its score that are less
// relevant. (ndcg averages over ties, as scikit-learn does.) All functions throw ValueError for no
// items, lengths that differ, NaN, a negative relevance or k < 1.

#include <cinta/train/metrics/regression.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// 1 if one of the k first items is relevant (above 0), else 0.
double hit_at_k(Values relevance, Values scores, int k);

/// 1 / place of the first relevant item, from 1; 0 if none is relevant. Its mean is the MRR.
double reciprocal_rank(Values relevance, Values scores);

/// Mean over the relevant items of the share of relevant ones among those up to it; 0 if none is
/// relevant. Its mean is the MAP.
double ranked_precision(Values relevance, Values scores);

/// Sum of relevance / log2(place + 1) over the first k items (all, if k is 0), over that of the
/// best ranking; 0 if none is relevant. Items of one score share the mean of their places' weights
/// (F. McSherry, M. Najork, "Computing information retrieval performance measures efficiently in
/// the presence of tied scores", 2008).
double ndcg(Values relevance, Values scores, int k = 0);

}  // namespace cinta::train
#pragma GCC visibility pop
