// The elementwise functions, a row each: from it come the loops of every instruction set, the
// instructions of `map`, the function of elements, the operation on tensors and its rule.
//
//   FUNCTION1(name, dtypes, value, slope)             of tensors and of elements, by its name
//   FUNCTION2(name, dtypes, value, slope_a, slope_b)
//   OPERATOR1, OPERATOR2, OPERATOR3                   the same without functions of that name
//   FUSED(name, arity, value)                         what bytecode has instead of several others
//
// `dtypes` is numeric (int64 too) or floating. `value` is one expression of the operands, x or a, b,
// c, in the functions of simd/math.hpp and function_values.hpp; V is the type of the operands: a
// number, or a SIMD batch of them. `slope` is written in the language of `map`: what the operand gets
// of the gradient g of the value y, linear in g. What it reads is what the operation saves.
//
// Who includes this defines CINTA_FUNCTION1, _FUNCTION2 and what else it wants; OPERATORs are then
// FUNCTIONs, unless they are defined too, and FUSED is nothing.

#ifndef CINTA_OPERATOR1
#define CINTA_OPERATOR1 CINTA_FUNCTION1
#define CINTA_OPERATOR2 CINTA_FUNCTION2
#define CINTA_OPERATOR3 CINTA_FUNCTION3
#endif
#ifndef CINTA_FUSED
#define CINTA_FUSED(...)
#endif

// clang-format off
CINTA_OPERATOR1(copy, numeric, x, g)
CINTA_OPERATOR1(neg, numeric, -x, -g)
CINTA_OPERATOR2(add, numeric, a + b, g, g)
CINTA_OPERATOR2(sub, numeric, a - b, g, -g)
CINTA_OPERATOR2(mul, numeric, a * b, g * b, g * a)
CINTA_OPERATOR2(div, floating, a / b, g / b, -(g * y / b))
// 0^b has slope 0 also where formulas say 0 * infinity: in a at b = 0, in b above 0.
CINTA_OPERATOR2(pow, numeric, kernels::pow(a, b),
    where(always(b, 0) || (a == 0 && b == 0), 0, g * (b * pow(a, b - 1))),
    where(a == 0 && b >= 0, 0, g * (y * log(a))))

// Kinks: the slope is 0 there, and the gradient of equals is shared. What is NaN has the gradient.
CINTA_FUNCTION1(abs, numeric, abs(x), g * sign(x))
CINTA_FUNCTION1(sign, numeric, sign(x), 0)
CINTA_FUNCTION1(relu, numeric, select(x <= V(0), V(0), x), where(y <= 0, 0, g))
CINTA_FUNCTION2(maximum, numeric, select(a > b, a, select(a == a, b, a)),
    where(a >= b || a != a, where(a == b, 0.5 * g, g), 0),
    where(b >= a || b != b, where(a == b, 0.5 * g, g), 0))
CINTA_FUNCTION2(minimum, numeric, select(a < b, a, select(a == a, b, a)),
    where(a <= b || a != a, where(a == b, 0.5 * g, g), 0),
    where(b <= a || b != b, where(a == b, 0.5 * g, g), 0))
// a limited to [b, c]
CINTA_OPERATOR3(clamp, floating, select(a < b, b, select(a > c, c, a)),
    where(a < b || a > c, 0, g), 0, 0)

// Conditions are 1 and 0.
CINTA_OPERATOR2(eq, numeric, truth<V>(a == b), 0, 0)
CINTA_OPERATOR2(ne, numeric, select(a == b, V(0), V(1)), 0, 0)  // xsimd's != is wrong for NaN with AVX-512
CINTA_OPERATOR2(lt, numeric, truth<V>(a < b), 0, 0)
CINTA_OPERATOR2(le, numeric, truth<V>(a <= b), 0, 0)
CINTA_OPERATOR3(where, numeric, select(a == V(0), c, b), 0,
    where(Condition(a), g, 0), where(Condition(a), 0, g))

CINTA_FUNCTION1(square, numeric, x * x, g * (2 * x))
CINTA_FUNCTION1(sqrt, floating, sqrt(x), g / (2 * y))
CINTA_FUNCTION1(exp, floating, exp(x), g * y)
CINTA_FUNCTION1(exp2, floating, exp2(x), g * (0.69314718055994530942 * y))  // ln(2)
CINTA_FUNCTION1(expm1, floating, expm1(x), g * exp(x))
CINTA_FUNCTION1(log, floating, log(x), g / x)
CINTA_FUNCTION1(log2, floating, log2(x), g * 1.44269504088896340736 / x)  // 1 / ln(2)
CINTA_FUNCTION1(log1p, floating, log1p(x), g / (1 + x))
CINTA_FUNCTION1(sin, floating, sin(x), g * cos(x))
CINTA_FUNCTION1(cos, floating, cos(x), -(g * sin(x)))
CINTA_FUNCTION1(tanh, floating, tanh(x), g * (1 - square(y)))
CINTA_FUNCTION1(sigmoid, floating, sigmoid(x), g * (y * (1 - y)))
CINTA_FUNCTION1(softplus, floating, softplus(x), g * sigmoid(x))
CINTA_FUNCTION1(erf, floating, erf(x), g * (1.12837916709551257390 * exp(-square(x))))  // 2 / sqrt(pi)
// x times the share of a normal distribution that lies below x; 0 far below, not -infinity times 0.
CINTA_FUNCTION1(gelu, floating, gelu(x),
    g * (0.5 + 0.5 * erf(0.70710678118654752440 * x) +
         0.39894228040143267794 * clamp(x, -40, 40) * exp(-0.5 * square(x))))

// a, the gradient b times a slope: 0 where b is 0 and the slope infinite or NaN, since what does not
// matter has no gradient, whatever it computes.
CINTA_OPERATOR2(settled, floating, settled(a, b), where(b == 0 && a != a, 0, g), 0)

// log(1 + exp(a)) - b * a, where b is 0 or 1 exact for large a too, and its slope sigmoid(a) - b.
CINTA_OPERATOR2(logistic_loss, floating, logistic_loss(a, b),
    g * Expression::emit(Function::logistic_slope, a, b), -(g * a))
CINTA_OPERATOR2(logistic_slope, floating, logistic_slope(a, b), g * (sigmoid(a) * sigmoid(-a)), -g)

CINTA_FUSED(tanh_slope, 2, a * (V(1) - b * b))
CINTA_FUSED(sigmoid_slope, 2, a * (b * (V(1) - b)))
CINTA_FUSED(mul_settled, 2, settled(a * b, a))
CINTA_FUSED(div_settled, 2, settled(a / b, a))
CINTA_FUSED(tanh_slope_settled, 2, settled(a * (V(1) - b * b), a))
CINTA_FUSED(sigmoid_slope_settled, 2, settled(a * (b * (V(1) - b)), a))
CINTA_FUSED(relu_slope, 2, select(b <= V(0), V(0), a))
CINTA_FUSED(mul_mul, 3, a * b * c)
CINTA_FUSED(mul_add, 3, fma(a, b, c))
CINTA_FUSED(mul_sub, 3, fnma(a, b, c))  // c - a * b
// clang-format on

#undef CINTA_FUNCTION1
#undef CINTA_FUNCTION2
#undef CINTA_FUNCTION3
#undef CINTA_OPERATOR1
#undef CINTA_OPERATOR2
#undef CINTA_OPERATOR3
#undef CINTA_FUSED
