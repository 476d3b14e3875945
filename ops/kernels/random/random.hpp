#pragma once
// Random numbers from counters: each is a function of (seed, call, element), so that it does not
// depend on the number of threads and can be drawn again instead of being stored.

#include <algorithm>
#include <array>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cmath>

namespace cinta::kernels {

/// What identifies a stream: the seed and the number of the call that draws from it.
struct RandomKey {
  std::uint64_t seed;
  std::uint64_t call;
};

/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
/// (SC 2011): four random words for a counter of four words and a key of two.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {std::uint32_t(b >> 32) ^ counter[1] ^ key[0], std::uint32_t(b),
               std::uint32_t(a >> 32) ^ counter[3] ^ key[1], std::uint32_t(a)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

/// Four words for block `block` of the stream.
inline std::array<std::uint32_t, 4> random_block(const RandomKey& key, std::uint64_t block) {
  return philox({std::uint32_t(block), std::uint32_t(block >> 32), std::uint32_t(key.call),
                 std::uint32_t(key.call >> 32)},
                {std::uint32_t(key.seed), std::uint32_t(key.seed >> 32)});
}

/// Word i of a stream, see the order of words below.
inline std::uint32_t random_word(const RandomKey& key, std::uint64_t i) {
  return random_block(key, i / 64 * 16 + i % 16)[i % 64 / 16];
}

/// A mask drops what has a number below this, of 32 bits: p in steps of 2^-32.
inline std::uint32_t dropout_threshold(double p) {
  return std::uint32_t(std::min(std::ceil(p * 0x1p32), 0x1p32 - 1));
}

/// The number of element i of a mask of elements. Its upper half is one of the halves of a word of
/// the stream: 64 words give the upper halves of 128 elements, the first 64 by their own lower
/// halves. The lower half, which seldom decides, comes from a stream of no other use.
inline std::uint32_t upper_half(std::uint32_t word, bool second) {
  return second ? word >> 16 : word & 0xFFFF;
}
inline std::uint32_t mask_number(const RandomKey& key, std::uint64_t i) {
  const std::uint32_t word = random_word(key, i / 128 * 64 + i % 64),
                      lower = random_word({key.seed, ~key.call}, i) & 0xFFFF;
  return upper_half(word, i % 128 >= 64) << 16 | lower;
}

/// Maps 64 random bits to [0, n): the high half of a 128-bit product (D. Lemire, "Fast random
/// integer generation in an interval", 2019), without his rejection of a bias of n / 2^64.
inline std::uint64_t random_below(std::uint64_t n, std::uint32_t high, std::uint32_t low) {
  __extension__ using Wide = unsigned __int128;
  return std::uint64_t((std::uint64_t{high} << 32 | low) * Wide{n} >> 64);
}

// Which words make which element: 16 blocks are drawn at once. Their first words belong to the
// first 16 elements, their second words to the next 16, and so on; an element that takes two words
// takes both from one block.

/// Dense floating y: uniform on [low, high), in steps of 2^-24 (float32) or 2^-53 (float64) of
/// the width.
void uniform(const Array& y, double low, double high, const RandomKey& key);

/// Dense float64 y: uniform on the open interval (0, 1), in steps of 2^-53, for inverse
/// distribution functions, which may be infinite at its ends.
void open_uniform(const Array& y, const RandomKey& key);

/// Dense floating y: normal, by the method of Box and Muller (Annals of Mathematical Statistics,
/// 1958). No value is further than 6.8 (float32) or 9.5 (float64) deviations from the mean.
void normal(const Array& y, double mean, double std, const RandomKey& key);

/// Dense int64 y: uniform on low, ..., low + span - 1, with a bias of at most span / 2^64.
void integers(const Array& y, std::int64_t low, std::uint64_t span, const RandomKey& key);

/// Dense bool y: true with probability p, in steps of 2^-53.
void bernoulli(const Array& y, double p, const RandomKey& key);

/// y = x / (1 - p) with probability 1 - p, in steps of 2^-32, else 0; both dense, of one floating
/// dtype and size.
void dropout(const Array& x, const Array& y, double p, const RandomKey& key);

/// The same mask's elements from number `first` on, for kernels that never hold all of what is
/// dropped from: y[i] = 0 or 1 / (1 - p).
void dropout_factors(const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     float* y);
void dropout_factors(const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     double* y);

/// The same mask: y = x * scale + shift where it keeps, else `dropped`.
void masked_affine(const Array& x, const Array& y, double p, const RandomKey& key, double scale,
                   double shift, double dropped);

/// Rows of dense x (rows, width) as a whole: row i is decided by word ids[i] of the stream, or by
/// word i if `ids` is null; kept rows are divided by 1 - p.
void dropout_rows(const Array& x, const Array& y, std::int64_t width, const std::int64_t* ids,
                  double p, const RandomKey& key);

}  // namespace cinta::kernels
