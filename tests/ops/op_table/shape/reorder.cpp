#include <cinta/ops/shape/reorder.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

const Register here({
    {.name = "flip",
     .function = [](const Tensors& in) { return flip(in[0]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].numel();
           return build(in[0].shape(), in[0].dtype(),
                        [&](std::int64_t i) { return at(in[0], n - 1 - i); });
         },
     .samples = {{reals({2, 3})}, {reals({})}, {reals({0, 2})}, {reals({1, 5, 1})}, {flags({3})}}},
    {.name = "flip, one axis",
     .function = [](const Tensors& in) { return flip(in[0], -2); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], in[0].shape(), [&](Coordinates i) {
             i[0] = in[0].size(0) - 1 - i[0];
             return i;
           });
         },
     .samples = {{reals({3, 2})}, {integers({3, 2}, -9, 9)}},
     .errors = {{{reals({2})}, "flip: axis -2 is out of range for (2,), which has 1 axes"},
                {[] {
                   return flip(ones({2, 2}), {0, -2});
                 },
                 "flip: axis -2 is named twice in (0, -2)"}}},
    {.name = "rot90",
     .function = [](const Tensors& in) { return rot90(in[0]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t columns = in[0].size(1);
           return moved(in[0], {columns, in[0].size(0), in[0].size(2)}, [=](const Coordinates& i) {
             return Coordinates{i[1], columns - 1 - i[0], i[2]};
           });
         },
     .samples = {{reals({2, 3, 2})}, {reals({0, 3, 1})}, {flags({2, 3, 1})}},
     .errors = {{{reals({2})}, "rot90: axis 1 is out of range for (2,), which has 1 axes"},
                {[] {
                   return rot90(ones({2, 2}), 1, 0, -2);
                 },
                 "rot90: axis -2 is named twice in (0, -2)"}},
     .refuses_undefined = false},
    {.name = "rot90, the other way",
     .function = [](const Tensors& in) { return rot90(in[0], -5, 1, 0); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t columns = in[0].size(1);
           return moved(in[0], {columns, in[0].size(0)}, [=](const Coordinates& i) {
             return Coordinates{i[1], columns - 1 - i[0]};
           });
         },
     .samples = {{reals({2, 3})}}},
    {.name = "rot90, half a turn",
     .function = [](const Tensors& in) { return rot90(in[0], 2); },
     .reference =
         [](const Tensors& in) {
           return moved(in[0], in[0].shape(), [&](const Coordinates& i) {
             return Coordinates{in[0].size(0) - 1 - i[0], in[0].size(1) - 1 - i[1]};
           });
         },
     .samples = {{reals({2, 3})}}},
    {.name = "rot90, a whole turn",
     .function = [](const Tensors& in) { return rot90(in[0], -4); },
     .reference = [](const Tensors& in) { return same_order(in[0].shape())(in); },
     .samples = {{reals({2, 3})}}},
    {.name = "roll",
     .function =
         [](const Tensors& in) {
           return roll(in[0], {1, -1}, {0, -1});
         },
     .reference =
         [](const Tensors& in) {
           const std::int64_t rows = in[0].size(0), columns = in[0].size(1);
           return moved(in[0], in[0].shape(), [=](const Coordinates& i) {
             return Coordinates{(i[0] + rows - 1) % rows, (i[1] + 1) % columns};
           });
         },
     .samples = {{reals({3, 4})},
                 {reals({1, 2})},
                 {reals({0, 2})},
                 {reals({2, 0})},
                 {integers({3, 2}, -9, 9)},
                 {flags({2, 3})}},
     .errors = {{[] {
                   return roll(ones({2, 2}), {1}, {0, 1});
                 },
                 "roll: shifts (1,) and axes (0, 1) differ in length"},
                {[] {
                   return roll(ones({2, 2}), {1, 1}, {0, -2});
                 },
                 "roll: axis -2 is named twice in (0, -2)"},
                {[] { return roll(ones({2}), 1, 1); },
                 "roll: axis 1 is out of range for (2,), which has 1 axes"}}},
    {.name = "roll, further than the axis",
     .function = [](const Tensors& in) { return roll(in[0], -7, 0); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].size(0);
           return moved(in[0], in[0].shape(),
                        [=](const Coordinates& i) { return Coordinates{(i[0] + 7) % n}; });
         },
     .samples = {{reals({5})}, {reals({7})}, {reals({1})}}},
    {.name = "roll, all elements",
     .function = [](const Tensors& in) { return roll(in[0], 2); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[0].numel();
           return build(in[0].shape(), in[0].dtype(),
                        [&](std::int64_t i) { return at(in[0], (i + 2 * n - 2) % n); });
         },
     .samples = {{reals({2, 3})}, {reals({})}, {reals({0, 2})}}},
    {.name = "swapaxes",
     .function = [](const Tensors& in) { return swapaxes(in[0], 0, -1); },
     .reference =
         [](const Tensors& in) {
           const Shape& s = in[0].shape();
           return moved(in[0], {s[2], s[1], s[0]}, [](const Coordinates& i) {
             return Coordinates{i[2], i[1], i[0]};
           });
         },
     .samples = {{reals({2, 3, 4})}, {reals({2, 0, 1})}},
     .errors = {{[] { return swapaxes(ones({}), 0, 1); },
                 "swapaxes: axis 1 is out of range for (), which has 0 axes"}}},
    {.name = "swapaxes, of a number",
     .function = [](const Tensors& in) { return swapaxes(in[0], 0, -1); },
     .reference = same_order({}),
     .samples = {{reals({})}}},
    {.name = "transpose, of a number",
     .function = [](const Tensors& in) { return transpose(in[0], 0, 0); },
     .reference = same_order({}),
     .samples = {{reals({})}},
     .errors = {{[] { return transpose(ones({})); },
                 "transpose: axis -2 is out of range for (), which has 0 axes"}}},
    {.name = "movedim, of a number",
     .function = [](const Tensors& in) { return movedim(in[0], 0, -1); },
     .reference = same_order({}),
     .samples = {{reals({})}},
     .errors = {{[] { return movedim(ones({}), 0, 1); },
                 "movedim: axis 1 is out of range for (), which has 0 axes"}}},
    {.name = "flatten, of a number",
     .function = [](const Tensors& in) { return flatten(in[0], -1, 0); },
     .reference = same_order({1}),
     .samples = {{reals({})}},
     .errors = {{[] { return flatten(ones({}), 1); },
                 "flatten: axis 1 is out of range for (), which has 0 axes"}}},
    {.name = "unfold, of a number",
     .function = [](const Tensors& in) { return unfold(in[0], Axis(0), 1, 2); },
     .reference = same_order({1}),
     .samples = {{reals({})}},
     .errors = {{[] { return unfold(ones({}), Axis(-1), 2, 1); },
                 "unfold: axis 0 of () is shorter than a window of 2"}}},
    {.name = "movedim",
     .function =
         [](const Tensors& in) {
           return movedim(in[0], {0, 1}, {-1, 0});
         },
     .reference =
         [](const Tensors& in) {
           const Shape& s = in[0].shape();
           return moved(in[0], {s[1], s[2], s[3], s[0]}, [](const Coordinates& i) {
             return Coordinates{i[3], i[0], i[1], i[2]};
           });
         },
     .samples = {{reals({2, 3, 4, 1})}, {reals({2, 0, 1, 2})}, {integers({2, 3, 2, 2}, -9, 9)}},
     .errors = {{{reals({2})}, "movedim: axis 1 is out of range for (2,), which has 1 axes"},
                {[] {
                   return movedim(ones({2, 3}), {0, 1}, {0});
                 },
                 "movedim: axes (0, 1) and places (0,) differ in length"},
                {[] {
                   return movedim(ones({2, 3}), {0, -2}, {0, 1});
                 },
                 "movedim: axis -2 is named twice in (0, -2)"},
                {[] {
                   return movedim(ones({2, 3}), {0, 1}, {1, -1});
                 },
                 "movedim: axis -1 is named twice in (1, -1)"}}},
    {.name = "movedim, one axis",
     .function = [](const Tensors& in) { return movedim(in[0], -1, 0); },
     .reference =
         [](const Tensors& in) {
           const Shape& s = in[0].shape();
           return moved(in[0], {s[2], s[0], s[1]}, [](const Coordinates& i) {
             return Coordinates{i[1], i[2], i[0]};
           });
         },
     .samples = {{reals({2, 3, 4})}}},
});

}  // namespace
