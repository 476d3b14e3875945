#pragma once
// What the oracle compares. Each file of cases prints, when it is asked to, a line of JSON for each
// of them: its kind, what it is in Python, the inputs, the result and its first and second
// gradients. To add some: a new file here with a `const oracle::Cases here([] { ... });`.

#include <cinta/cinta.hpp>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace oracle {

using namespace cinta;
using Values = std::vector<double>;
using Function = std::function<Tensor(const Tensors&)>;

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Cases that are printed with all others.
struct Cases {
  explicit Cases(void (*make)());
};

/// One case. `python` names the inputs x, y, z, w, in their order, and PyTorch (torch, F), NumPy
/// (np) or SciPy (scipy). Gradients are compared with PyTorch's, for which all floating inputs have
/// some.
void compare(const char* kind, const std::string& python, const Function& f, const Tensors& inputs);
inline void random(const std::string& python, const Function& f, const Tensors& inputs) {
  compare("random", python, f, inputs);
}
/// Random inputs, and the same with a first axis of size 0.
void random_and_empty(const std::string& python, const Function& f, const Tensors& inputs);

Tensor draw(const Shape& shape, double low = -2, double high = 2);
/// Positive definite.
Tensor definite(std::int64_t n);
Tensor integers(const std::vector<std::int64_t>& values, const Shape& shape);
Tensor flags(const std::vector<std::int64_t>& values, const Shape& shape);
/// Zeros of both signs, infinities, NaN, and what is near the ends of the range.
Tensor edges();
/// Rows with NaN, infinities and ties.
Tensor edge_rows();

/// Elementwise functions: on random numbers, on nothing, on the edges (all pairs of two).
template <class F>
void one(const char* python, F f, double low = -2, double high = 2) {
  const Function g = [f](const Tensors& in) { return f(in[0]); };
  random_and_empty(python, g, {draw({3, 4}, low, high)});
  compare("edge", python, g, {edges()});
}
template <class F>
void two(const char* python, F f, double low = -2, double high = 2) {
  const Function g = [f](const Tensors& in) { return f(in[0], in[1]); };
  random_and_empty(python, g, {draw({3, 4}, low, high), draw({3, 4}, low, high)});
  const Tensor x = edges();
  const std::int64_t n = x.numel();
  compare("edge", python, g,
          {clone(broadcast_to(unsqueeze(x, 1), {n, n})), clone(broadcast_to(x, {n, n}))});
}
/// Functions of whole rows.
template <class F>
void whole(const char* python, F f) {
  const Function g = [f](const Tensors& in) { return f(in[0]); };
  random_and_empty(python, g, {draw({3, 4})});
  compare("edge", python, g, {edge_rows()});
}
/// A function of one number over its range, for the libraries that are exact there: spread evenly
/// and by powers of ten.
template <class F>
void over_range(const char* python, F f, double low, double high) {
  Values values;
  for (int i = 0; i <= 200; ++i) values.push_back(low + (high - low) * i / 200);
  for (double x = 1e-300; x < 1e300; x *= 97)
    for (const double signed_x : {x, -x})
      if (signed_x >= low && signed_x <= high) values.push_back(signed_x);
  compare("range", python, [f](const Tensors& in) { return f(in[0]); },
          {from_data(values, {std::int64_t(values.size())})});
}

}  // namespace oracle

#define ONE(python, expression) oracle::one(python, [](const Tensor& x) { return expression; })
#define TWO(python, expression) \
  oracle::two(python, [](const Tensor& x, const Tensor& y) { return expression; })
#define WHOLE(python, expression) oracle::whole(python, [](const Tensor& x) { return expression; })
#define RANDOM(python, expression, ...) \
  oracle::random(                       \
      python, [](const Tensors& in) { return expression; }, __VA_ARGS__)
