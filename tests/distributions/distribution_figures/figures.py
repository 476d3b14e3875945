#!/usr/bin/env python3
"""Writes figures.txt: log densities, distribution functions, entropies, moments (SciPy) and divergences
(PyTorch).

    pip install mpmath==1.3.0 scipy==1.17.1 torch==2.13.0
    tests/distributions/distribution_figures/figures.py > tests/distributions/distribution_figures/figures.txt

A line is what it is of, the class, its number of parameters, these, and
    log_prob   x, its logarithm of density or probability
    cdf        x, the share of at most x
    entropy, mean, variance    that
    kl         the other's parameters, the divergence
"""
import mpmath as mp
import numpy as np
import torch
from scipy import integrate, stats
from torch import distributions as t

inf = np.inf


def line(kind, name, parameters, values):
    print(kind, name, len(parameters), *(repr(float(v)) for v in (*parameters, *values)))


def of(name, parameters, d, points, discrete=False, moments=True, entropy=True, cdf=True):
    for x in points:
        line("log_prob", name, parameters, (x, d.logpmf(x) if discrete else d.logpdf(x)))
        if cdf and not discrete:
            line("cdf", name, parameters, (x, d.cdf(x)))
    if entropy:
        line("entropy", name, parameters, (d.entropy(),))
    if moments:
        line("mean", name, parameters, (d.mean(),))
        line("variance", name, parameters, (d.var(),))


real = (-1e3, -30, -2.5, -0.1, 0, 0.7, 4, 60)
positive = (-1, 1e-8, 0.3, 1, 5.5, 300)
shares = (-0.1, 1e-6, 0.2, 0.75, 1 - 2**-20, 1.3)
counts = (-1, 0, 1, 2.5, 3, 10, 11)
for m, s in ((0, 1), (-2, 0.3), (1e3, 50)):
    of("Normal", (m, s), stats.norm(m, s), real)
    of("Laplace", (m, s), stats.laplace(m, s), real[1:])
    of("Gumbel", (m, s), stats.gumbel_r(m, s), (m - 3 * s, m, m + 0.3 * s, m + 30 * s))
    of("Cauchy", (m, s), stats.cauchy(m, s), real, moments=False)
for m, s in ((0, 1), (-2, 0.3)):
    of("LogNormal", (m, s), stats.lognorm(s, scale=np.exp(m)), positive)
for n, m, s in ((1, 0, 1), (2.5, 1, 2), (30, -1, 0.1), (1e7, 0, 1), (0.01, 0, 1)):
    of("StudentT", (n, m, s), stats.t(n, m, s), real, moments=n > 2, entropy=n > 0.1)
for a, b in ((0, 1), (-3, 2)):
    of("Uniform", (a, b), stats.uniform(a, b - a), (-4, -3, -1, 0, 0.3, 1, 2, 7))
for m, s, a, b in ((0, 1, -1, 2), (1, 2, 0, inf), (3, 0.5, -inf, 0), (0, 1, 5, 6)):
    d = stats.truncnorm((a - m) / s, (b - m) / s, m, s)
    of("TruncatedNormal", (m, s, a, b), d, (-2, -0.5, 0, 0.5, 1.5, 5.25, 9),
       entropy=np.isfinite(b - a))  # SciPy has infinity times 0
for r in (0.2, 3):
    of("Exponential", (r,), stats.expon(scale=1 / r), positive)
for a, r in ((0.01, 1), (0.5, 2), (1, 1), (7, 0.1), (1e4, 50)):
    of("Gamma", (a, r), stats.gamma(a, scale=1 / r), positive)
for a, b in ((0.01, 0.02), (0.5, 0.5), (1, 1), (2, 5), (300, 700)):
    of("Beta", (a, b), stats.beta(a, b), shares)
for p in (0, 0.3, 1):
    of("Bernoulli", (p,), stats.bernoulli(p), counts, True)
for n, p in ((10, 0.3), (1, 0.5), (4, 0), (4, 1), (1000, 0.01)):
    of("Binomial", (n, p), stats.binom(n, p), counts, True, entropy=False)
for p in (0.1, 0.7):
    of("Geometric", (p,), stats.geom(p, loc=-1), counts, True)
for r in (0.2, 3, 200):
    of("Poisson", (r,), stats.poisson(r), counts, True, entropy=False)
of("Poisson", (0,), stats.poisson(0), counts, True, entropy=False, moments=False)


# SciPy's own sums stop at 1e-10, and its logarithms of probabilities lose more.
def entropy(name, parameters, d, log_probability):
    reach = 20 * d.std() + 60
    total = mp.mpf(0)
    for k in range(max(0, int(d.mean() - reach)), int(d.mean() + reach)):
        log_p = log_probability(k)
        if log_p is not None:
            total -= mp.exp(log_p) * log_p
    line("entropy", name, parameters, (total,))


def of_binomial(n, p):
    p = mp.mpf(p)
    return lambda k: (mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1) + k * mp.log(p)
                      + (n - k) * mp.log1p(-p)) if k <= n else None


def of_poisson(r):
    r = mp.mpf(r)
    return lambda k: k * mp.log(r) - r - mp.loggamma(k + 1)


for n, p in ((10, 0.3), (1, 0.5), (1000, 0.01), (100000, 0.4)):
    entropy("Binomial", (n, p), stats.binom(n, p), of_binomial(n, p))
for r in (1e-6, 0.2, 3, 200, 999.5, 1000.5, 1e4):
    entropy("Poisson", (r,), stats.poisson(r), of_poisson(r))
for name, parameters in (("Binomial", (4, 0)), ("Binomial", (4, 1)), ("Poisson", (0,))):
    line("entropy", name, parameters, (0,))


def kl(name, make, p, q):
    value = t.kl_divergence(make(*map(lambda v: torch.tensor(float(v), dtype=torch.float64), p)),
                            make(*map(lambda v: torch.tensor(float(v), dtype=torch.float64), q)))
    line("kl", name, p, (*q, value))


for p, q in (((0, 1), (1, 3)), ((2, 0.1), (2, 0.1)), ((-1, 5), (4, 0.5))):
    for name, make in (("Normal", t.Normal), ("LogNormal", t.LogNormal), ("Laplace", t.Laplace),
                       ("Gumbel", t.Gumbel), ("Cauchy", t.Cauchy)):
        kl(name, make, p, q)
for p, q in (((0.5, 2), (3, 1)), ((10, 1), (9, 2)), ((1, 1), (1, 1))):
    kl("Gamma", t.Gamma, p, q)
    kl("Beta", t.Beta, p, q)
kl("Uniform", t.Uniform, (0, 1), (-1, 3))
kl("Uniform", t.Uniform, (0, 1), (0.5, 3))
kl("Exponential", t.Exponential, (2,), (0.5,))
kl("Poisson", t.Poisson, (2,), (0.5,))
for p, q in ((0.2, 0.7), (0.5, 0.5), (0.01, 0.9)):
    kl("Bernoulli", t.Bernoulli, (p,), (q,))
    kl("Geometric", t.Geometric, (p,), (q,))
kl("Bernoulli", t.Bernoulli, (0,), (0.7,))
kl("Bernoulli", t.Bernoulli, (1,), (0.7,))
# PyTorch has no truncated normal distribution: by quadrature.
for m, s, a, b, n, u, c, d in ((0, 1, -1, 2, 0.5, 2, -3, 3), (1, 0.5, 0, 4, 2, 1, 0, inf), (0, 1, 3, 4, 0, 1, -1, 5),
                               (0, 1, -1, 1, 0, 1, -0.5, 1)):
    p = stats.truncnorm((a - m) / s, (b - m) / s, m, s)
    q = stats.truncnorm((c - n) / u, (d - n) / u, n, u)
    value = integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), a, b, epsabs=1e-13)[0] \
        if c <= a and b <= d else inf
    line("kl", "TruncatedNormal", (m, s, a, b), (n, u, c, d, value))
kl("Binomial", t.Binomial, (10, 0.2), (10, 0.7))
