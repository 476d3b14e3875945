// How far the elementary functions are from the right value, in units in the last place, over the
// whole range of their dtype: held against MPFR. `./dev check accuracy` builds and runs it once for
// each instruction set.
//
//   accuracy            a table; fails where an error is above the bound
//   accuracy --count N  with N arguments a function and range instead of 5000 (half a minute)

#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace cinta;
using kernels::Function;

constexpr mpfr_prec_t precision = 256;  // enough for differences such as erf's far tail

class Number {
 public:
  Number() { mpfr_init2(value_, precision); }
  explicit Number(double x) : Number() { mpfr_set_d(value_, x, MPFR_RNDN); }
  Number(const Number&) = delete;
  ~Number() { mpfr_clear(value_); }
  operator mpfr_ptr() { return value_; }

 private:
  mpfr_t value_;
};

using Reference = void (*)(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b);

// A function of MPFR that has one argument.
template <int (*f)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t)>
void one(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  f(y, a, MPFR_RNDN);
}

void sigmoid(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  mpfr_neg(y, a, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_add_ui(y, y, 1, MPFR_RNDN);
  mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

void softplus(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  if (mpfr_cmp_ui(a, 1000) > 0) {  // where the exponential is out of MPFR's range in the end
    mpfr_set(y, a, MPFR_RNDN);
    return;
  }
  mpfr_exp(y, a, MPFR_RNDN);
  mpfr_log1p(y, y, MPFR_RNDN);
}

void gelu(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  if (mpfr_inf_p(a)) {
    mpfr_sgn(a) > 0 ? (void)mpfr_set(y, a, MPFR_RNDN) : mpfr_set_zero(y, -1);
    return;
  }
  Number root(0.5);
  mpfr_sqrt(root, root, MPFR_RNDN);
  mpfr_mul(y, a, root, MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_erfc(y, y, MPFR_RNDN);
  mpfr_mul(y, y, a, MPFR_RNDN);
  mpfr_div_2ui(y, y, 1, MPFR_RNDN);
}

// log(1 + exp(a)) for the target 0, which is -log(sigmoid(-a)), and log(1 + exp(-a)) for 1.
void logistic_loss(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  if (mpfr_sgn(b) != 0) mpfr_neg(a, a, MPFR_RNDN);
  softplus(y, a, b);
}

// sigmoid(a) for the target 0, -sigmoid(-a) for 1.
void logistic_slope(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  const bool target = mpfr_sgn(b) != 0;
  if (target) mpfr_neg(a, a, MPFR_RNDN);
  sigmoid(y, a, b);
  if (target) mpfr_neg(y, y, MPFR_RNDN);
}

void power(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) { mpfr_pow(y, a, b, MPFR_RNDN); }

struct Range {
  double low, high;
  bool even = false;   // drawn evenly, not among the numbers that the dtype has
  bool whole = false;  // and rounded
};

struct Row {
  const char* name;
  Function function;
  Reference reference;
  std::vector<Range> ranges, second = {};  // of a, and of b where there is one
  double in_double = 2;  // the bound in units of float64's last place; in float32 it is 1
};

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr Range all{-inf, inf}, positive{0, inf};

constexpr Range whole_or_none{0, 1, true, true};  // a target: 0 or 1

// One unit in single and two in double precision. Only gelu in double has more: a product of exp, a
// polynomial and a quotient, each within a unit.
const Row table[] = {
    {"exp", Function::exp, one<mpfr_exp>, {all, {-750, 712, true}, {-105, 90, true}}},
    {"exp2", Function::exp2, one<mpfr_exp2>, {all, {-1080, 1026, true}, {-151, 130, true}}},
    {"expm1", Function::expm1, one<mpfr_expm1>, {all, {-50, 712, true}, {-1, 1, true}}},
    {"log", Function::log, one<mpfr_log>, {positive, {0.5, 2, true}, {0, 1e-300, true}}},
    {"log2", Function::log2, one<mpfr_log2>, {positive, {0.5, 2, true}, {0, 1e-300, true}}},
    {"log1p", Function::log1p, one<mpfr_log1p>, {{-1, inf}, {-1, 2, true}}},
    {"sqrt", Function::sqrt, one<mpfr_sqrt>, {positive}},
    {"sin", Function::sin, one<mpfr_sin>, {all, {-1000, 1000, true}}},
    {"cos", Function::cos, one<mpfr_cos>, {all, {-1000, 1000, true}}},
    {"tanh", Function::tanh, one<mpfr_tanh>, {all, {-20, 20, true}}},
    {"erf", Function::erf, one<mpfr_erf>, {all, {-6, 6, true}}},
    {"gelu", Function::gelu, gelu, {all, {-40, 10, true}, {-14, 3, true}}, {}, 5},
    {"sigmoid", Function::sigmoid, sigmoid, {all, {-750, 40, true}, {-105, 20, true}}},
    {"softplus", Function::softplus, softplus, {all, {-750, 40, true}, {-105, 20, true}}},
    {"logistic_loss",
     Function::logistic_loss,
     logistic_loss,
     {all, {-750, 40, true}, {-105, 20, true}},
     {whole_or_none, whole_or_none, whole_or_none}},
    {"logistic_slope",
     Function::logistic_slope,
     logistic_slope,
     {all, {-750, 40, true}, {-105, 20, true}},
     {whole_or_none, whole_or_none, whole_or_none}},
    {"pow",
     Function::pow,
     power,
     {positive, positive, {0, 100, true}, {0.9, 1.1, true}, {-50, 50, true}},
     {all, {-2, 2, true}, {-300, 300, true}, {-8000, 8000, true}, {-20, 20}}},
};

// The n-th number of a dtype from 0 on, in the order of their size.
template <class T>
using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
template <class T>
Bits<T> order(T x) {
  const Bits<T> bits = std::bit_cast<Bits<T>>(x);
  return bits < 0 ? std::numeric_limits<Bits<T>>::min() - bits : bits;
}
template <class T>
T number(Bits<T> order) {
  return std::bit_cast<T>(order < 0 ? std::numeric_limits<Bits<T>>::min() - order : order);
}

template <class T>
std::vector<T> draw(const Range& range, std::size_t count, std::mt19937_64& random) {
  constexpr T largest = std::numeric_limits<T>::max();
  const T low = T(std::fmax(range.low, -double(largest)));
  const T high = T(std::fmin(range.high, double(largest)));
  std::vector<T> x = {low, high};
  while (range.whole && x.size() < count) x.push_back(T(random() & 1));
  if (range.whole) return x;
  for (const T edge : {T(0), T(-0.0), T(1), T(-1), std::numeric_limits<T>::min(),
                       std::numeric_limits<T>::denorm_min(), T(0.5), T(2), T(10)})
    if (edge >= low && edge <= high) x.push_back(edge);
  std::uniform_real_distribution<double> even(low, high);
  std::uniform_int_distribution<Bits<T>> any(order(low), order(high));
  while (x.size() < count) x.push_back(range.even ? T(even(random)) : number<T>(any(random)));
  return x;
}

// The distance of y from the right value in units of y's last place.
template <class T>
double units(T y, mpfr_ptr right) {
  constexpr int digits = std::numeric_limits<T>::digits;
  constexpr int lowest = std::numeric_limits<T>::min_exponent - digits;
  if (mpfr_nan_p(right)) return std::isnan(y) ? 0 : inf;
  if (std::isnan(y)) return inf;
  // What rounds to infinity is infinite, and nothing else.
  Number bound(double(std::numeric_limits<T>::max()));
  Number half(std::ldexp(1.0, std::numeric_limits<T>::max_exponent - digits - 1));
  mpfr_add(bound, bound, half, MPFR_RNDN);
  const bool overflows = mpfr_cmpabs(right, bound) >= 0;
  if (overflows && std::isinf(y)) return mpfr_signbit(right) == std::signbit(y) ? 0 : inf;
  if (mpfr_inf_p(right)) return inf;
  const long exponent = mpfr_zero_p(right) ? lowest : long(mpfr_get_exp(right)) - digits;
  if (std::isinf(y)) y = std::copysign(std::numeric_limits<T>::max(), y);
  Number error{double(y)};
  mpfr_sub(error, error, right, MPFR_RNDN);
  mpfr_mul_2si(error, error, -std::max(exponent, long(lowest)), MPFR_RNDN);
  return std::fabs(mpfr_get_d(error, MPFR_RNDU));
}

struct Worst {
  double error = 0, a = 0, b = 0, y = 0;
};

template <class T>
Worst worst_of(const Row& row, std::size_t count) {
  std::mt19937_64 random(1);
  Worst worst;
  Number right, x0, x1;
  for (std::size_t r = 0; r < row.ranges.size(); ++r) {
    const std::vector<T> a = draw<T>(row.ranges[r], count, random);
    std::vector<T> b = row.second.empty() ? a : draw<T>(row.second[r], count, random);
    if (!row.second.empty()) std::shuffle(b.begin(), b.end(), random);
    for (std::size_t i = 0; i < b.size(); i += 3)
      if (!row.second.empty()) b[i] = std::nearbyint(b[i]);
    std::vector<T> y(a.size());
    const void* const from[] = {a.data(), b.data()};
    kernels::row_of(row.function, dtype_of<T>)(y.data(), from, 0, std::int64_t(y.size()));
    for (std::size_t i = 0; i < y.size(); ++i) {
      mpfr_set_d(x0, double(a[i]), MPFR_RNDN);
      mpfr_set_d(x1, double(b[i]), MPFR_RNDN);
      row.reference(right, x0, x1);
      const double error = units(y[i], right);
      if (!(error <= worst.error)) worst = {error, double(a[i]), double(b[i]), double(y[i])};
    }
  }
  return worst;
}

std::string argument(const Row& row, const Worst& worst) {
  char text[80];
  if (row.second.empty())
    std::snprintf(text, sizeof text, "%.17g", worst.a);
  else
    std::snprintf(text, sizeof text, "%.17g, %.17g", worst.a, worst.b);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 5'000;
  if (argc == 3 && std::strcmp(argv[1], "--count") == 0) count = std::stoul(argv[2]);
  bool good = true;
  const char* const levels[] = {"baseline", "avx2", "avx512"};
  std::printf("%s\n\n| function | float32 | at | float64 | at |\n| --- | --- | --- | --- | --- |\n",
              levels[int(kernels::simd_level())]);
  for (const Row& row : table) {
    const Worst single = worst_of<float>(row, count), twice = worst_of<double>(row, count);
    std::printf("| %s | %.2f | %s | %.2f | %s |\n", row.name, single.error,
                argument(row, single).c_str(), twice.error, argument(row, twice).c_str());
    std::fflush(stdout);
    if (single.error <= 1 && twice.error <= row.in_double) continue;
    std::printf("%s: above 1 unit in the last place of float32 or %g of float64\n", row.name,
                row.in_double);
    good = false;
  }
  return good ? 0 : 1;
}
