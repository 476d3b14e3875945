// Compiled once per instruction set; see attention.hpp.

#include <cinta/ops/kernels/attention/scores.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void attention_backward(const Attention& call, const Array& dy, const AttentionGradients& to);

namespace {

// Rows of a block, whose weights and their gradients are held as a whole: many enough for products
// with keys to be fast, few enough for caches.
int64_t rows_of_block(const Sizes& size) {
  constexpr int64_t elements = 256 * 1024, least = 16, most = 128;
  return std::min(size.length, std::clamp(elements / std::max<int64_t>(1, size.keys), least, most));
}

// ds = scale * p (dp - sum(p dp))
template <class T>
[[gnu::flatten]] void score_gradients(const T* p, T* dp, T scale, int64_t n) {
  const T mean = T(sum_lanes<T>(
      n, [=](int64_t k, int64_t m) { return Lanes<T>(p + k, m) * Lanes<T>(dp + k, m); }));
  for (int64_t k = 0; k < n; ++k) dp[k] = p[k] * (dp[k] - mean) * scale;
}

// The gradients of one head; its keys' and values' are added to.
template <class T>
struct Head {
  Matrix<T> query, key, value, dy;
  T *dquery, *dkey, *dvalue;
};

// Queries [first, first + count) of a head.
template <class T>
void backward_block(const Attention& c, const Sizes& size, const Head<T>& h, int64_t head,
                    int64_t first, int64_t count, T* p, T* dp, T* factors) {
  const int64_t n = size.seen(c, first + count), width = size.width, wide = size.value_width;
  const Matrix<T> q = h.query.rows_from(first), dy = h.dy.rows_from(first);
  const Matrix<T> weights{p, n, 1}, slopes{dp, n, 1};
  const Block block{first, count, 0, n, c.causal};
  const bool scores = h.dquery || h.dkey;
  block.for_columns([&](int64_t j, int64_t columns, int64_t row) {
    product(count - row, columns, width, q.rows_from(row), h.key.rows_from(j).transposed(),
            weights.from(row, j));
    if (scores)
      product(count - row, columns, wide, dy.rows_from(row), h.value.rows_from(j).transposed(),
              slopes.from(row, j));
  });
  block.for_rows([&](int64_t row, int64_t rows, int64_t columns) {
    for (int64_t r = row; r < row + rows; ++r) {
      T *const s = p + r * n, *const ds = dp + r * n;
      const double total = exp_row(s, mask_scores(c, head, first + r, 0, columns, s), columns);
      if (total != 0) scale_row(s, T(1 / total), columns);
      if (c.dropout > 0) draw_factors(c, size, head, first + r, 0, columns, factors);
      if (scores) {
        if (c.dropout > 0) multiply_row(ds, factors, columns);
        if (total == 0)
          std::fill_n(ds, columns, T(0));
        else
          score_gradients(s, ds, T(c.scale), columns);
      }
      if (c.dropout > 0) multiply_row(s, factors, columns);
    }
    if (h.dquery)
      product(rows, width, columns, slopes.rows_from(row), h.key,
              {h.dquery + (first + row) * width, width, 1});
  });
  block.for_columns([&](int64_t j, int64_t columns, int64_t row) {
    const int64_t rows = count - row;
    if (h.dvalue)
      product(columns, wide, rows, weights.from(row, j).transposed(), dy.rows_from(row),
              {h.dvalue + j * wide, wide, 1}, true);
    if (h.dkey)
      product(columns, width, rows, slopes.from(row, j).transposed(), q.rows_from(row),
              {h.dkey + j * width, width, 1}, true);
  });
}

template <class T>
void backward(const Attention& c, const Array& dy, const AttentionGradients& to) {
  const Sizes size(c);
  for (const Array* y : {to.query, to.key, to.value})
    if (y) std::fill_n(y->data<T>(), y->numel(), T(0));
  if (size.count * size.length * size.keys == 0) return;
  const int64_t rows = rows_of_block(size);
  const int64_t work = c.group * size.length * size.keys * (size.width + size.value_width);
  // Heads that share keys are one thread's, since they add to the same gradients.
  parallel_for(size.count / c.group, attention_grain(2 * work),
               [&c, &dy, &to, size, rows](int64_t begin, int64_t end) {
                 Scratch scratch(sizeof(T) * std::size_t((2 * rows + 1) * size.keys));
                 T* const p = reinterpret_cast<T*>(scratch.memory());
                 T* const dp = p + rows * size.keys;
                 for (int64_t head = begin * c.group; head < end * c.group; ++head) {
                   const int64_t shared = head / c.group;
                   const auto place = [](const Array* y, int64_t index, int64_t count,
                                         int64_t columns) {
                     return y ? y->data<T>() + index * count * columns : nullptr;
                   };
                   const Head<T> h{matrix<T>(c.query, head),
                                   matrix<T>(c.key, shared),
                                   matrix<T>(c.value, shared),
                                   matrix<T>(dy, head),
                                   place(to.query, head, size.length, size.width),
                                   place(to.key, shared, size.keys, size.width),
                                   place(to.value, shared, size.keys, size.value_width)};
                   for (int64_t first = 0; first < size.length; first += rows)
                     backward_block(c, size, h, head, first, std::min(rows, size.length - first), p,
                                    dp, dp + rows * size.keys);
                 }
               });
}

}  // namespace

void attention_backward(const Attention& call, const Array& dy, const AttentionGradients& to) {
  dispatch_floating(dy.dtype, [&]<class T>() { backward<T>(call, dy, to); });
}

}  // namespace cinta::kernels::CINTA_SIMD
