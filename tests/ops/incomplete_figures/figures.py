#!/usr/bin/env python3
"""Writes figures.txt: the incomplete gamma and beta functions, Student's distribution, and their derivatives in
the parameters, to 20 digits.

    pip install mpmath==1.3.0
    tests/ops/incomplete_figures/figures.py > tests/ops/incomplete_figures/figures.txt

Lines, where _a is the derivative in a:
    gammainc a x    P Q P_a P_aa
    betainc a b x   I I_a I_b I_aa I_ab I_bb
    stdtr n t       F F_n F_nn
Series of positive terms, in a precision that differences for derivatives leave enough of.
"""
import mpmath as mp

mp.mp.dps = 120
step = mp.mpf(10) ** -30


def lower(a, x):
    term = total = mp.mpf(1)
    n = a
    while term > total * mp.mpf(10) ** (1 - mp.mp.dps):
        n += 1
        term *= x / n
        total += term
    return mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * total


def beta_below(a, b, x):
    term = total = mp.mpf(1)
    n = 0
    while term > total * mp.mpf(10) ** (1 - mp.mp.dps):
        term *= (a + b + n) * x / (a + 1 + n)
        n += 1
        total += term
    log_beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    return mp.exp(a * mp.log(x) + b * mp.log1p(-x) - mp.log(a) - log_beta) * total


def share(a, b, x, y):
    return beta_below(a, b, x) if x < y else 1 - beta_below(b, a, y)


def student(n, t):
    x = n / (n + t * t)
    tail = share(n / 2, mp.mpf(1) / 2, x, 1 - x) / 2
    return tail if t < 0 else 1 - tail


def first(f, x):
    h = step * x
    return (f(x + h) - f(x - h)) / (2 * h)


def second(f, x):
    h = step * x
    return (f(x + h) - 2 * f(x) + f(x - h)) / (h * h)


def both(f, x, y):
    h, k = step * x, step * y
    return (f(x + h, y + k) - f(x + h, y - k) - f(x - h, y + k) + f(x - h, y - k)) / (4 * h * k)


def line(name, arguments, values):
    print(name, *(repr(float(v)) for v in arguments), *(mp.nstr(v, 20) for v in values))


for a in (1e-10, 1e-3, 0.05, 0.3, 0.5, 1, 1.5, 2.5, 7, 9.99, 10, 33, 150, 199, 201, 500, 3e3, 1e5):
    near = {a * f for f in (0.01, 0.3, 0.71, 0.9, 0.99, 1, 1.01, 1.1, 1.29, 1.4, 3)} if a > 0.01 else set()
    for x in sorted(near | ({1e-30, 1e-3, 0.2, 0.49, 0.51, 1, 1.09, 1.2, 4, 30} if a < 50 else set())):
        p, q = mp.mpf(a), mp.mpf(x)
        if a * x > 0 and a > 1000 and not 0.9 <= x / a <= 1.1:
            continue
        below = lower(p, q)
        if not 1e-280 < below < 1 - 1e-40:
            continue
        f = lambda v: lower(v, q)
        line("gammainc", (a, x), (below, 1 - below, first(f, p), second(f, p)))

mp.mp.dps = 90
step = mp.mpf(10) ** -22
for a in (1e-8, 0.02, 0.5, 1, 3.5, 9, 11, 60, 400, 5e3):
    for b in (1e-8, 0.02, 0.5, 1, 3.5, 9, 11, 60, 400, 5e3):
        mean, width = a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b)
        places = {1e-20, 0.01, 0.3, 0.5, 0.8, 0.99, 1 - 2.0**-30, mean, mean - 3 * width, mean + 3 * width}
        for x in sorted(places):
            if not 0 < x < 1:
                continue
            p, q, r = mp.mpf(a), mp.mpf(b), mp.mpf(x)
            value = share(p, q, r, 1 - r)
            # What is 1 less a series has no digits left where it is tiny, and neither have its derivatives.
            if not (1e-280 if x < 0.5 else 1e-15) < value < 1 - 1e-15:
                continue
            line("betainc", (a, b, x),
                 (value, first(lambda v: share(v, q, r, 1 - r), p), first(lambda v: share(p, v, r, 1 - r), q),
                  second(lambda v: share(v, q, r, 1 - r), p), both(lambda v, w: share(v, w, r, 1 - r), p, q),
                  second(lambda v: share(p, v, r, 1 - r), q)))

for n in (0.01, 0.5, 1, 2, 3.7, 19, 21, 150, 1e4):
    for t in (-1e20, -300, -20, -4, -1, -0.1, -1e-9, 1e-9, 0.5, 2, 9):
        p, q = mp.mpf(n), mp.mpf(t)
        value = student(p, q)
        if value < 1e-25:
            continue
        line("stdtr", (n, t), (value, first(lambda v: student(v, q), p), second(lambda v: student(v, q), p)))
