#include <cinta/ops/nn/rrelu.hpp>
#include <cinta/ops/random/random.hpp>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

const Register here({
    {.name = "rrelu",
     .function = [](const Tensors& in) { return rrelu(in[0], 0.1, 0.5); },
     .reference = each([](double x) { return x > 0 ? x : 0.3 * x; }),
     .samples = {{reals({2, 3})}, {reals({})}, {reals({0})}},
     .errors = {{[] { return rrelu(ones({2}), 0.5, 0.1); },
                 "rrelu: needs finite slopes lower <= upper, got 0.5 and 0.1"},
                {{integers({2}, 0, 3)}, "rrelu: needs a floating dtype, got int64"}}},
    {.name = "rrelu in training",
     .function =
         [](const Tensors& in) {
           manual_seed(7);
           return rrelu(in[0], 0.1, 0.5, true);
         },
     .reference =
         [](const Tensors& in) {
           manual_seed(7);
           const Tensor slopes = uniform(in[0].shape(), 0.1, 0.5, float64);
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             return at(in[0], i) > 0 ? at(in[0], i) : at(slopes, i) * at(in[0], i);
           });
         },
     // Of more elements float32 draws others than float64, which the reference draws.
     .samples = {{reals({2, 3})}, {reals({14})}, {reals({0})}}},
});

}  // namespace
