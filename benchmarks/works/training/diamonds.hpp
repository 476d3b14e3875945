#pragma once
// The lecture's exercise on diamonds, as arrays for both libraries: the logarithm of the price from
// seven numbers and three categories.

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Diamonds {
  static constexpr std::int64_t numbers = 7, categories = 3, embedding = 4, batch = 256;
  static constexpr std::int64_t hidden[] = {128, 64};
  static constexpr double dropout = 0.05, lr = 3e-3;

  std::int64_t rows = 0, train_rows = 0, validation_rows = 0;
  std::vector<float> x;               // (rows, numbers), standardised on the training part
  std::vector<std::int64_t> ids;      // (rows, categories)
  std::vector<float> y;               // standardised like x
  std::vector<std::int64_t> classes;  // of each category
};

/// The rows in a fixed random order: the first 70 % are for training, 15 % for validation.
/// Throws std::runtime_error if the file cannot be read.
Diamonds read_diamonds(const std::string& path);

/// The numbers below n in an order that depends on `epoch`.
std::vector<std::int64_t> shuffled(std::int64_t n, std::uint64_t epoch);

}  // namespace bench
