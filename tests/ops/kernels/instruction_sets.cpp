// The rows of each instruction set that this machine has, beside those of the baseline.

#include <cinta/ops/kernels/elementwise/functions.hpp>

#include "ops/kernels/arrays.hpp"
#include "support/instruction_sets.hpp"

using namespace arrays;
using kernels::InstructionSet;

namespace {

// Zeros, infinities, NaN, ends of the dtype and of functions, and numbers of any size between.
template <class T>
std::vector<T> numbers() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> result;
  if constexpr (std::is_integral_v<T>) {
    result = {0, 1, 2, 3, 7, 63, 64, 1 << 20, Limits::max(), Limits::min(), Limits::min() + 1};
  } else {
    result = {0,
              Limits::denorm_min(),
              Limits::min(),
              Limits::max(),
              Limits::infinity(),
              Limits::quiet_NaN(),
              1 - Limits::epsilon() / 2,
              1 + Limits::epsilon(),
              2 / Limits::epsilon() + T(0.5)};
    for (const double x : {1e-20, 1e-5, 0.3, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 7.0, 20.25, 88.5, 104.0,
                           700.5, 1e5, 1e10, 1e30})
      result.push_back(T(x));
    for (int i = 0; i < 15; ++i) result.push_back(T(random_real() * std::pow(10, i % 5 - 2)));
  }
  for (std::size_t i = result.size(); i-- > 0;) {
    if constexpr (std::is_integral_v<T>)
      result.push_back(~result[i]);
    else
      result.push_back(-result[i]);
  }
  return result;
}

// To some units of the larger one, or of what they are the difference of.
template <class T>
bool alike(T a, T b, T of = 0) {
  if constexpr (std::is_integral_v<T>) {
    return a == b;
  } else {
    using Limits = std::numeric_limits<T>;
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    if (std::signbit(a) != std::signbit(b)) return false;
    const T most = std::max({std::abs(a), std::abs(b), of});
    return a == b || (most <= Limits::max() &&
                      std::abs(a - b) <= 6 * Limits::epsilon() * most + 2 * Limits::denorm_min());
  }
}

template <class T>
struct Sets {
  std::vector<InstructionSet> others = kernels::instruction_sets();
  kernels::Rows least = others.front().rows;
  std::vector<T> x = numbers<T>();
  std::int64_t n = std::int64_t(x.size());
  int type = int(dtype_of<T>);

  Sets() { others.erase(others.begin()); }
};

}  // namespace

TEMPLATE_TEST_CASE("every instruction set computes the same, NaN, infinities and signs of zeros",
                   "", std::int64_t, float, double) {
  using T = TestType;
  const Sets<T> sets;
  if (sets.others.empty()) SKIP_TEST("there is no instruction set but the baseline");
  const std::vector<T>& x = sets.x;
  const std::vector<T> third = {x[0], x[1], x[4], x.back()};
  for (int f = 0; f < int(Function::count); ++f) {
    // What rounds once where the instruction set can.
    if (Function(f) == Function::mul_add || Function(f) == Function::mul_sub) continue;
    if (!sets.least.same[sets.type][f]) continue;
    const int arity = kernels::arity(Function(f));
    const T of = Function(f) == Function::logistic_slope;  // a sigmoid less a target
    for (const T& b : arity < 2 ? std::vector<T>{0} : x)
      for (const T& c : arity < 3 ? std::vector<T>{0} : third) {
        const void* const from[] = {x.data(), &b, &c};
        std::vector<T> right(x.size()), y(x.size());
        sets.least.same[sets.type][f](right.data(), from, 0b110, sets.n);
        for (const InstructionSet& set : sets.others) {
          set.rows.same[sets.type][f](y.data(), from, 0b110, sets.n);
          for (std::size_t i = 0; i < x.size(); ++i)
            if (!alike(y[i], right[i], of))
              FAIL_CHECK("function " << f << " of " << x[i] << ", " << b << ", " << c << " is "
                                     << right[i] << ", with " << set.name << ' ' << y[i]);
        }
      }
  }
}

TEMPLATE_TEST_CASE("every instruction set compares and converts alike", "", std::int64_t, float,
                   double) {
  using T = TestType;
  const Sets<T> sets;
  if (sets.others.empty()) SKIP_TEST("there is no instruction set but the baseline");
  const std::vector<T>& x = sets.x;
  std::vector<unsigned char> right(x.size() * 8), y(x.size() * 8);
  for (const InstructionSet& set : sets.others) {
    for (int f = 0; f < int(Function::count); ++f) {
      if (!sets.least.compare[sets.type][f]) continue;
      for (const T& b : x) {
        const void* const from[] = {x.data(), &b};
        sets.least.compare[sets.type][f](right.data(), from, 0b10, sets.n);
        set.rows.compare[sets.type][f](y.data(), from, 0b10, sets.n);
        CAPTURE(set.name, f, b);
        CHECK(std::equal(y.begin(), y.begin() + sets.n, right.begin()));
      }
    }
    for (const Dtype to : dtypes) {
      if (!sets.least.cast[sets.type][int(to)]) continue;
      const void* const from[] = {x.data()};
      sets.least.cast[sets.type][int(to)](right.data(), from, 0, sets.n);
      set.rows.cast[sets.type][int(to)](y.data(), from, 0, sets.n);
      dispatch(to, [&]<class To>() {
        for (std::int64_t i = 0; i < sets.n; ++i) {
          CAPTURE(set.name, int(to), x[std::size_t(i)]);
          CHECK(alike(reinterpret_cast<const To*>(y.data())[i],
                      reinterpret_cast<const To*>(right.data())[i]));
        }
      });
    }
  }
}
