#include <cinta/train/random.hpp>
#include <numeric>

namespace cinta::train {

std::mt19937_64 make_generator(std::uint64_t seed, std::uint64_t stream) {
  std::seed_seq sequence{std::uint32_t(seed), std::uint32_t(seed >> 32), std::uint32_t(stream),
                         std::uint32_t(stream >> 32)};
  return std::mt19937_64(sequence);
}

std::uint64_t random_below(std::mt19937_64& generator, std::uint64_t bound) {
  // Draws below 2^64 mod bound are thrown away, so that every remainder is equally likely. That is
  // less than the bound: hardly any draw has to be divided twice.
  std::uint64_t draw = generator();
  while (draw < bound && draw < -bound % bound) draw = generator();
  return draw % bound;
}

Rows permutation(std::int64_t n, std::mt19937_64& generator) {
  Rows rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  shuffle(rows, generator);
  return rows;
}

}  // namespace cinta::train
