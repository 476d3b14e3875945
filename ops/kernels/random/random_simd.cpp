// Compiled once per instruction set; see random.hpp.

#include <bit>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/random/random.hpp>
#include <cinta/ops/kernels/simd/math.hpp>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void uniform(const Array& y, double low, double high, const RandomKey& key);
void open_uniform(const Array& y, const RandomKey& key);
void normal(const Array& y, double mean, double std, const RandomKey& key);
void integers(const Array& y, std::int64_t low, std::uint64_t span, const RandomKey& key);
void bernoulli(const Array& y, double p, const RandomKey& key);
void dropout(const Array& x, const Array& y, double p, const RandomKey& key);
void masked_affine(const Array& x, const Array& y, double p, const RandomKey& key, double scale,
                   double shift, double dropped);
void dropout_factors(const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     float* y);
void dropout_factors(const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     double* y);

namespace {

constexpr int lanes = 16;
constexpr std::int64_t group_grain = 1024;  // groups

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

// Words in the low halves of 64 bits, where products find room; what the high halves hold does not
// matter.
typedef std::uint64_t Wide __attribute__((vector_size(vector_bytes)));
constexpr int wide_lanes = vector_bytes / 8;

// The product of the low halves, an instruction that compilers do not find by themselves.
inline void multiply(Wide& product, const Wide& x, std::uint32_t factor) {
  const Wide f = Wide{} + factor;
#if defined(__AVX512F__)
  product = Wide(_mm512_mul_epu32(__m512i(x), __m512i(f)));
#elif defined(__AVX2__)
  product = Wide(_mm256_mul_epu32(__m256i(x), __m256i(f)));
#elif defined(__SSE2__)
  product = Wide(_mm_mul_epu32(__m128i(x), __m128i(f)));
#else
  product = (x & 0xFFFFFFFF) * f;
#endif
}

// Lanes of random_block for 16 blocks in a row: word w of block j is word[w * 16 + j].
struct Group {
  static constexpr int size = 4 * lanes;
  alignas(64) std::uint32_t word[size];

  Group(const RandomKey& key, std::uint64_t index) {
    constexpr auto place = std::make_integer_sequence<int, wide_lanes>();
    for (int j = 0; j < lanes; j += 2 * wide_lanes) {
      const std::uint64_t block = index * lanes + std::uint64_t(j);
      Counters even(key, block, place), odd(key, block + 1, place);
      std::uint32_t key0 = std::uint32_t(key.seed), key1 = std::uint32_t(key.seed >> 32);
#pragma GCC unroll 10
      for (int round = 0; round < 10; ++round) {  // as in philox
        even.mix(key0, key1);
        odd.mix(key0, key1);
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
      }
      for (int w = 0; w < 4; ++w) {
        // Whole registers: half ones would be slow to read back.
        const Wide words = std::endian::native == std::endian::little
                               ? (even.c[w] & low_half) | odd.c[w] << 32
                               : even.c[w] << 32 | (odd.c[w] & low_half);
        std::memcpy(word + lanes * w + j, &words, sizeof words);
      }
    }
  }

 private:
  static constexpr std::uint64_t low_half = 0xFFFFFFFF;

  // Every other block from `first` on; word w of each in c[w].
  struct Counters {
    Wide c[4];

    template <int... k>
    Counters(const RandomKey& key, std::uint64_t first, std::integer_sequence<int, k...>)
        : c{first + Wide{2 * k...}, Wide{} + (first >> 32), Wide{} + key.call,
            Wide{} + (key.call >> 32)} {}

    void mix(std::uint32_t key0, std::uint32_t key1) {
      Wide a, b;
      multiply(a, c[0], 0xD2511F53);
      multiply(b, c[2], 0xCD9E8D57);
      c[0] = (b >> 32) ^ c[1] ^ key0;
      c[2] = (a >> 32) ^ c[3] ^ key1;
      c[1] = b;
      c[3] = a;
    }
  };
};

// In [0, 1).
inline double unit(std::uint32_t word) { return double(std::int32_t(word >> 8)) * 0x1p-24; }
inline double unit(std::uint32_t high, std::uint32_t low) {
  return (double(std::int32_t(high >> 5)) * 0x1p26 + double(std::int32_t(low >> 6))) * 0x1p-53;
}

// Fills y with value(word), or value(word, word) where an element takes two.
template <int words, class T, class F>
void fill(T* y, std::int64_t n, const RandomKey& key, const F& value) {
  constexpr std::int64_t size = 4 / words * lanes;
  parallel_for((n + size - 1) / size, group_grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g) {
      const Group group(key, std::uint64_t(g));
      T room[size];
      T* to = (g + 1) * size <= n ? y + g * size : room;
      for (int k = 0; k < 4; k += words) {
        for (int j = 0; j < lanes; ++j) {
          const std::uint32_t* word = group.word + k * lanes + j;
          if constexpr (words == 1)
            to[k * lanes + j] = value(*word);
          else
            to[k / 2 * lanes + j] = value(*word, word[lanes]);
        }
      }
      if (to == room) std::copy(room, room + (n - g * size), y + g * size);
    }
  });
}

// Lanes of one pair of normal numbers each, from words that give the radius and the angle.
void box_muller(const std::uint32_t* radius_word, const std::uint32_t* angle_word, float mean,
                float std, float* y) {
  using B = xsimd::batch<float>;
  alignas(64) float u[lanes], angle[lanes];
  for (int j = 0; j < lanes; ++j) {
    // Signed, because that is what processors convert; never 0.
    u[j] = float((double(std::int32_t(radius_word[j])) + 0x80000000.8p0) * 0x1p-32);
    angle[j] = float(double(std::int32_t(angle_word[j])) * (std::numbers::pi * 0x1p-31));
  }
  for (std::size_t j = 0; j < lanes; j += B::size) {
    const B radius = std * sqrt(-2.0f * log(B::load_unaligned(u + j)));
    const B a = B::load_unaligned(angle + j);
    (mean + radius * cos(a)).store_unaligned(y + j);
    (mean + radius * sin(a)).store_unaligned(y + lanes + j);
  }
}

void draw_normal(const Group& group, float mean, float std, float* y) {
  const std::uint32_t* w = group.word;
  box_muller(w, w + lanes, mean, std, y);
  box_muller(w + 2 * lanes, w + 3 * lanes, mean, std, y + 2 * lanes);
}

void draw_normal(const Group& group, double mean, double std, double* y) {
  for (int j = 0; j < lanes; ++j) {
    const std::uint32_t* w = group.word + j;
    const double radius = std * std::sqrt(-2 * std::log1p(-unit(w[0], w[lanes])));
    const double angle = 2 * std::numbers::pi * unit(w[2 * lanes], w[3 * lanes]);
    y[j] = mean + radius * std::cos(angle);
    y[lanes + j] = mean + radius * std::sin(angle);
  }
}

// y = kept(x) or `dropped`, by mask_number().
template <class T, class F>
void mask(const Array& x, const Array& y, double p, const RandomKey& key, F kept, T dropped) {
  const std::uint32_t threshold = dropout_threshold(p), upper = threshold >> 16;
  constexpr std::int64_t words = Group::size, size = 2 * words;
  const T* from = x.data<T>();
  T* to = y.data<T>();
  const std::int64_t n = y.numel();
  parallel_for((n + size - 1) / size, group_grain / 2, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g) {
      const Group group(key, std::uint64_t(g));
      std::uint32_t undecided = 0;
      const auto decide = [&, kept, dropped](std::int64_t count, bool second) {
        const std::int64_t first = g * size + (second ? words : 0);
        for (std::int64_t i = 0; i < count; ++i) {
          const std::uint32_t half = upper_half(group.word[i], second);
          const T value = kept(from[first + i]);
          to[first + i] = half < upper ? dropped : value;
          undecided |= half == upper;
        }
      };
      const std::int64_t left = n - g * size;
      if (left >= size) {
        decide(words, false);
        decide(words, true);
      } else {
        decide(std::min(words, left), false);
        decide(std::max<std::int64_t>(0, left - words), true);
      }
      if (!undecided) continue;
      for (std::int64_t i = g * size; i < std::min(n, (g + 1) * size); ++i) {
        const std::int64_t j = i - g * size;
        if (upper_half(group.word[j % words], j >= words) == upper &&
            mask_number(key, std::uint64_t(i)) < threshold)
          to[i] = dropped;
      }
    }
  });
}

// y[i] = 0 or 1 / (1 - p), by mask_number() of first + i.
template <class T>
void factors(const RandomKey& key, double p, std::int64_t first, std::int64_t count, T* y) {
  const std::uint32_t threshold = dropout_threshold(p), upper = threshold >> 16;
  constexpr std::int64_t words = Group::size, size = 2 * words;
  const T kept = T(1 / (1 - p));
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t g = (first + done) / size, begin = (first + done) % size;
    const std::int64_t end = std::min(size, begin + count - done);
    const Group group(key, std::uint64_t(g));
    T* const to = y + done - begin;
    std::uint32_t undecided = 0;
    const auto decide = [&](std::int64_t from, std::int64_t until, bool second) {
      for (std::int64_t i = from; i < until; ++i) {
        const std::uint32_t half = upper_half(group.word[i % words], second);
        to[i] = half < upper ? T(0) : kept;
        undecided |= half == upper;
      }
    };
    decide(begin, std::min(words, end), false);
    decide(std::max(words, begin), end, true);
    for (std::int64_t i = begin; undecided && i < end; ++i) {
      if (upper_half(group.word[i % words], i >= words) == upper &&
          mask_number(key, std::uint64_t(g * size + i)) < threshold)
        to[i] = T(0);
    }
    done += end - begin;
  }
}

}  // namespace

void dropout_factors(const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     float* y) {
  factors(key, p, first, count, y);
}
void dropout_factors(const RandomKey& key, double p, std::int64_t first, std::int64_t count,
                     double* y) {
  factors(key, p, first, count, y);
}

void uniform(const Array& y, double low, double high, const RandomKey& key) {
  dispatch_floating(y.dtype, [&]<class T>() {
    // Rounding may reach the excluded end.
    const T last = std::nextafter(T(high), T(low));
    const double width = high - low;
    if constexpr (sizeof(T) == 4) {
      fill<1>(y.data<T>(), y.numel(), key,
              [=](std::uint32_t word) { return std::min(T(low + width * unit(word)), last); });
    } else {
      fill<2>(y.data<T>(), y.numel(), key, [=](std::uint32_t a, std::uint32_t b) {
        return std::min(low + width * unit(a, b), last);
      });
    }
  });
}

void open_uniform(const Array& y, const RandomKey& key) {
  fill<2>(y.data<double>(), y.numel(), key, [](std::uint32_t a, std::uint32_t b) {
    // The middles of steps; that of the last one would be rounded to 1.
    return std::min(unit(a, b) + 0x1p-54, 1 - 0x1p-53);
  });
}

void normal(const Array& y, double mean, double std, const RandomKey& key) {
  dispatch_floating(y.dtype, [&]<class T>() {
    constexpr std::int64_t size = Group::size * 4 / std::int64_t(sizeof(T));
    T* data = y.data<T>();
    const std::int64_t n = y.numel();
    parallel_for((n + size - 1) / size, group_grain, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t g = begin; g < end; ++g) {
        T room[size];
        T* to = (g + 1) * size <= n ? data + g * size : room;
        draw_normal(Group(key, std::uint64_t(g)), T(mean), T(std), to);
        if (to == room) std::copy(room, room + (n - g * size), data + g * size);
      }
    });
  });
}

void integers(const Array& y, std::int64_t low, std::uint64_t span, const RandomKey& key) {
  fill<2>(y.data<std::int64_t>(), y.numel(), key, [=](std::uint32_t a, std::uint32_t b) {
    return std::int64_t(std::uint64_t(low) + random_below(span, a, b));
  });
}

void bernoulli(const Array& y, double p, const RandomKey& key) {
  fill<2>(y.data<bool>(), y.numel(), key,
          [=](std::uint32_t a, std::uint32_t b) { return unit(a, b) < p; });
}

void dropout(const Array& x, const Array& y, double p, const RandomKey& key) {
  dispatch_floating(y.dtype, [&]<class T>() {
    mask<T>(
        x, y, p, key, [scale = T(1 / (1 - p))](T v) { return v * scale; }, T(0));
  });
}

void masked_affine(const Array& x, const Array& y, double p, const RandomKey& key, double scale,
                   double shift, double dropped) {
  dispatch_floating(y.dtype, [&]<class T>() {
    mask<T>(
        x, y, p, key, [a = T(scale), b = T(shift)](T v) { return v * a + b; }, T(dropped));
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
