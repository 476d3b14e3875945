#include <cinta/ops/arithmetic.hpp>
#include <cinta/ops/dropout.hpp>
#include <cinta/ops/kernels/random.hpp>
#include <cinta/ops/random.hpp>

#include "op_table.hpp"

namespace {

using namespace op_table;

constexpr double p = 0.4;

// The word that decides about an element, drawn as random.hpp says.
std::uint32_t word_of(std::int64_t i, const kernels::RandomKey& key) {
  return kernels::random_block(key, std::uint64_t(i / 64 * 16 + i % 16))[std::size_t(i % 64 / 16)];
}

const Register here({
    // The same call of the generator each time, or no two runs would agree.
    {.name = "dropout",
     .function =
         [](const Tensors& in) {
           manual_seed(7);
           return dropout(in[0], p, true);
         },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64, [&](std::int64_t i) {
             return word_of(i, {7, 0}) < p * 0x1p32 ? 0 : at(in[0], i) / (1 - p);
           });
         },
     .samples = {{reals({3, 4})}, {reals({})}, {reals({0, 2})}, {reals({70})}},
     .errors = {{[] { return dropout(ones({2}), 1, true); },
                 "dropout: p must lie in [0, 1), got 1.000000"},
                {[] { return dropout(ones({2}), -0.5, false); },
                 "dropout: p must lie in [0, 1), got -0.500000"},
                {{integers({2}, 0, 1)}, "dropout: needs a floating dtype, got int64"},
                {[] { return dropout(Tensor(), p, true); },
                 "dropout: input 0 is an undefined tensor"}},
     .propagates_nan = false},  // a dropped NaN is gone
    {.name = "dropout in evaluation",
     .function = [](const Tensors& in) { return dropout(in[0], p, false) + 0; },
     .reference = each([](double x) { return x; }),
     .samples = {{reals({3, 4})}}},
});

}  // namespace
