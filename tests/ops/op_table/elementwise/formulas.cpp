#include <cinta/ops/map/map.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// Of one sign: where terms cancel, the rounding of each is large beside what is left.
check::Input positive(const Shape& shape) { return reals(shape, 0.5, 2); }

const std::vector<check::Sample> triples = {{positive({2, 3}), positive({2, 3}), positive({2, 3})},
                                            {positive({2, 3}), positive({3}), positive({})},
                                            {positive({2, 1}), positive({3}), positive({2, 3})}};

// A row for the function of tensors, one for that of elements.
struct Formula : Register {
  template <class F>
  Formula(F f, const Row& row) : Register(rows_of(f, row)) {}

  template <class F>
  static std::vector<Row> rows_of(F f, Row row) {
    row.elementwise = true;
    row.function = [f](const Tensors& in) { return f(in[0], in[1], in[2]); };
    Row of_elements = row;
    of_elements.name = "map: " + row.name;
    of_elements.function = [f, site = row.site](const Tensors& in) {
      return map(f, Operand(in[0], site), in[1], in[2]);
    };
    of_elements.errors = {};
    return {row, of_elements};
  }
};

const Formula lerp_rows(
    [](auto a, auto b, auto w) { return lerp(a, b, w); },
    {.name = "lerp",
     .reference = each([](double a, double b, double w) {
       return w < 0.5 ? a + w * (b - a) : b - (1 - w) * (b - a);
     }),
     .samples = {{reals({2, 3}, 0.5, 1), reals({2, 3}, 1.5, 2), reals({2, 3}, 0, 0.4)},
                 {reals({2, 3}, 0.5, 1), reals({3}, 1.5, 2), reals({}, 0.6, 1)},
                 {reals({2, 1}, 0.5, 1), reals({3}, 1.5, 2), reals({2, 3}, 1.1, 3)}},
     .errors = {{{reals({2}), reals({3}), reals({})},
                 "lerp: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"},
                {{integers({2}, 0, 3), integers({2}, 0, 3), integers({2}, 0, 3)},
                 "lerp: the inputs are int64, at least one has to be float32 or float64; convert "
                 "one with to()"}}});
const Formula addcmul_rows(
    [](auto x, auto a, auto b) { return addcmul(x, a, b, 0.7); },
    {.name = "addcmul",
     .reference = each([](double x, double a, double b) { return x + 0.7 * a * b; }),
     .samples = triples,
     .errors = {{{reals({2}), reals({3}), reals({})},
                 "addcmul: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}}});
const Formula addcmul_of_1_rows([](auto x, auto a, auto b) { return addcmul(x, a, b); },
                                {.name = "addcmul, value 1",
                                 .reference = each([](double x, double a, double b) {
                                   return x + a * b;
                                 }),
                                 .samples = triples});
const Formula addcdiv_rows(
    [](auto x, auto a, auto b) { return addcdiv(x, a, b, 0.7); },
    {.name = "addcdiv",
     .reference = each([](double x, double a, double b) { return x + 0.7 * a / b; }),
     .samples = triples,
     .errors = {{{reals({2}), reals({}), reals({3})},
                 "addcdiv: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}}});
const Formula addcdiv_of_1_rows([](auto x, auto a, auto b) { return addcdiv(x, a, b); },
                                {.name = "addcdiv, value 1",
                                 .reference = each([](double x, double a, double b) {
                                   return x + a / b;
                                 }),
                                 .samples = triples});
// NaN wins, and high where low is above it.
const Formula clamp_rows(
    [](auto x, auto low, auto high) { return clamp(x, low, high); },
    {.name = "clamp, between tensors",
     .reference = each([](double x, double low, double high) {
       if (std::isnan(x) || std::isnan(low) || std::isnan(high)) return std::nan("");
       return std::fmin(std::fmax(x, low), high);
     }),
     .samples = {{reals({2, 6}).distinct(), reals({6}, -1, 0).distinct(),
                  reals({2, 1}, 0.5, 1).distinct()},
                 {reals({2, 6}, -3, -1), reals({6}, 0.5, 2), reals({2, 1}, -0.5, 0.4)},
                 {reals({2, 6}, 3, 4), reals({6}, 0.5, 2), reals({2, 1}, -0.5, 0.4)}},
     .errors = {{{reals({2}), reals({3}), reals({2})},
                 "clamp: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .kink_at_equal = true});

const Register here({
    {.name = "logaddexp",
     .function = [](const Tensors& in) { return logaddexp(in[0], in[1]); },
     .reference = each([](double a, double b) {
       if (a == b) return a + std::log(2.0);
       return (a < b ? b : a) + std::log1p(std::exp(-std::fabs(a - b)));
     }),
     .samples = {{positive({2, 3}), positive({2, 3})},
                 {reals({9}, -900, 900), reals({})},
                 {reals({3}, {1, -2, 1000}).fixed(), reals({3}, {1, -2, 1000}).fixed()}},
     .errors = {{[] { return logaddexp(ones({2}), ones({3})); },
                 "logaddexp: (2,) and (3,) do not broadcast: sizes 2 and 3 differ"}},
     .elementwise = true},
});

}  // namespace
