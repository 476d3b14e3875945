#pragma once
// Random orders for splits and loaders that are the same with every compiler and library.

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Positions of rows in a table or along axis 0 of a tensor.
using Rows = std::vector<std::int64_t>;

/// A generator for one purpose. `stream` keeps draws apart that share a seed, such as epochs.
/// (The standard fixes the numbers of mt19937_64 and of seed_seq, but not those of std::shuffle or
/// the distributions; hence the functions below.)
std::mt19937_64 make_generator(std::uint64_t seed, std::uint64_t stream = 0);

/// A whole number in [0, bound), each equally likely. `bound` is at least 1.
std::uint64_t random_below(std::mt19937_64& generator, std::uint64_t bound);

/// Fisher-Yates from the back.
template <class T>
void shuffle(std::vector<T>& values, std::mt19937_64& generator) {
  for (std::uint64_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[random_below(generator, i)]);
}

/// 0, 1, ..., n - 1 in random order.
Rows permutation(std::int64_t n, std::mt19937_64& generator);

}  // namespace cinta::train
#pragma GCC visibility pop
