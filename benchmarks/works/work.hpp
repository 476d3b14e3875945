#pragma once
// What is measured. A work has a name, the least that a step of it must move and compute, and a
// step on Cinta (works/*.cpp) and on the peer (peer/*.cpp).

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// A float32 product, m x k times k x n.
struct Product {
  std::int64_t m, n, k;
  int times = 1;
};

/// `count` rows of `width` float32 that are read at random from a table of `rows`.
struct Gather {
  std::int64_t rows, width, count;
  int times = 1;
};

/// What a step cannot do without. Its time is what this takes on the machine at hand, one thing
/// after the other.
struct Limit {
  double bytes = 0;         ///< read or written, each array as often as the mathematics needs it
  bool reads_only = false;  ///< these bytes: reading alone is slower than beside writing
  std::vector<Product> products = {};
  std::vector<Gather> gathers = {};
  std::string lapack =
      {};             ///< a factorization of works/linalg/linalg.hpp, by LAPACK called directly
  double blocks = 0;  ///< small blocks that are allocated and freed
};

/// How a work is set up.
enum class Mode {
  check,  ///< without randomness, so that two libraries can agree
  time,
};

/// A work that is set up.
struct Running {
  std::function<void()> step;
  /// Numbers that two libraries must agree on after the same number of steps.
  std::function<std::vector<double>()> values;
  /// Drops the gradients that the last step left.
  std::function<void()> clear = [] {};
};

struct Work {
  std::string name;
  std::string title = {};
  double per = 1;  ///< operations of a step, by which its time is divided
  Limit limit = {};
  double peer_target = 0;   ///< how many times faster than the peer it has to be; 0: not said
  double limit_target = 0;  ///< how many times the limit it may take; 0: not said
  double recorded = 0;      ///< how many times the limit it took (docs/performance.md, the worse
                            ///< number of threads); twice as much is taken for a fault
  double must_save = 0;  ///< bytes that a step has to keep at once besides its inputs; 0: not said
  std::function<Running(Mode)> start = {};
};

using Works = std::vector<Work>;

// One for each file of works.
Works chain_works();
Works conv_works();
Works elementwise_works();
Works embedding_works();
Works exercise_works();
Works fourier_works();
Works linalg_works();
Works mlp_works();
Works move_works();
Works normalization_works();
Works optimizer_works();
Works reduction_works();
Works sequence_works();

inline Works all_works() {
  Works all;
  for (Works (*family)() : {chain_works, mlp_works, conv_works, embedding_works, elementwise_works,
                            normalization_works, optimizer_works, reduction_works, move_works,
                            sequence_works, linalg_works, fourier_works, exercise_works}) {
    for (Work& work : family()) all.push_back(std::move(work));
  }
  return all;
}

}  // namespace bench
