#include <cinta/ops/shape/repeat.hpp>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

// Copies beside one another; the axes of x are the last ones of the result.
check::Function tiled(const Shape& shape) {
  return [shape](const Tensors& in) {
    const int added = shape.rank() - in[0].rank();
    return moved(in[0], shape, [&](const Coordinates& i) {
      Coordinates source;
      for (int k = 0; k < in[0].rank(); ++k)
        source.push_back(i[std::size_t(k + added)] % in[0].size(k));
      return source;
    });
  };
}

constexpr std::int64_t huge = std::int64_t{1} << 62;

const Register here({
    {.name = "expand",
     .function =
         [](const Tensors& in) {
           return expand(in[0], {2, -1, 3});
         },
     .reference =
         [](const Tensors& in) {
           const Shape to{2, in[0].size(-2), 3};
           return build(to, in[0].dtype(),
                        [&](std::int64_t i) { return at(in[0], source_of(i, to, in[0].shape())); });
         },
     .samples = {{reals({4, 1})}, {reals({1, 2, 3})}, {reals({0, 3})}, {flags({2, 1})}},
     .errors = {{{reals({3})}, "expand: -1 at 1 of (2, -1, 3) stands for no axis of (3,)"},
                {{reals({2, 2})}, "expand: (2, 2) does not broadcast to (2, -1, 3)"},
                {[] {
                   return expand(ones({}), {1, -2, 2});
                 },
                 "expand: negative size in (1, -2, 2); only -1 stands for one"}}},
    {.name = "repeat",
     .function =
         [](const Tensors& in) {
           return repeat(in[0], {2, 1, 3});
         },
     .reference =
         [](const Tensors& in) {
           return tiled({2, in[0].size(0), 3 * in[0].size(1)})(in);
         },
     .samples = {{reals({2, 3})}, {reals({0, 3})}, {reals({1, 1})}, {integers({2, 2}, -9, 9)}},
     .errors = {{{reals({1, 2, 3, 4})},
                 "repeat: counts (2, 1, 3) for the 4 axes of (1, 2, 3, 4); tile() takes fewer"},
                {[] { return repeat(ones({2}), {-1}); }, "repeat: negative count in (-1,)"},
                {[] { return repeat(ones({4}), {huge}); },
                 "repeat: (4,) by (4611686018427387904,) has more elements than 64 bits can "
                 "count"}}},
    {.name = "repeat, no copies",
     .function =
         [](const Tensors& in) {
           return repeat(in[0], {0, 2});
         },
     .reference =
         [](const Tensors& in) {
           return tiled({0, 2 * in[0].size(0)})(in);
         },
     .samples = {{reals({2})}},
     .propagates_nan = false},
    {.name = "tile",
     .function = [](const Tensors& in) { return tile(in[0], {2}); },
     .reference =
         [](const Tensors& in) {
           Shape shape = in[0].rank() ? in[0].shape() : Shape{1};
           shape[shape.rank() - 1] *= 2;
           return tiled(shape)(in);
         },
     .samples = {{reals({2, 3})}, {reals({3})}, {reals({})}, {reals({2, 0})}},
     .errors = {{[] {
                   return tile(ones({2}), {1, -2});
                 },
                 "tile: negative count in (1, -2)"}}},
    {.name = "repeat_interleave",
     .function = [](const Tensors& in) { return repeat_interleave(in[0], 3, 1); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], {in[0].size(0), 3 * in[0].size(1), in[0].size(2)},
                        [](Coordinates i) {
                          i[1] /= 3;
                          return i;
                        });
         },
     .samples = {{reals({2, 3, 2})}, {reals({2, 0, 2})}, {flags({1, 2, 2})}},
     .errors = {{{reals({2})},
                 "repeat_interleave: axis 1 is out of range for (2,), which has 1 axes"},
                {[] { return repeat_interleave(ones({2}), -1, 0); },
                 "repeat_interleave: the count must not be negative, got -1"},
                {[] { return repeat_interleave(ones({4}), huge, 0); },
                 "repeat_interleave: more elements than 64 bits can count"}}},
    {.name = "repeat_interleave, a count for each",
     .function = [](const Tensors& in) { return repeat_interleave(in[0], in[1], -1); },
     .reference =
         [](const Tensors& in) {
           std::vector<std::int64_t> places;
           for (std::int64_t i = 0; i < in[1].numel(); ++i)
             for (int k = 0; k < at(in[1], i); ++k) places.push_back(i);
           return moved(in[0], {in[0].size(0), std::int64_t(places.size())}, [&](Coordinates i) {
             i[1] = places[std::size_t(i[1])];
             return i;
           });
         },
     .samples = {{reals({2, 3}), integers({3}, {2, 0, 1})}, {reals({2, 0}), integers({0}, 0, 1)}},
     .errors = {{{reals({2, 3}), integers({2}, 0, 1)},
                 "repeat_interleave: counts (2,) for axis 1 of (2, 3)"},
                {{reals({2, 3}), integers({3}, {1, -1, 2})},
                 "repeat_interleave: a count must not be negative, got -1"},
                {{reals({2, 3}), reals({3})},
                 "repeat_interleave: counts must be int64, they are float64"}},
     .propagates_nan = false},
    {.name = "repeat_interleave, a count for all",
     .function = [](const Tensors& in) { return repeat_interleave(in[0], in[1], 0); },
     .reference =
         [](const Tensors& in) {
           const auto count = std::int64_t(at(in[1], 0));
           return moved(in[0], {count * in[0].size(0)},
                        [&](const Coordinates& i) { return Coordinates{i[0] / count}; });
         },
     .samples = {{reals({3}), integers({}, 2, 2)},
                 {reals({3}), integers({1}, 2, 2)},
                 {reals({0}), integers({}, 2, 2)}}},
});

}  // namespace
