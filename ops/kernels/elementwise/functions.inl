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
CINTA_FUNCTION2(maximum, numeric, larger(a, b),
    where(a >= b || a != a, where(alike(a, b), 0.5 * g, g), 0),
    where(b >= a || b != b, where(alike(a, b), 0.5 * g, g), 0))
CINTA_FUNCTION2(minimum, numeric, smaller(a, b),
    where(a <= b || a != a, where(alike(a, b), 0.5 * g, g), 0),
    where(b <= a || b != b, where(alike(a, b), 0.5 * g, g), 0))
// The same where NaN loses.
CINTA_FUNCTION2(fmax, numeric, select(a == a, select(a < b, b, a), b),
    where(a >= b || b != b, where(alike(a, b), 0.5 * g, g), 0),
    where(b >= a || a != a, where(alike(a, b), 0.5 * g, g), 0))
CINTA_FUNCTION2(fmin, numeric, select(a == a, select(a > b, b, a), b),
    where(a <= b || b != b, where(alike(a, b), 0.5 * g, g), 0),
    where(b <= a || a != a, where(alike(a, b), 0.5 * g, g), 0))
// a limited to [b, c], c where that is below b.
CINTA_OPERATOR3(clamp, numeric, smaller(larger(a, b), c),
    where(a == a && (a < b || a > c || b != b || c != c), 0, g),
    where(a == a && !(a >= b) && !(b > c) && c == c, g, 0),
    where(a == a && (c != c || (b == b && (a > c || b > c))), g, 0))

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
CINTA_FUNCTION1(log10, floating, log10(x), g * 0.43429448190325182765 / x)  // 1 / ln(10)
CINTA_FUNCTION1(rsqrt, floating, V(1) / sqrt(x), -(0.5 * g * y / x))
CINTA_FUNCTION1(reciprocal, floating, V(1) / x, -(g * square(y)))
CINTA_FUNCTION1(deg2rad, floating, x * V(0.01745329251994329577), g * 0.01745329251994329577)
CINTA_FUNCTION1(rad2deg, floating, x * V(57.2957795130823208768), g * 57.2957795130823208768)

CINTA_FUNCTION1(sin, floating, sin(x), g * cos(x))
CINTA_FUNCTION1(cos, floating, cos(x), -(g * sin(x)))
CINTA_FUNCTION1(tan, floating, tan(x), g * (1 + square(y)))
CINTA_FUNCTION1(asin, floating, asin(x), g / sqrt((1 - x) * (1 + x)))
CINTA_FUNCTION1(acos, floating, acos(x), -(g / sqrt((1 - x) * (1 + x))))
CINTA_FUNCTION1(atan, floating, atan(x), g / (1 + square(x)))
CINTA_FUNCTION1(sinh, floating, sinh(x), g * cosh(x))
CINTA_FUNCTION1(cosh, floating, cosh(x), g * sinh(x))
CINTA_FUNCTION1(asinh, floating, asinh(x), g / hypot(x, 1))
CINTA_FUNCTION1(acosh, floating, acosh(x), g / (sqrt(x - 1) * sqrt(x + 1)))
CINTA_FUNCTION1(atanh, floating, atanh(x), g / ((1 - x) * (1 + x)))
CINTA_FUNCTION2(atan2, floating, atan2(a, b),
    where(a == 0 && b == 0, 0, g * (b / hypot(a, b) / hypot(a, b))),
    where(a == 0 && b == 0, 0, -(g * (a / hypot(a, b) / hypot(a, b)))))
CINTA_FUNCTION2(hypot, floating, hypot(a, b),
    where(y == 0, 0, g * (a / y)), where(y == 0, 0, g * (b / y)))
CINTA_FUNCTION2(copysign, floating, copysign(a, b),
    where(a == 0, 0, g * (sign(a) * sign(y))), 0)

// Steps.
CINTA_FUNCTION1(floor, numeric, lanewise::floor(x), 0)
CINTA_FUNCTION1(ceil, numeric, lanewise::ceil(x), 0)
CINTA_FUNCTION1(round, numeric, lanewise::round(x), 0)
CINTA_FUNCTION1(trunc, numeric, lanewise::trunc(x), 0)
CINTA_FUNCTION1(frac, numeric, x - lanewise::trunc(x), g)
CINTA_OPERATOR2(floor_quotient, numeric, kernels::floor_quotient(a, b), 0, 0)
CINTA_OPERATOR2(trunc_quotient, numeric, kernels::trunc_quotient(a, b), 0, 0)
CINTA_FUNCTION2(fmod, numeric, kernels::fmod(a, b), g,
    -(g * (sign(a) * sign(b) * Expression::emit(Function::floor_quotient, abs(a), abs(b)))))
CINTA_FUNCTION2(remainder, numeric, kernels::remainder(a, b), g,
    -(g * Expression::emit(Function::floor_quotient, a, b)))
CINTA_FUNCTION1(tanh, floating, tanh(x), g * (1 - square(y)))
CINTA_FUNCTION1(sigmoid, floating, sigmoid(x), g * (y * (1 - y)))
CINTA_OPERATOR1(softplus, floating, softplus(x), g * sigmoid(x))
CINTA_FUNCTION1(erf, floating, erf(x), g * (1.12837916709551257390 * exp(-square(x))))  // 2 / sqrt(pi)
// Special functions.
CINTA_FUNCTION1(erfc, floating, erfc(x), -(g * (1.12837916709551257390 * exp(-square(x)))))
// Far out the slope is a difference of nearly equal numbers: its asymptotic series.
CINTA_FUNCTION1(erfcx, floating, erfcx(x), where(x > 25,
    g * -1.12837916709551257390 * (0.5 / square(x)) * (1 - (1.5 / square(x)) * (1 - (2.5 / square(x)) *
        (1 - (3.5 / square(x)) * (1 - (4.5 / square(x)) * (1 - 5.5 / square(x)))))),
    g * (2 * x * y - 1.12837916709551257390)))
CINTA_FUNCTION1(erfinv, floating, erfinv(x), g * (0.88622692545275801365 * exp(square(y))))
CINTA_FUNCTION1(ndtr, floating, ndtr(x), g * (0.39894228040143267794 * exp(-0.5 * square(x))))
CINTA_FUNCTION1(ndtri, floating, ndtri(x), g * (2.50662827463100050242 * exp(0.5 * square(y))))
// Two formulas of one slope, of which each is right where the other's parts are infinite or 0.
CINTA_FUNCTION1(log_ndtr, floating, log_ndtr(x), where(x > 0,
    g * 0.39894228040143267794 * exp(-0.5 * square(x)) / ndtr(x),
    g * 0.79788456080286535588 / erfcx(-0.70710678118654752440 * x)))
CINTA_FUNCTION1(logit, floating, logit(x), g / (x * (1 - x)))
CINTA_FUNCTION1(lgamma, floating, lgamma(x), g * digamma(x))
CINTA_FUNCTION1(digamma, floating, digamma(x), g * polygamma(1, x))
CINTA_FUNCTION2(polygamma, floating, kernels::polygamma(a, b), 0, g * polygamma(a + 1, b))
// Shares of the gamma, the beta and Student's distribution, and their slopes in the parameters, which
// have none themselves: NaN, not 0.
CINTA_FUNCTION2(gammainc, floating, lanewise::gammainc(a, b),
    g * Expression::emit(Function::gammainc_a, a, b), g * Expression::emit(Function::gamma_density, a, b))
CINTA_FUNCTION2(gammaincc, floating, lanewise::gammaincc(a, b),
    -(g * Expression::emit(Function::gammainc_a, a, b)), -(g * Expression::emit(Function::gamma_density, a, b)))
CINTA_OPERATOR2(gammainc_a, floating, lanewise::gammainc_a(a, b),
    g * Expression::emit(Function::gammainc_aa, a, b),
    g * times_or_0(Expression::emit(Function::gamma_density, a, b), log(b) - digamma(a)))
CINTA_OPERATOR2(gammainc_aa, floating, lanewise::gammainc_aa(a, b), unknown(g), unknown(g))
CINTA_OPERATOR2(gamma_density, floating, lanewise::gamma_density(a, b), g * times_or_0(y, log(b) - digamma(a)),
    where(b == 0 && a >= 1, g * (Expression::emit(Function::gamma_density, a - 1, b) - y), g * times_or_0(y, (a - 1) / b - 1)))
CINTA_OPERATOR3(betainc, floating, lanewise::betainc(a, b, c), g * Expression::emit(Function::betainc_a, a, b, c),
    g * Expression::emit(Function::betainc_b, a, b, c), g * Expression::emit(Function::beta_density, a, b, c))
CINTA_OPERATOR3(betainc_a, floating, lanewise::betainc_a(a, b, c), g * Expression::emit(Function::betainc_aa, a, b, c),
    g * Expression::emit(Function::betainc_ab, a, b, c),
    g * times_or_0(Expression::emit(Function::beta_density, a, b, c), log(c) - digamma(a) + digamma(a + b)))
CINTA_OPERATOR3(betainc_b, floating, lanewise::betainc_b(a, b, c), g * Expression::emit(Function::betainc_ab, a, b, c),
    g * Expression::emit(Function::betainc_bb, a, b, c),
    g * times_or_0(Expression::emit(Function::beta_density, a, b, c), log1p(-c) - digamma(b) + digamma(a + b)))
CINTA_OPERATOR3(betainc_aa, floating, lanewise::betainc_aa(a, b, c), unknown(g), unknown(g), unknown(g))
CINTA_OPERATOR3(betainc_ab, floating, lanewise::betainc_ab(a, b, c), unknown(g), unknown(g), unknown(g))
CINTA_OPERATOR3(betainc_bb, floating, lanewise::betainc_bb(a, b, c), unknown(g), unknown(g), unknown(g))
CINTA_OPERATOR3(beta_density, floating, lanewise::beta_density(a, b, c),
    g * times_or_0(y, log(c) - digamma(a) + digamma(a + b)), g * times_or_0(y, log1p(-c) - digamma(b) + digamma(a + b)),
    where(c == 0 && a >= 1, g * (a + b - 1) * (Expression::emit(Function::beta_density, a - 1, b, c) - where(a == 1, b - 1, 0)),
    where(c == 1 && b >= 1, g * (a + b - 1) * (where(b == 1, a - 1, 0) - Expression::emit(Function::beta_density, a, b - 1, c)),
        g * times_or_0(y, (a - 1) / c - (b - 1) / (1 - c)))))
CINTA_FUNCTION2(stdtr, floating, lanewise::stdtr(a, b),
    g * Expression::emit(Function::stdtr_n, a, b), g * Expression::emit(Function::stdtr_density, a, b))
CINTA_OPERATOR2(stdtr_n, floating, lanewise::stdtr_n(a, b), g * Expression::emit(Function::stdtr_nn, a, b),
    g * times_or_0(Expression::emit(Function::stdtr_density, a, b), student_rate(a, b)))
CINTA_OPERATOR2(stdtr_nn, floating, lanewise::stdtr_nn(a, b), unknown(g), unknown(g))
CINTA_OPERATOR2(stdtr_density, floating, lanewise::stdtr_density(a, b), g * times_or_0(y, student_rate(a, b)),
    -(g * (y * ((a + 1) / (a / b + b)))))
CINTA_FUNCTION1(i0, floating, i0(x), g * i1(x))
CINTA_FUNCTION1(i0e, floating, i0e(x), g * (i1e(x) - sign(x) * y))
// Near 0 the slope of i1 is its power series: derivatives of i1(x) / x would cancel.
CINTA_FUNCTION1(i1, floating, i1(x), where(abs(x) < 0.1,
    g * i1_slope_near_0(x), g * (i0(x) - y / x)))
CINTA_FUNCTION1(i1e, floating, i1e(x), where(abs(x) < 0.1,
    g * (exp(-abs(x)) * i1_slope_near_0(x) - sign(x) * y), g * (i0e(x) - y * (sign(x) + 1 / x))))
// Near 0 the slope is a difference of nearly equal numbers: its series in (pi x)^2.
CINTA_FUNCTION1(sinc, floating, sinc(x), where(abs(x) < 0.05,
    g * -3.28986813369645287295 * x * (1 - 0.98696044010893586188 * square(x) *
        (1 - 0.35248587146747709353 * square(x) * (1 - 0.18277045187202515961 * square(x)))),
    g * (cos(3.14159265358979323846 * (x - 2 * round(0.5 * x))) - y) / x))
CINTA_FUNCTION1(entr, floating, select(x > V(0), -x * log(x), select(x < V(0), log(V(0)), x)), -(g * (1 + log(x))))
CINTA_FUNCTION2(xlogy, floating, select(a == V(0), select(b == b, V(0), b), a * log(b)),
    g * log(b), where(a == 0 && b == 0, 0, g * (a / b)))
CINTA_FUNCTION2(xlog1py, floating, select(a == V(0), select(b == b, V(0), b), a * log1p(b)),
    g * log1p(b), where(a == 0 && b == -1, 0, g * (a / (1 + b))))
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

CINTA_FUSED(square_slope, 2, a * (b + b))
CINTA_FUSED(tanh_slope, 2, a * (V(1) - b * b))
CINTA_FUSED(sigmoid_slope, 2, a * (b * (V(1) - b)))
CINTA_FUSED(mul_settled, 2, settled(a * b, a))
CINTA_FUSED(div_settled, 2, settled(a / b, a))
CINTA_FUSED(square_slope_settled, 2, settled(a * (b + b), a))
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
