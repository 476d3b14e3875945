// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/elementwise/function_rows.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void fill_rows(Rows& rows);
void fill_integer_rows(Rows& rows);

namespace {

void fill_bools(Row* rows) {
  const auto set = [rows]<class F>(Function f, F) { rows[int(f)] = row<bool, bool, F>(); };
  set(Function::copy, [](bool x) { return x; });
  set(Function::add, [](bool a, bool b) { return a | b; });
  set(Function::maximum, [](bool a, bool b) { return a | b; });
  set(Function::minimum, [](bool a, bool b) { return a & b; });
}

template <class T>
void fill_comparisons(Row* rows) {
  const auto set = [rows]<class F>(Function f, F) { rows[int(f)] = row<bool, T, F>(); };
  set(Function::eq, [](T a, T b) { return a == b; });
  set(Function::ne, [](T a, T b) { return a != b; });
  set(Function::lt, [](T a, T b) { return a < b; });
  set(Function::le, [](T a, T b) { return a <= b; });
}

template <class T>
void fill_mixed(Rows& rows) {
  constexpr int type = int(dtype_of<T>);
  // The condition is read as a byte: choosing by a bool is not made into vectors.
  const auto choose = [](std::uint8_t c, T a, T b) { return c != 0 ? a : b; };
  rows.where[type] = &scalar_row<T, decltype(choose), std::uint8_t, T, T>;
  const auto from = [&]<class S>(S) {
    const auto convert = [](S value) { return element_cast<T>(value); };
    rows.cast[int(dtype_of<S>)][type] = &scalar_row<T, decltype(convert), S>;
  };
  from(false), from(std::int64_t()), from(0.0f), from(0.0);
  if constexpr (std::is_same_v<T, bool>)
    fill_comparisons<std::uint8_t>(rows.compare[type]);
  else
    fill_comparisons<T>(rows.compare[type]);
}

}  // namespace

void fill_rows(Rows& rows) {
  fill_integer_rows(rows);
  fill_numbers<float>(rows.same[int(float32)]);
  fill_numbers<double>(rows.same[int(float64)]);
  fill_bools(rows.same[int(boolean)]);
  fill_mixed<bool>(rows);
  fill_mixed<std::int64_t>(rows);
  fill_mixed<float>(rows);
  fill_mixed<double>(rows);
}

}  // namespace cinta::kernels::CINTA_SIMD
