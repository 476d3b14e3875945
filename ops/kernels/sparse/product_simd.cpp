// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cinta/ops/kernels/sparse/product.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void sparse_product(const SparseRows& rows, const Array& values, const Array& x, const Array& y);
void sampled_product(const SparseRows& rows, const Array& u, const Array& v, const Array& values);

namespace {

using std::int64_t;

/// Partial sums of a dot product, the same in every instruction set.
constexpr int dot_lanes = 16;

// The elements of a matrix.
template <class T>
struct Elements {
  const int64_t* id;
  const int64_t* place;  // or null
  const T* value;
  int64_t count;  // of all rows

  T at(int64_t k) const { return value[place ? place[k] : k]; }
};

// The sum of product(k) over [begin, end): lanes of `dot_lanes`, and those of many elements by
// compensated addition.
template <class T, class F>
T dot(int64_t begin, int64_t end, const F& product) {
  constexpr int64_t block = dot_lanes * sum_block;
  T sum = 0, error = 0;
  for (int64_t first = begin; first < end; first += block) {
    const int64_t last = std::min(end, first + block);
    T part = 0;
    int64_t k = first;
    if (last - first >= dot_lanes) {
      T lanes[dot_lanes] = {};
      for (; k + dot_lanes <= last; k += dot_lanes) {
#pragma omp simd
        for (int i = 0; i < dot_lanes; ++i) lanes[i] += product(k + i);
      }
      for (int width = dot_lanes / 2; width > 0; width /= 2)
        for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
      part = lanes[0];
    }
    for (; k < last; ++k) part += product(k);
    if (end - begin <= block) return part;
    add_compensated(sum, error, part);
  }
  return compensated(sum, error);
}

// As many columns of a row as fit `Columns` registers, from the first of x and y on.
template <class T, int Columns>
void row_of_registers(const Elements<T>& a, int64_t begin, int64_t end, const T* x, int64_t width,
                      bool ahead, T* y) {
  using V = Register<T>;
  constexpr int lanes = register_lanes<T>;
  V sum[Columns] = {}, error[Columns] = {};
  for (int64_t first = begin; first < end; first += sum_block) {
    const int64_t last = std::min(end, first + sum_block);
    V part[Columns] = {};
    for (int64_t k = first; k < last; ++k) {
      if (ahead && k + prefetch_ahead < a.count)
        prefetch(x + a.id[k + prefetch_ahead] * width, int64_t(sizeof(V)) * Columns);
      const T* const row = x + a.id[k] * width;
      const T factor = a.at(k);
#pragma GCC unroll 8
      for (int c = 0; c < Columns; ++c) {
        V v;
        load(v, row + c * lanes);
        part[c] += factor * v;
      }
    }
    if (end - begin <= sum_block) {
#pragma GCC unroll 8
      for (int c = 0; c < Columns; ++c) sum[c] = part[c];
    } else {
      for (int c = 0; c < Columns; ++c) add_compensated(sum[c], error[c], part[c]);
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < Columns; ++c) store(y + c * lanes, sum[c]);
  if (end - begin <= sum_block) return;
  T errors[Columns * lanes];
  for (int c = 0; c < Columns; ++c) store(errors + c * lanes, error[c]);
  for (int i = 0; i < Columns * lanes; ++i) y[i] = compensated(y[i], errors[i]);
}

// Row `begin` to `end` times x, all columns.
template <class T>
void row_times(const Elements<T>& a, int64_t begin, int64_t end, const T* x, int64_t width, T* y) {
  if (width == 1) {
    *y = a.place ? dot<T>(begin, end, [=](int64_t k) { return a.value[a.place[k]] * x[a.id[k]]; })
                 : dot<T>(begin, end, [=](int64_t k) { return a.value[k] * x[a.id[k]]; });
    return;
  }
  constexpr int lanes = register_lanes<T>;
  int64_t c = 0;
  const auto columns = [&]<int Columns>(std::integral_constant<int, Columns>) {
    for (; c + Columns * lanes <= width; c += Columns * lanes)
      row_of_registers<T, Columns>(a, begin, end, x + c, width, c == 0, y + c);
  };
  columns(std::integral_constant<int, 8>());
  columns(std::integral_constant<int, 4>());
  columns(std::integral_constant<int, 2>());
  columns(std::integral_constant<int, 1>());
  if (c == width) return;
  sum_rows(end - begin, width - c, y + c,
           [=](int64_t first, int64_t last, int64_t start, int64_t n, T* part) {
             for (int64_t k = begin + first; k < begin + last; ++k) {
               const T* const row = x + a.id[k] * width + c + start;
               const T factor = a.at(k);
               for (int64_t i = 0; i < n; ++i) part[i] += factor * row[i];
             }
           });
}

// Calls f(matrix, row) for all rows of `count` matrices, in shares of equal numbers of elements.
template <class F>
void for_each_row(const SparseRows& a, int64_t count, int64_t work, const F& f) {
  const int64_t* const pointer = a.pointers.data<int64_t>();
  const int64_t rows = a.pointers.numel() - 1;
  // A row counts as its elements and one: that of row i begins at pointer[i] + i.
  const int64_t size = pointer[rows] + rows;
  const auto row_at = [=](int64_t place) {
    int64_t low = 0, high = rows;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      pointer[middle] + middle < place ? low = middle + 1 : high = middle;
    }
    return low;
  };
  parallel_for(count * size, grain_of(work), [=](int64_t begin, int64_t end) {
    for (int64_t matrix = begin / size; matrix * size < end; ++matrix) {
      const int64_t last = row_at(std::min(size, end - matrix * size));
      for (int64_t row = row_at(std::max<int64_t>(0, begin - matrix * size)); row < last; ++row)
        f(matrix, row);
    }
  });
}

}  // namespace

void sparse_product(const SparseRows& rows, const Array& values, const Array& x, const Array& y) {
  if (y.numel() == 0) return;
  const int64_t m = rows.pointers.numel() - 1, width = y.shape.back();
  const int64_t count = y.numel() / (m * width), size = x.numel() / count;
  const int64_t* const pointer = rows.pointers.data<int64_t>();
  dispatch_floating(y.dtype, [&]<class T>() {
    const Elements<T> a{rows.ids.data<int64_t>(),
                        rows.places ? rows.places->data<int64_t>() : nullptr, values.data<T>(),
                        rows.ids.numel()};
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    for_each_row(rows, count, width, [=](int64_t matrix, int64_t row) {
      row_times(a, pointer[row], pointer[row + 1], from + matrix * size, width,
                to + (matrix * m + row) * width);
    });
  });
}

void sampled_product(const SparseRows& rows, const Array& u, const Array& v, const Array& values) {
  if (values.numel() == 0) return;
  const int64_t m = rows.pointers.numel() - 1, width = u.shape.back();
  const int64_t count = width == 0 ? 0 : u.numel() / (m * width),
                step = count ? v.numel() / count : 0;
  const int64_t *const pointer = rows.pointers.data<int64_t>(), *const id =
                                                                    rows.ids.data<int64_t>();
  const int64_t elements = values.numel();
  dispatch_floating(values.dtype, [&]<class T>() {
    const T *const left = u.data<T>(), *const right = v.data<T>();
    T* const to = values.data<T>();
    for_each_row(rows, 1, count * width, [=](int64_t, int64_t row) {
      for (int64_t k = pointer[row]; k < pointer[row + 1]; ++k) {
        T sum = 0, error = 0;
        for (int64_t b = 0; b < count; ++b) {
          const T *const x = left + (b * m + row) * width, *const y = right + b * step;
          if (k + prefetch_ahead < elements)
            prefetch(y + id[k + prefetch_ahead] * width, width * int64_t(sizeof(T)));
          const T* const z = y + id[k] * width;
          add_compensated(sum, error, dot<T>(0, width, [=](int64_t i) { return x[i] * z[i]; }));
        }
        to[k] = compensated(sum, error);
      }
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
