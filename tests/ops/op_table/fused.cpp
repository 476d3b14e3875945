#include <cinta/ops/elementwise/fused.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// Of one sign: where terms cancel, the rounding of each is large beside what is left.
check::Input positive(const Shape& shape) { return reals(shape, 0.5, 2); }

const std::vector<check::Sample> triples = {{positive({2, 3}), positive({2, 3}), positive({2, 3})},
                                            {positive({2, 3}), positive({3}), positive({})},
                                            {positive({2, 1}), positive({3}), positive({2, 3})}};

const Register here({
    {.name = "lerp",
     .function = [](const Tensors& in) { return lerp(in[0], in[1], in[2]); },
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
                 "one with to()"}},
     .elementwise = true},
    {.name = "addcmul",
     .function = [](const Tensors& in) { return addcmul(in[0], in[1], in[2], 0.7); },
     .reference = each([](double x, double a, double b) { return x + 0.7 * a * b; }),
     .samples = triples,
     .elementwise = true},
    {.name = "addcdiv",
     .function = [](const Tensors& in) { return addcdiv(in[0], in[1], in[2], 0.7); },
     .reference = each([](double x, double a, double b) { return x + 0.7 * a / b; }),
     .samples = triples,
     .elementwise = true},
    {.name = "logaddexp",
     .function = [](const Tensors& in) { return logaddexp(in[0], in[1]); },
     .reference = each([](double a, double b) {
       if (a == b) return a + std::log(2.0);
       return (a < b ? b : a) + std::log1p(std::exp(-std::fabs(a - b)));
     }),
     .samples = {{positive({2, 3}), positive({2, 3})},
                 {reals({9}, -900, 900), reals({})},
                 {reals({3}, {1, -2, 1000}).fixed(), reals({3}, {1, -2, 1000}).fixed()}},
     .elementwise = true},
});

}  // namespace
