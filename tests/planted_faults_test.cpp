// The checks are checked: gradients that are wrong on purpose, in every way that we could think
// of, must be found; the same operations without the fault must pass for any input.

#include <cinta/autograd/check_op.hpp>
#include <cinta/cinta.hpp>
#include <cmath>
#include <functional>

#include "catch_compat.hpp"

using namespace cinta;

namespace {

// ---- Operations that can be had right or wrong ----

using Faulty = std::function<Tensor(const Tensors&, bool wrong)>;
using Rule = Tensor (*)(const Grad&, bool wrong);

// y = f(x, ...) for each element; inputs have the shape of y or one element.
template <class F, class... R>
Tensor elementwise(const char* name, const Inputs& inputs, F f, R... rules) {
  return apply(
      {name}, inputs, inputs[0].spec(),
      [f](const Inputs& in, const Tensor& y) {
        const auto value = [&](int k, std::int64_t i) {
          return contiguous(in[k]).template data<double>()[in[k].numel() == 1 ? 0 : i];
        };
        for (std::int64_t i = 0; i < y.numel(); ++i) {
          if constexpr (sizeof...(R) == 1)
            y.data<double>()[i] = f(value(0, i));
          else
            y.data<double>()[i] = f(value(0, i), value(1, i));
        }
      },
      rules...);
}

Faulty unary(double (*f)(double), Rule rule) {
  return [=](const Tensors& in, bool wrong) {
    return elementwise("planted", {in[0]}, f, [=](const Grad& g) { return rule(g, wrong); });
  };
}

Faulty binary(double (*f)(double, double), Rule a, Rule b) {
  return [=](const Tensors& in, bool wrong) {
    return elementwise(
        "planted", {in[0], in[1]}, f, [=](const Grad& g) { return a(g, wrong); },
        [=](const Grad& g) { return b(g, wrong); });
  };
}

struct Matrix {
  Matrix(int rows, int columns) : rows(rows), columns(columns), a(std::size_t(rows * columns), 0) {}
  double& operator()(int i, int j) { return a[std::size_t(i * columns + j)]; }
  double operator()(int i, int j) const { return a[std::size_t(i * columns + j)]; }
  Matrix transposed() const {
    Matrix t(columns, rows);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) t(j, i) = (*this)(i, j);
    return t;
  }

  int rows, columns;
  std::vector<double> a;
};

// y = m x, whose backward multiplies by `back`, which should be m transposed. Gathers, windows,
// permutations and sums are all of this kind.
Tensor multiply(const Tensor& x, const Matrix& m, const Matrix& back) {
  return apply(
      {"planted", Save::nothing(), {}}, {x}, {{m.rows}, x.dtype()},
      [m](const Inputs& in, const Tensor& y) {
        const Tensor v = contiguous(in[0]);
        for (int i = 0; i < m.rows; ++i) {
          y.data<double>()[i] = 0;
          for (int j = 0; j < m.columns; ++j) y.data<double>()[i] += m(i, j) * v.data<double>()[j];
        }
      },
      [m, back](const Grad& g) { return multiply(g.dy, back, m); });
}

// Its input is squared first, so that a wrong second order would show too.
Faulty linear(const Matrix& m, const Matrix& wrong_back) {
  return [=](const Tensors& in, bool wrong) {
    return multiply(square(in[0]), m, wrong ? wrong_back : m.transposed());
  };
}

// Rows i of x at ids[i].
Matrix gather(const std::vector<int>& ids, int size) {
  Matrix m(int(ids.size()), size);
  for (std::size_t i = 0; i < ids.size(); ++i) m(int(i), ids[i]) = 1;
  return m;
}

Matrix scatter_without_adding(const std::vector<int>& ids, int size) {
  Matrix back = gather(ids, size).transposed();
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t later = i + 1; later < ids.size(); ++later)
      if (ids[later] == ids[i]) back(ids[i], int(i)) = 0;
  return back;
}

Matrix shifted(Matrix m) {
  std::rotate(m.a.begin(), m.a.begin() + m.columns, m.a.end());
  return m;
}

Matrix lower_triangle(int n) {
  Matrix m(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j) m(i, j) = 1;
  return m;
}

Matrix windows(int n, int width) {
  Matrix m(n - width + 1, n);
  for (int i = 0; i < m.rows; ++i)
    for (int j = 0; j < width; ++j) m(i, i + j) = 1.0 + j;
  return m;
}

Matrix without_last_window(Matrix back) {
  for (int i = 0; i < back.rows; ++i) back(i, back.columns - 1) = 0;
  return back;
}

Matrix average(int n, int divisor) {
  Matrix m(1, n);
  for (double& value : m.a) value = 1.0 / divisor;
  return m;
}

// Element k of the flattened transpose of a (rows, columns) matrix.
Matrix transposition(int rows, int columns) {
  std::vector<int> ids;
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < rows; ++i) ids.push_back(i * columns + j);
  return gather(ids, rows * columns);
}

// Softmax of a vector; the rule is missing the sum if `wrong`.
Tensor softmax_of(const Tensor& x, bool wrong) {
  return apply(
      {"planted", Save::output(), {}}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) {
        const Tensor v = contiguous(in[0]);
        double total = 0;
        for (std::int64_t i = 0; i < y.numel(); ++i) total += std::exp(v.data<double>()[i]);
        for (std::int64_t i = 0; i < y.numel(); ++i)
          y.data<double>()[i] = std::exp(v.data<double>()[i]) / total;
      },
      [wrong](const Grad& g) {
        const Tensor y = g.out();
        return wrong ? g.dy * y : y * (g.dy - sum(g.dy * y));
      });
}

// The largest element.
Tensor largest(const Tensor& x, bool wrong) {
  return apply(
      {"planted", Save::everything(), {}}, {x}, {{}, x.dtype()},
      [](const Inputs& in, const Tensor& y) {
        const std::vector<double> v = in[0].to_vector<double>();
        *y.data<double>() = *std::max_element(v.begin(), v.end());
      },
      [wrong](const Grad& g) {
        const Tensor hit = wrong ? ge(g.in(0), -100) : eq(g.in(0), g.out());
        return where(hit, g.dy, 0.0);
      });
}

// A rule that only a kernel knows: it is not recorded.
Tensor kernel_rule(const Grad& g) {
  const NoGrad no_grad;
  return g.dy * exp(g.in(0));
}

// exp, with noise in the value or in the gradient that differs from call to call.
Tensor noisy(const Tensor& x, double value_noise, double gradient_noise) {
  static int calls = 0;
  return elementwise(
      "planted", {x}, [value_noise](double v) { return std::exp(v) + value_noise * ++calls; },
      [gradient_noise](const Grad& g) { return g.dy * (g.out() + gradient_noise * ++calls); });
}

struct Fault {
  const char* name;
  Faulty function;
  std::function<Tensors()> inputs;
  const char* found = "wrong gradient";
};

std::function<Tensors()> one(Shape shape, double low = -2, double high = 2) {
  return [=] { return Tensors{uniform(shape, low, high, float64)}; };
}
std::function<Tensors()> two(Shape shape, double low = -2, double high = 2) {
  return [=] {
    return Tensors{uniform(shape, low, high, float64), uniform(shape, low, high, float64)};
  };
}

double product(double a, double b) { return a * b; }
double quotient(double a, double b) { return a / b; }

const Fault faults[] = {
    // One factor.
    {"the wrong sign",
     unary(std::sin, [](const Grad& g, bool w) { return g.dy * (w ? -1 : 1) * cos(g.in(0)); }),
     one({2, 3})},
    {"a missing factor", unary([](double x) { return x * x; },
                               [](const Grad& g, bool w) { return g.dy * ((w ? 1 : 2) * g.in(0)); }),
     one({2, 3})},
    {"off by one part in 100,000",
     unary(std::exp, [](const Grad& g, bool w) { return g.dy * ((w ? 1.00001 : 1) * g.out()); }),
     one({5})},
    {"off by 0.000001 where the gradient is small",
     unary([](double x) { return 1e-3 * x; },
           [](const Grad& g, bool w) { return g.dy * (w ? 1.001e-3 : 1e-3); }),
     one({3})},
    {"the chain forgotten",
     unary(std::exp, [](const Grad& g, bool w) { return w ? g.out() + 0 * g.dy : g.dy * g.out(); }),
     one({2, 3})},
    {"right for one weight only: dy is averaged",
     unary(std::exp, [](const Grad& g, bool w) { return (w ? mean(g.dy) : g.dy) * g.out(); }),
     one({4})},
    {"an exponent too high",
     unary([](double x) { return x * x * x; },
           [](const Grad& g, bool w) { return g.dy * (3 * pow(g.in(0), w ? 3 : 2)); }),
     one({4})},
    {"the output in the place of the input",
     unary(std::sin,
           [](const Grad& g, bool w) { return g.dy * cos(w ? g.out() : g.in(0)); }),
     one({4})},
    {"a squashed factor left out",
     unary(std::tanh,
           [](const Grad& g, bool w) { return g.dy * (1 - (w ? abs(g.out()) : square(g.out()))); }),
     one({4}, 0.2, 2)},

    // One element, one region.
    {"one element of many",
     unary(std::exp,
           [](const Grad& g, bool w) {
             const Tensor last = eq(arange(g.shape(0).numel(), float64), double(g.shape(0).numel() - 1));
             return g.dy * g.out() * where(last, w ? 1.01 : 1.0, 1.0);
           }),
     one({40})},
    {"the slope of the other branch",
     unary([](double x) { return x > 0 ? x : 0.1 * x; },
           [](const Grad& g, bool w) { return where(gt(g.in(0), 0), g.dy, (w ? 0.0 : 0.1) * g.dy); }),
     one({20})},
    {"a clamp that lets the gradient through",
     unary([](double x) { return x > 1 ? 1 : x; },
           [](const Grad& g, bool w) { return where(lt(g.in(0), w ? 9 : 1), g.dy, 0.0); }),
     one({20})},
    {"NaN in one element",
     unary(std::exp,
           [](const Grad& g, bool w) { return w ? g.dy * g.out() * sqrt(g.in(0)) / sqrt(g.in(0)) : g.dy * g.out(); }),
     one({20}), "the gradient is not finite"},

    // Two inputs.
    {"inputs exchanged",
     binary(
         product, [](const Grad& g, bool w) { return g.dy * g.in(w ? 0 : 1); },
         [](const Grad& g, bool w) { return g.dy * g.in(w ? 1 : 0); }),
     two({2, 3})},
    {"no gradient for the second input",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return (w ? 0 : 1) * (g.dy * g.in(0)); }),
     two({2, 3})},
    {"an undefined gradient",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return w ? Tensor() : g.dy * g.in(0); }),
     two({2, 3})},
    {"a square left out",
     binary(
         quotient, [](const Grad& g, bool) { return g.dy / g.in(1); },
         [](const Grad& g, bool w) { return -(g.dy * g.in(0)) / (w ? g.in(1) : square(g.in(1))); }),
     two({5}, 0.5, 2)},
    {"a broadcast input that gets a mean instead of a sum",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return w ? mean(g.dy * g.in(0)) : sum(g.dy * g.in(0)); }),
     [] { return Tensors{randn({5}, float64), randn({}, float64)}; }},
    {"a gradient of the wrong shape",
     binary(
         product, [](const Grad& g, bool) { return g.dy * g.in(1); },
         [](const Grad& g, bool w) { return w ? slice(g.dy, 0, 1) : g.dy * g.in(0); }),
     two({5}), "its backward rule returned a gradient of float64 (4,) for input 1 of float64 (5,)"},
    {"a gradient of the wrong dtype",
     unary(std::exp, [](const Grad& g, bool w) { return to(g.dy * g.out(), w ? float32 : float64); }),
     one({2, 3}), "its backward rule returned a gradient of float32 (2, 3)"},
    {"a rule that reads what was not saved",
     [](const Tensors& in, bool wrong) {
       return apply(
           {"planted", wrong ? Save::nothing() : Save::inputs(), {}}, {in[0]}, in[0].spec(),
           [](const Inputs& x, const Tensor& y) { copy_(y, square(x[0])); },
           [](const Grad& g) { return g.dy * (2 * g.in(0)); });
     },
     one({3}), "its backward rule reads input 0, which the operation does not save"},

    // Where elements go.
    {"repeated ids overwrite instead of adding",
     linear(gather({1, 3, 1, 0}, 4), scatter_without_adding({1, 3, 1, 0}, 4)), one({4})},
    {"rows shifted by one", linear(gather({1, 3, 0}, 4), shifted(gather({1, 3, 0}, 4).transposed())),
     one({4})},
    {"a running sum that runs the wrong way", linear(lower_triangle(4), lower_triangle(4)), one({4})},
    {"overlapping windows without the last",
     linear(windows(6, 3), without_last_window(windows(6, 3).transposed())), one({6})},
    {"a transposition that is not undone", linear(transposition(2, 3), transposition(2, 3)), one({6})},
    {"a mean over one element less", linear(average(5, 5), average(5, 4).transposed()), one({5})},
    {"the largest element's gradient for all",
     [](const Tensors& in, bool w) { return largest(square(in[0]), w); }, one({5})},
    {"softmax without the sum", [](const Tensors& in, bool w) { return softmax_of(in[0], w); },
     one({5})},

    // Graphs that are cut.
    {"one factor detached",
     [](const Tensors& in, bool w) { return in[0] * (w ? in[0].detach() : in[0]); }, one({3})},
    {"computed under NoGrad",
     [](const Tensors& in, bool w) {
       const GradModeGuard mode(!w);
       return exp(in[0]);
     },
     one({3}), "cut off from the inputs"},
    {"an intermediate rounded to float32",
     [](const Tensors& in, bool w) { return exp(to(to(in[0], w ? float32 : float64), float64)); },
     one({3}), "computes in float32"},

    // Right at first order, wrong at second.
    {"a saved output cut from the graph",
     unary(std::exp,
           [](const Grad& g, bool w) { return g.dy * (w ? g.out().detach() : g.out()); }),
     one({3}), "wrong second-order gradient"},
    {"a kernel as a rule",
     [](const Tensors& in, bool w) {
       if (!w) return exp(in[0]);
       return elementwise("planted", {in[0]}, [](double x) { return std::exp(x); }, kernel_rule);
     },
     one({3}), "with respect to the output's gradient"},
    {"dy cut from the graph",
     unary(std::exp, [](const Grad& g, bool w) { return (w ? g.dy.detach() : g.dy) * g.out(); }),
     one({3}), "with respect to the output's gradient"},
    {"the recorded branch of a rule differs",
     unary(std::exp,
           [](const Grad& g, bool w) { return g.dy * g.out() * (w && GradMode::enabled() ? 1.1 : 1); }),
     one({3}), "when its own graph is recorded"},
    {"a wrong rule inside a rule",
     [](const Tensors& in, bool w) {
       return elementwise(
           "planted", {in[0]}, [](double x) { return std::exp(2 * x); }, [w](const Grad& g) {
             // exp(2x), whose own rule leaves out the 2.
             return 2 * g.dy *
                    elementwise("inner", {g.in(0)}, [](double x) { return std::exp(2 * x); },
                                [w](const Grad& h) { return h.dy * ((w ? 1 : 2) * h.out()); });
           });
     },
     one({3}), "wrong second-order gradient"},

    // Side effects and chance.
    {"a value that depends on the call",
     [](const Tensors& in, bool w) { return noisy(in[0], w ? 1e-12 : 0, 0); }, one({3}),
     "different values for the same inputs"},
    {"a gradient that depends on the call",
     [](const Tensors& in, bool w) { return noisy(in[0], 0, w ? 1e-12 : 0); }, one({3}),
     "different gradients for the same inputs"},
    {"backward writes to the gradient that it is given",
     unary(std::exp,
           [](const Grad& g, bool w) {
             const Tensor dx = g.dy * g.out();
             if (w) g.dy.data<double>()[0] = 3;
             return dx;
           }),
     one({3}), "a backward rule wrote to the gradient that it was given"},
    {"backward writes to an input",
     unary([](double x) { return 2 * x; },
           [](const Grad& g, bool w) {
             if (w) g.in(0).data<double>()[0] = 3;
             return 2 * g.dy;
           }),
     one({3}), "wrote to input0"},
    {"forward writes to an input",
     [](const Tensors& in, bool w) {
       if (w) in[1].data<double>()[0] = 3;
       return exp(in[0]);
     },
     two({3}), "wrote to input1"},
};

}  // namespace

TEST_CASE("planted faults are found, and nothing where there is none") {
  for (const Fault& fault : faults) {
    DYNAMIC_SECTION(fault.name) {
      manual_seed(1);
      const GradientReport wrong = check_gradients(
          [&](const Tensors& in) { return fault.function(in, true); }, fault.inputs());
      INFO(wrong.str());
      CHECK_FALSE(wrong);
      CHECK_THAT(wrong.str(), ContainsSubstring(fault.found));
      for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        manual_seed(seed);
        const GradientReport right = check_gradients(
            [&](const Tensors& in) { return fault.function(in, false); }, fault.inputs());
        INFO(right.str());
        CHECK(right);
      }
    }
  }
  CHECK(std::size(faults) >= 25);
}
