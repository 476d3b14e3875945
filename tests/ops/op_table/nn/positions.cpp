#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/nn/sequence/positions.hpp>
#include <cmath>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

check::Function turned(RotaryOptions o) {
  return [o](const Tensors& in) {
    const std::int64_t width = in[0].size(-1), length = in[0].size(-2), half = width / 2;
    return build(in[0].shape(), float64, [&](std::int64_t flat) {
      const std::int64_t column = flat % width, row = flat / width % length;
      const std::int64_t pair = o.interleaved ? column / 2 : column % half;
      const bool second = o.interleaved ? column % 2 == 1 : column >= half;
      const double angle =
          double(row + o.offset) / std::pow(o.base, 2 * double(pair) / double(width));
      const std::int64_t partner = flat + (second ? -1 : 1) * (o.interleaved ? 1 : half);
      return at(in[0], flat) * std::cos(angle) +
             (second ? 1 : -1) * at(in[0], partner) * std::sin(angle);
    });
  };
}

const Register here({
    {.name = "rotary_positions",
     .function = [](const Tensors& in) { return rotary_positions(in[0]); },
     .reference = turned({}),
     .samples = {{reals({3, 4})},
                 {reals({2, 5, 2})},
                 {reals({1, 2, 3, 6})},
                 {reals({0, 4})},
                 {reals({2, 0})},
                 {reals({9, 38})}},
     .errors = {{{reals({3, 3})}, "rotary_positions: needs (..., L, D) with an even D, got (3, 3)"},
                {{reals({4})}, "rotary_positions: needs (..., L, D) with an even D, got (4,)"},
                {{integers({2, 2}, 0, 1)}, "rotary_positions: needs a floating dtype, got int64"},
                {[] {
                   return rotary_positions(ones({2, 2}), {.base = 0});
                 },
                 "rotary_positions: base must be positive, got 0"},
                {[] { return rotary_positions(Tensor()); },
                 "rotary_positions: input 0 is an undefined tensor"}}},
    {.name = "rotary_positions of neighbours, later",
     .function =
         [](const Tensors& in) {
           return rotary_positions(in[0], {.base = 100, .offset = 7, .interleaved = true});
         },
     .reference = turned({.base = 100, .offset = 7, .interleaved = true}),
     .samples = {{reals({3, 4})}, {reals({2, 5, 6})}}},
    {.name = "sinusoidal_positions",
     .function =
         [](const Tensors& in) {
           return in[0] + sinusoidal_positions(in[0].size(0), in[0].size(1), in[0].dtype());
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t width = in[0].size(1);
           return build(in[0].shape(), float64, [&](std::int64_t flat) {
             const std::int64_t i = flat % width;
             const double angle =
                 double(flat / width) / std::pow(10000, double(i / 2 * 2) / double(width));
             return at(in[0], flat) + (i % 2 ? std::cos(angle) : std::sin(angle));
           });
         },
     .samples = {{reals({3, 4})}, {reals({5, 3})}, {reals({0, 2})}, {reals({2, 0})}},
     .errors = {{[] { return sinusoidal_positions(-1, 2); },
                 "sinusoidal_positions: negative size in length -1, width 2"},
                {[] { return sinusoidal_positions(2, 2, int64); },
                 "sinusoidal_positions: needs a floating dtype, got int64"}},
     .refuses_undefined = false},  // the row asks for sizes
});

}  // namespace
