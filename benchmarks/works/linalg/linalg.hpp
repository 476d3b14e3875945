#pragma once
// Factorizations and sparse products on both sides, under the same names and on the same numbers.

#include <string>

#include "../data.hpp"

namespace bench {

inline constexpr std::int64_t large_matrix = 1024, small_matrix = 16, small_count = 1000;
/// "cholesky-large" is one matrix forward, "cholesky-small" the batch forward and backward.
inline constexpr const char* factorizations[] = {"cholesky", "solve", "qr", "eigh", "svd"};

/// Matrices with numbers in [-1, 1) and `diagonal` added to their diagonals; symmetric on demand.
inline std::vector<float> matrices(std::int64_t count, std::int64_t n, bool symmetric,
                                   double diagonal) {
  std::vector<float> x = values(0, count * n * n);
  for (std::int64_t m = 0; m < count; ++m) {
    float* const a = x.data() + m * n * n;
    for (std::int64_t i = 0; i < n; ++i) {
      a[i * n + i] += float(diagonal);
      for (std::int64_t j = 0; symmetric && j < i; ++j) a[j * n + i] = a[i * n + j];
    }
  }
  return x;
}
/// The input of a factorization: definite for cholesky, symmetric for eigh.
inline std::vector<float> matrices_for(const std::string& name, std::int64_t count,
                                       std::int64_t n) {
  if (name == "cholesky") return matrices(count, n, true, 2 * double(n));
  return matrices(count, n, name == "eigh", name == "solve" ? double(n) : 0);
}

/// Seconds of the large factorization by LAPACK, called directly (lapack.cpp; not in the peer).
double lapack_seconds(const std::string& name);

/// A graph of random edges, by rows: each node has as many.
inline constexpr std::int64_t graph_nodes = 50'000, graph_degree = 16, graph_width = 64;
inline std::vector<std::int64_t> graph_pointers() {
  std::vector<std::int64_t> pointers;
  for (std::int64_t i = 0; i <= graph_nodes; ++i) pointers.push_back(i * graph_degree);
  return pointers;
}
/// Grow in each row, as libtorch asks for; one in each part of the nodes.
inline std::vector<std::int64_t> graph_columns() {
  constexpr std::int64_t part = graph_nodes / graph_degree;
  std::vector<std::int64_t> columns = ids(2, graph_nodes * graph_degree, part);
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i] += std::int64_t(i) % graph_degree * part;
  return columns;
}

}  // namespace bench
