#pragma once
// What the families of planted faults are made of: operations that can be had right or wrong.

#include <cinta/cinta.hpp>
#include <functional>

namespace planted {

using namespace cinta;

using Faulty = std::function<Tensor(const Tensors&, bool wrong)>;
using Rule = Tensor (*)(const Grad&, bool wrong);
using Draw = std::function<Tensors()>;

/// One kind of fault. `check` gives the report of the operation, wrong or not, on inputs that are
/// drawn anew at each call.
struct Fault {
  Fault(const char* what, const Faulty& function, const Draw& inputs,
        const char* text = "wrong gradient")
      : name(what),
        check([=](bool wrong, const GradientCheckOptions& options) {
          return check_gradients([&](const Tensors& in) { return function(in, wrong); }, inputs(),
                                 options);
        }),
        found(text) {}
  Fault(const char* what, std::function<GradientReport(bool, const GradientCheckOptions&)> checked,
        const char* text)
      : name(what), check(std::move(checked)), found(text) {}

  const char* name;
  std::function<GradientReport(bool wrong, const GradientCheckOptions&)> check;
  const char* found;  ///< part of the report
};

/// All faults of all families.
inline std::vector<Fault>& faults() {
  static std::vector<Fault> all;
  return all;
}

/// Adds a family: one object per file.
struct Register {
  Register(std::initializer_list<Fault> family) {
    faults().insert(faults().end(), family.begin(), family.end());
  }
};

// ---- Inputs ----

inline Draw one(const Shape& shape, double low = -2, double high = 2) {
  return [=] { return Tensors{uniform(shape, low, high, float64)}; };
}
inline Draw two(const Shape& shape, double low = -2, double high = 2) {
  return [=] {
    return Tensors{uniform(shape, low, high, float64), uniform(shape, low, high, float64)};
  };
}
inline Draw both(const Shape& a, const Shape& b) {
  return [=] { return Tensors{uniform(a, -2, 2, float64), uniform(b, -2, 2, float64)}; };
}

// ---- Operations ----

/// Records an operation whose forward is made of other ones.
template <class F, class... R>
Tensor composed(const char* name, const Inputs& inputs, const Spec& spec, F f, R... rules) {
  return apply(
      {name}, inputs, spec, [f](const Inputs& in, const Tensor& y) { copy_(y, f(in)); }, rules...);
}

/// y = f(x, ...) for each element; inputs have the shape of y or one element.
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

inline Faulty unary(double (*f)(double), Rule rule) {
  return [=](const Tensors& in, bool wrong) {
    return elementwise("planted", {in[0]}, f, [=](const Grad& g) { return rule(g, wrong); });
  };
}

inline Faulty binary(double (*f)(double, double), Rule a, Rule b) {
  return [=](const Tensors& in, bool wrong) {
    return elementwise(
        "planted", {in[0], in[1]}, f, [=](const Grad& g) { return a(g, wrong); },
        [=](const Grad& g) { return b(g, wrong); });
  };
}

/// The identity on x, whose backward passes dy through `rule`.
template <class R>
Tensor with_gradient(const Tensor& x, R rule) {
  return composed(
      "planted", {x}, x.spec(), [](const Inputs& in) { return in[0]; }, rule);
}

inline double product(double a, double b) { return a * b; }
inline double quotient(double a, double b) { return a / b; }

}  // namespace planted
