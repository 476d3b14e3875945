// Compiled once per instruction set; see attention.hpp.

#include <cinta/ops/kernels/attention/scores.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void attention(const Attention& call, const Array& y);

namespace {

// Queries of a block, whose products with keys fill vectors and spare arranging keys again; and
// keys that are looked at in one go.
constexpr int64_t block_queries = 128, block_keys = 512;

// Queries [first, first + count) of a head: the softmax's largest score and sum run along while
// blocks of keys come by.
template <class T>
void forward_block(const Attention& c, const Sizes& size, int64_t head, int64_t first,
                   int64_t count, T* y, T* scores, T* factors) {
  T top[block_queries];
  double total[block_queries];
  std::fill_n(top, count, -infinity<T>);
  std::fill_n(total, count, 0.0);
  const Matrix<T> q = matrix<T>(c.query, head).rows_from(first);
  const Matrix<T> keys = matrix<T>(c.key, head / c.group);
  const Matrix<T> values = matrix<T>(c.value, head / c.group);
  const int64_t width = size.value_width, seen = size.seen(c, first + count);
  for (int64_t k = 0; k < seen; k += block_keys) {
    const int64_t n = std::min(block_keys, seen - k);
    const Block block{first, count, k, n, c.causal};
    const Matrix<T> weights{scores, n, 1};
    block.for_columns([&](int64_t j, int64_t columns, int64_t row) {
      product<T>(count - row, columns, size.width, q.rows_from(row),
                 keys.rows_from(k + j).transposed(), weights.from(row, j));
    });
    block.for_rows([&](int64_t row, int64_t rows, int64_t columns) {
      for (int64_t r = row; r < row + rows; ++r) {
        T* const s = scores + r * n;
        const T largest = std::max(top[r], mask_scores(c, head, first + r, k, columns, s));
        // What came before was measured from a smaller score.
        if (k > 0 && largest != top[r]) {
          const T shrink = std::exp(top[r] - largest);
          total[r] *= double(shrink);
          scale_row(y + r * width, shrink, width);
        }
        top[r] = largest;
        total[r] += exp_row(s, largest, columns);
        if (c.dropout > 0) {
          draw_factors(c, size, head, first + r, k, columns, factors);
          multiply_row(s, factors, columns);
        }
      }
      product<T>(rows, width, columns, weights.rows_from(row), values.rows_from(k),
                 {y + row * width, width, 1}, k > 0);
    });
  }
  for (int64_t r = 0; r < count; ++r) {
    if (total[r] == 0)
      std::fill_n(y + r * width, width, T(0));
    else
      scale_row(y + r * width, T(1 / total[r]), width);
  }
}

template <class T>
void forward(const Attention& c, const Array& y) {
  const Sizes size(c);
  if (size.count * size.length * size.value_width == 0) return;
  const int64_t queries = std::min(size.length, block_queries);
  const int64_t blocks = (size.length + queries - 1) / queries;
  const int64_t grain = attention_grain(queries * size.keys * (size.width + size.value_width));
  const int64_t width = std::min(size.keys, block_keys);
  T* const out = y.data<T>();
  parallel_for(size.count * blocks, grain,
               [&c, size, queries, blocks, width, out](int64_t begin, int64_t end) {
                 Scratch scratch(sizeof(T) * std::size_t((queries + 1) * width));
                 T* const scores = reinterpret_cast<T*>(scratch.memory());
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t head = i / blocks, first = i % blocks * queries;
                   forward_block(c, size, head, first, std::min(queries, size.length - first),
                                 out + (head * size.length + first) * size.value_width, scores,
                                 scores + queries * width);
                 }
               });
}

}  // namespace

void attention(const Attention& call, const Array& y) {
  dispatch_floating(y.dtype, [&]<class T>() { forward<T>(call, y); });
}

}  // namespace cinta::kernels::CINTA_SIMD
