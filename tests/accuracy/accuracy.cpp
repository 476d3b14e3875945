// How far the elementary functions are from the right value, in units in the last place, over the
// whole range of their dtype: held against MPFR, on each instruction set that the machine has.
// `./dev check accuracy` builds and runs it.
//
//   accuracy            the table of docs/accuracy.md; it says which errors are above their
//                       bounds, and of which arguments, and fails then
//   accuracy --count N  with N arguments a function and range instead of 5000 (a minute)
//   accuracy --only F   of the function F alone, and the arguments of its largest errors

#include <algorithm>
#include <bit>
#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "references.hpp"
#include "support/instruction_sets.hpp"

namespace {

using namespace cinta;
using namespace accuracy;
using kernels::Function;
using kernels::InstructionSet;

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
  double least = 0;      // errors count in units of what is at least so large: beside a zero
};

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr Range all{-inf, inf}, positive{0, inf};

constexpr Range whole_or_none{0, 1, true, true};  // a target: 0 or 1
constexpr Range order_1{1, 1}, order_2{2, 2}, order_3{3, 3};

// One unit in single and two in double precision. What is a product of exp, a polynomial and a
// quotient, each within a unit, or a sum of such things, has more in double: gelu and the special
// functions.
const Row table[] = {
    {"exp", Function::exp, one<mpfr_exp>, {all, {-750, 712, true}, {-105, 90, true}}},
    {"exp2", Function::exp2, one<mpfr_exp2>, {all, {-1080, 1026, true}, {-151, 130, true}}},
    {"expm1", Function::expm1, one<mpfr_expm1>, {all, {-50, 712, true}, {-1, 1, true}}},
    {"log", Function::log, one<mpfr_log>, {positive, {0.5, 2, true}, {0, 1e-300, true}}},
    {"log2", Function::log2, one<mpfr_log2>, {positive, {0.5, 2, true}, {0, 1e-300, true}}},
    {"log1p", Function::log1p, one<mpfr_log1p>, {{-1, inf}, {-1, 2, true}}},
    {"sqrt", Function::sqrt, one<mpfr_sqrt>, {positive}},
    {"sin", Function::sin, one<mpfr_sin>, {all, {-1000, 1000, true}, {-2e6, 2e6, true}}},
    {"cos", Function::cos, one<mpfr_cos>, {all, {-1000, 1000, true}, {-2e6, 2e6, true}}},
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
    {"log10", Function::log10, log10, {positive, {0.5, 2, true}}},
    {"tan", Function::tan, one<mpfr_tan>, {all, {-1000, 1000, true}, {-2e6, 2e6, true}}},
    {"asin", Function::asin, one<mpfr_asin>, {{-1, 1}, {-1, 1, true}}},
    {"acos", Function::acos, one<mpfr_acos>, {{-1, 1}, {-1, 1, true}}},
    {"atan", Function::atan, one<mpfr_atan>, {all, {-10, 10, true}}},
    {"sinh", Function::sinh, one<mpfr_sinh>, {all, {-700, 700, true}, {-2, 2, true}}},
    {"cosh", Function::cosh, one<mpfr_cosh>, {all, {-700, 700, true}, {-2, 2, true}}},
    {"asinh", Function::asinh, one<mpfr_asinh>, {all, {-10, 10, true}}},
    {"acosh", Function::acosh, one<mpfr_acosh>, {{1, inf}, {1, 10, true}}},
    {"atanh", Function::atanh, one<mpfr_atanh>, {{-1, 1}, {-1, 1, true}}},
    {"atan2",
     Function::atan2,
     [](mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) { mpfr_atan2(y, a, b, MPFR_RNDN); },
     {all, {-10, 10, true}, {-1e-300, 1e-300, true}, {-1e308, 1e308, true}, {-1, 1}},
     {all, {-10, 10, true}, {-1e-300, 1e-300, true}, {-1e308, 1e308, true}, {-2, 2}}},
    {"hypot",
     Function::hypot,
     [](mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) { mpfr_hypot(y, a, b, MPFR_RNDN); },
     {all, {-10, 10, true}, {-1e-300, 1e-300, true}, {-1e308, 1e308, true}, {-1, 1}},
     {all, {-10, 10, true}, {-1e-300, 1e-300, true}, {-1e308, 1e308, true}, {-2, 2}}},
    {"erfc", Function::erfc, one<mpfr_erfc>, {all, {-6, 28, true}}, {}, 4},
    {"erfcx", Function::erfcx, erfcx, {{-26, inf}, {-26, 40, true}, {-2, 2, true}}, {}, 5},
    {"erfinv", Function::erfinv, erfinv, {{-1, 1}, {-1, 1, true}}, {}, 6},
    {"ndtri", Function::ndtri, ndtri, {{0, 1}, {0, 1, true}, {0.4, 0.6, true}}, {}, 6},
    {"logit", Function::logit, logit, {{0, 1}, {0, 1, true}, {0.4, 0.6, true}}},
    {"sinc", Function::sinc, sinc, {all, {-9, 9, true}, {-1e6, 1e6, true}}},
    {"fmod", Function::fmod, fmod, {all, {-1e4, 1e4, true}}, {all, {-9, 9, true}}, 0},
    {"remainder",
     Function::remainder,
     remainder,
     {all, {-1e4, 1e4, true}},
     {all, {-9, 9, true}},
     0.5},
    {"ndtr", Function::ndtr, ndtr, {all, {-38, 9, true}, {-3, 3, true}}, {}, 6},
    {"log_ndtr",
     Function::log_ndtr,
     log_ndtr,
     {{-1e150, 30}, {-38, 9, true}, {-3, 3, true}},
     {},
     6},
    {"lgamma", Function::lgamma, lgamma, {positive, {0, 10, true}, {0, 200, true}}, {}, 6},
    {"digamma", Function::digamma, one<mpfr_digamma>, {positive, {0, 10, true}}, {}, 6, 0.1},
    {"polygamma",
     Function::polygamma,
     polygamma,
     {order_1, order_1, order_2, order_2, order_3, order_3},
     {positive, {0, 30, true}, positive, {0, 30, true}, positive, {0, 30, true}},
     6},
    {"i0", Function::i0, bessel<0>, {{-712, 712, true}, {-9, 9, true}, {-1e-3, 1e-3}}, {}, 6},
    {"i1", Function::i1, bessel<1>, {{-712, 712, true}, {-9, 9, true}, {-1e-3, 1e-3}}, {}, 6},
    {"i0e", Function::i0e, scaled_bessel<0>, {{-1e300, 1e300}, {-30, 30, true}}, {}, 6},
    {"i1e", Function::i1e, scaled_bessel<1>, {{-1e300, 1e300}, {-30, 30, true}}, {}, 6},
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

// The distance of y from the right value in units of its last place, or of that of `least`.
template <class T>
double units(T y, mpfr_ptr right, double least) {
  constexpr int digits = std::numeric_limits<T>::digits;
  constexpr int lowest = std::numeric_limits<T>::min_exponent - digits;
  if (mpfr_nan_p(right)) return std::isnan(y) ? 0 : inf;
  if (std::isnan(y)) return inf;
  // What rounds to infinity is infinite, and nothing else.
  Number bound{double(std::numeric_limits<T>::max())};
  Number half(std::ldexp(1.0, std::numeric_limits<T>::max_exponent - digits - 1));
  mpfr_add(bound, bound, half, MPFR_RNDN);
  const bool overflows = mpfr_cmpabs(right, bound) >= 0;
  if (overflows && std::isinf(y)) return mpfr_signbit(right) == std::signbit(y) ? 0 : inf;
  if (mpfr_inf_p(right)) return inf;
  long exponent = mpfr_zero_p(right) ? lowest : long(mpfr_get_exp(right)) - digits;
  if (least > 0) exponent = std::max(exponent, long(std::ilogb(least)) + 1 - digits);
  if (std::isinf(y)) y = std::copysign(std::numeric_limits<T>::max(), y);
  Number error{double(y)};
  mpfr_sub(error, error, right, MPFR_RNDN);
  mpfr_mul_2si(error, error, -std::max(exponent, long(lowest)), MPFR_RNDN);
  return std::fabs(mpfr_get_d(error, MPFR_RNDU));
}

struct Worst {
  double error = 0, a = 0, b = 0, y = 0;
};

using Worsts = std::vector<Worst>;  // of each instruction set

template <class T>
Worsts worst_of(const Row& row, const std::vector<InstructionSet>& sets, std::size_t count) {
  std::mt19937_64 random(1);
  Worsts worst(sets.size());
  std::vector<std::vector<T>> y(sets.size());
  Number right, x0, x1;
  for (std::size_t r = 0; r < row.ranges.size(); ++r) {
    const std::vector<T> a = draw<T>(row.ranges[r], count, random);
    std::vector<T> b = row.second.empty() ? a : draw<T>(row.second[r], count, random);
    if (!row.second.empty()) std::shuffle(b.begin(), b.end(), random);
    for (std::size_t i = 0; i < b.size(); i += 3)
      if (!row.second.empty()) b[i] = std::nearbyint(b[i]);
    const void* const from[] = {a.data(), b.data()};
    for (std::size_t s = 0; s < sets.size(); ++s) {
      y[s].resize(a.size());
      sets[s].rows.same[int(dtype_of<T>)][int(row.function)](y[s].data(), from, 0,
                                                             std::int64_t(a.size()));
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      mpfr_set_d(x0, double(a[i]), MPFR_RNDN);
      mpfr_set_d(x1, double(b[i]), MPFR_RNDN);
      row.reference(right, x0, x1);
      for (std::size_t s = 0; s < sets.size(); ++s) {
        const double error = units(y[s][i], right, row.least);
        if (!(error <= worst[s].error))
          worst[s] = {error, double(a[i]), double(b[i]), double(y[s][i])};
      }
    }
  }
  return worst;
}

struct Line {
  bool is_meant = false;
  Worsts single, twice;
};

// The errors that are above the bound, or all: each in a line, with its arguments.
bool are_within(const Row& row, const char* dtype, const Worsts& worsts, double bound,
                const std::vector<InstructionSet>& sets, bool all) {
  bool good = true;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const Worst& worst = worsts[s];
    const bool above = !(worst.error <= bound);
    good &= !above;
    if (!above && !all) continue;
    std::printf("%s of %.17g", row.name, worst.a);
    if (!row.second.empty()) std::printf(", %.17g", worst.b);
    std::printf(" with %s: %.17g, %.2f units in the last place of %s, %s %g\n", sets[s].name,
                worst.y, worst.error, dtype, above ? "above" : "within", bound);
  }
  return good;
}

// A row's line of the table, and what are_within has to say.
bool print(const Row& row, const Line& line, const std::vector<InstructionSet>& sets, bool all) {
  std::printf("| %s |", row.name);
  for (const Worsts* worsts : {&line.single, &line.twice})
    for (const Worst& worst : *worsts) std::printf(" %.2f |", worst.error);
  std::printf("\n");
  const bool single = are_within(row, "float32", line.single, 1, sets, all);
  const bool twice = are_within(row, "float64", line.twice, row.in_double, sets, all);
  std::fflush(stdout);
  return single && twice;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 5'000;
  std::string only;
  for (int i = 1; i < argc; i += 2) {
    const bool has_value = i + 1 < argc;
    if (has_value && std::strcmp(argv[i], "--count") == 0) {
      count = std::stoul(argv[i + 1]);
    } else if (has_value && std::strcmp(argv[i], "--only") == 0) {
      only = argv[i + 1];
    } else {
      std::fprintf(stderr, "accuracy: '%s' is not --count N or --only F\n", argv[i]);
      return 2;
    }
  }
  const auto is_meant = [&](const Row& row) { return only.empty() || only == row.name; };
  if (std::none_of(std::begin(table), std::end(table), is_meant)) {
    std::fprintf(stderr, "accuracy: there is no function '%s'\n", only.c_str());
    return 2;
  }
  const std::vector<InstructionSet> sets = kernels::instruction_sets();
  std::printf("| function |");
  for (const char* dtype : {"float32: ", "float64: "})
    for (const InstructionSet& set : sets)
      std::printf(" %s%s |", &set == &sets.front() ? dtype : "", set.name);
  std::printf("\n| --- |");
  for (std::size_t i = 0; i < 2 * sets.size(); ++i) std::printf(" --- |");
  std::printf("\n");
  bool good = true;
  std::vector<std::optional<Line>> lines(std::size(table));
  std::size_t next = 0;  // to be printed
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Line line{is_meant(table[i]), {}, {}};
    if (line.is_meant)
      line = {true, worst_of<float>(table[i], sets, count),
              worst_of<double>(table[i], sets, count)};
#pragma omp critical
    for (lines[i] = line; next < lines.size() && lines[next]; ++next)
      if (lines[next]->is_meant)
        good = print(table[next], *lines[next], sets, !only.empty()) && good;
  }
  return good ? 0 : 1;
}
