#!/usr/bin/env python3
"""Writes figures.txt: quantiles and probabilities of SciPy's distributions, and derivatives of gamma
quantiles by mpmath.

    pip install scipy==1.17.1 mpmath==1.3.0
    tests/ops/samplers/figures.py > tests/ops/samplers/figures.txt

Lines are
    quantiles NAME COUNT parameters... 19 quantiles of 5, 10, ..., 95 %
    shares NAME COUNT parameters... probabilities of 0, 1, 2, ...
    gamma_slope a log(x) (dF/da)/f (d2F/da2)/f      f the density in log(x)
"""
import numpy as np
from mpmath import diff, exp, gammainc, inf, log, loggamma, mp, mpf
from scipy import stats

mp.dps = 40
P = np.arange(1, 20) / 20


def line(kind, name, parameters, values):
    print(kind, name, len(parameters), *map(float, parameters), *(repr(float(v)) for v in values))


def quantiles(name, parameters, distribution):
    line("quantiles", name, parameters, distribution.ppf(P))


for rate in (0.2, 3):
    quantiles("exponential", (rate,), stats.expon(scale=1 / rate))
for p in ((0, 1), (-3, 0.2)):
    quantiles("laplace", p, stats.laplace(*p))
    quantiles("gumbel", p, stats.gumbel_r(*p))
    quantiles("cauchy", p, stats.cauchy(*p))
for m, s, a, b in ((0, 1, -1, 2), (1, 2, 0, np.inf), (0, 1, 8, 9), (0, 1, 30, 40), (0, 1, 50, 60), (3, 0.5, -np.inf, 0)):
    quantiles("truncated_normal", (m, s, a, b), stats.truncnorm((a - m) / s, (b - m) / s, m, s))
for a in (0.01, 0.3, 0.999, 1, 2.5, 40, 1e4):
    quantiles("log_standard_gamma", (a,), stats.loggamma(a))
for a, r in ((0.5, 2), (1, 1), (7, 0.1)):
    quantiles("gamma", (a, r), stats.gamma(a, scale=1 / r))
for a, b in ((0.5, 0.5), (0.3, 2), (1, 1), (2, 5), (300, 700)):
    quantiles("beta", (a, b), stats.beta(a, b))
for p in ((1, 0, 1), (3, 1, 2), (30, 0, 1)):
    quantiles("student_t", p, stats.t(*p))
for rate in (0, 0.3, 4, 9.9, 10, 25.5, 300):
    line("shares", "poisson", (rate,), stats.poisson(rate).pmf(np.arange(int(rate + 6 * rate**0.5 + 8))))
for n, p in ((0, 0.5), (1, 0.3), (10, 0), (10, 1), (10, 0.5), (100, 0.05), (100, 0.9), (40, 0.5), (1000, 0.3)):
    line("shares", "binomial", (n, p), stats.binom(n, p).pmf(np.arange(n + 1)))

for a in ("0.01", "0.3", "0.99", "1", "2.5", "30", "1000"):
    for x in ("1e-30", "0.001", "0.3", "0.7", "1.5", "4", "29", "35", "900", "1050"):
        a, x = mpf(a), mpf(x)
        share = gammainc(a, 0, x, regularized=True)
        if share < 1e-25 or gammainc(a, x, inf, regularized=True) < 1e-25:
            continue
        density = exp(a * log(x) - x - loggamma(a))
        slopes = (diff(lambda c: gammainc(c, 0, x, regularized=True), a, n, h=mpf(10) ** (-14 + 2 * n)) / density for n in (1, 2))
        print("gamma_slope", float(a), repr(float(log(x))), *(repr(float(s)) for s in slopes))
