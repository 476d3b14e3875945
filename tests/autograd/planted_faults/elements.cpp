// Faults in the factor of an element: its value, or the elements that it is right for.

#include <cmath>

#include "autograd/planted_faults/faults.hpp"

namespace {

using namespace planted;

// dy * y, times a factor that is not 1 where `where_wrong` holds.
Tensor exp_rule(const Grad& g, const Tensor& where_wrong, bool wrong) {
  return g.dy * g.out() * where(where_wrong, wrong ? 1.01 : 1.0, 1.0);
}
Tensor numbered(const Shape& shape) { return reshape(arange(shape.numel(), float64), shape); }

const Register family({
    // Everywhere.
    {"the wrong sign",
     unary(std::sin, [](const Grad& g, bool w) { return g.dy * (w ? -1 : 1) * cos(g.in(0)); }),
     one({2, 3})},
    {"a missing factor",
     unary([](double x) { return x * x; },
           [](const Grad& g, bool w) { return g.dy * ((w ? 1 : 2) * g.in(0)); }),
     one({2, 3})},
    {"a factor that integer division made 0",
     unary([](double x) { return 0.5 * x * x; },
           [](const Grad& g, bool w) { return g.dy * ((w ? 1 / 2 : 1) * g.in(0)); }),
     one({3})},
    {"a constant rounded to float32",
     unary([](double x) { return x * x * x / 10; },
           [](const Grad& g, bool w) {
             return g.dy * ((w ? 0.10005f : 0.1) * 3 * square(g.in(0)));
           }),
     one({3})},
    {"off by one part in 100,000",
     unary(std::exp, [](const Grad& g, bool w) { return g.dy * ((w ? 1.00001 : 1) * g.out()); }),
     one({5})},
    {"off by 0.000001 where the gradient is small",
     unary([](double x) { return 1e-3 * x; },
           [](const Grad& g, bool w) { return g.dy * (w ? 1.001e-3 : 1e-3); }),
     one({3})},
    {"a term left out",
     unary([](double x) { return x * x + std::sin(x); },
           [](const Grad& g, bool w) { return g.dy * (2 * g.in(0) + (w ? 0 : 1) * cos(g.in(0))); }),
     one({4})},
    {"a term too many",
     unary(std::exp, [](const Grad& g, bool w) { return g.dy * (g.out() + (w ? 1e-3 : 0)); }),
     one({4})},
    {"the chain forgotten",
     unary(std::exp, [](const Grad& g, bool w) { return w ? g.out() + 0 * g.dy : g.dy * g.out(); }),
     one({2, 3})},
    {"dy twice",
     unary(std::exp,
           [](const Grad& g, bool w) { return g.dy * (w ? g.dy : ones({}, float64)) * g.out(); }),
     one({4}), "not linear in the gradient that it is given"},
    {"the size of dy without its sign",
     unary(std::exp, [](const Grad& g, bool w) { return (w ? abs(g.dy) : g.dy) * g.out(); }),
     one({4}), "not linear in the gradient that it is given"},
    {"right for one weight only: dy is averaged",
     unary(std::exp, [](const Grad& g, bool w) { return (w ? mean(g.dy) : g.dy) * g.out(); }),
     one({4})},
    {"a gradient that is clipped",
     unary(std::exp,
           [](const Grad& g, bool w) { return clamp(g.dy * g.out(), w ? -3 : -1e9, w ? 3 : 1e9); }),
     [] { return Tensors{uniform({3}, 1.5, 2, float64)}; }},
    {"an exponent too high",
     unary([](double x) { return x * x * x; },
           [](const Grad& g, bool w) { return g.dy * (3 * pow(g.in(0), w ? 3 : 2)); }),
     one({4})},
    {"the output in the place of the input",
     unary(std::sin, [](const Grad& g, bool w) { return g.dy * cos(w ? g.out() : g.in(0)); }),
     one({4})},
    {"another function's derivative",
     unary(std::tanh,
           [](const Grad& g, bool w) {
             return g.dy * (w ? g.out() * (1 - g.out()) : 1 - square(g.out()));
           }),
     one({4})},
    {"a square left out",
     unary(std::tanh,
           [](const Grad& g, bool w) { return g.dy * (1 - (w ? abs(g.out()) : square(g.out()))); }),
     one({4}, 0.2, 2)},
    {"degrees for radians",
     unary([](double x) { return std::sin(x * M_PI / 180); },
           [](const Grad& g, bool w) {
             return g.dy * cos(g.in(0) * (M_PI / 180)) * (w ? 1 : M_PI / 180);
           }),
     one({4}, -90, 90)},

    // For some elements.
    {"one element of many",
     unary(std::exp,
           [](const Grad& g, bool w) { return exp_rule(g, eq(numbered(g.shape(0)), 7), w); }),
     one({15})},
    {"the last element",
     unary(std::exp,
           [](const Grad& g, bool w) {
             return exp_rule(g, eq(numbered(g.shape(0)), double(g.shape(0).numel() - 1)), w);
           }),
     one({9})},
    {"what does not fill a register",
     unary(std::exp,
           [](const Grad& g, bool w) { return exp_rule(g, ge(numbered(g.shape(0)), 8), w); }),
     one({11})},
    {"the first row",
     unary(std::exp,
           [](const Grad& g, bool w) { return exp_rule(g, lt(numbered(g.shape(0)), 4), w); }),
     one({3, 4})},
    {"negative inputs",
     unary(std::exp, [](const Grad& g, bool w) { return exp_rule(g, lt(g.in(0), 0), w); }),
     one({12})},
    {"large inputs",
     unary(std::exp, [](const Grad& g, bool w) { return exp_rule(g, gt(g.in(0), 1), w); }),
     one({12})},
    {"one shape",
     unary(std::exp,
           [](const Grad& g, bool w) {
             return g.dy * g.out() * (w && g.shape(0) == Shape{3, 1} ? 1.01 : 1);
           }),
     one({3, 1})},
    {"a single element",
     unary(std::exp, [](const Grad& g,
                        bool w) { return g.dy * g.out() * (w && g.dy.numel() == 1 ? 1.01 : 1); }),
     one({})},
    {"the slope of the other branch",
     unary([](double x) { return x > 0 ? x : 0.1 * x; },
           [](const Grad& g, bool w) {
             return where(gt(g.in(0), 0), g.dy, (w ? 0.0 : 0.1) * g.dy);
           }),
     one({12})},
    {"a threshold at another place",
     unary([](double x) { return x > 0 ? x * x : 0; },
           [](const Grad& g, bool w) {
             return where(gt(g.in(0), w ? 1 : 0), 2 * g.in(0) * g.dy, 0.0);
           }),
     one({12})},
    {"a clamp that lets the gradient through",
     unary([](double x) { return x > 1 ? 1 : x; },
           [](const Grad& g, bool w) { return where(lt(g.in(0), w ? 9 : 1), g.dy, 0.0); }),
     one({12})},
    {"NaN in one element",
     unary(std::exp,
           [](const Grad& g, bool w) {
             return w ? g.dy * g.out() * sqrt(g.in(0)) / sqrt(g.in(0)) : g.dy * g.out();
           }),
     one({12}), "the gradient is not finite"},
});

}  // namespace
