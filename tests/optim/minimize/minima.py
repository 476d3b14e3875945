#!/usr/bin/env python3
"""Writes minima.txt: the minima of standard problems, and how SciPy finds them.

    pip install numpy==2.4.6 scipy==1.17.1 torch==2.13.0
    tests/optim/minimize/minima.py > tests/optim/minimize/minima.txt

A line is: minimizer, problem, runs of the function by SciPy's counterpart, its value, the value at the
minimum, the minimum. Tolerances are those of tests/optim/minimize/minima.cpp, which solves the same. The
minimum itself is computed here by Newton's method from SciPy's, or is known; that of the lasso by
coordinate descent. Problems are numbered in J. More, B. Garbow, K. Hillstrom, ACM TOMS 7, 1981.
"""
import warnings

import numpy as np
import torch
from scipy import optimize

warnings.simplefilter("ignore")
torch.set_default_dtype(torch.float64)
cat = torch.cat


def numbers(start, *shape):
    """Numbers that are the same in C++: sin(start + i^2)."""
    return torch.sin(start + torch.arange(float(np.prod(shape))) ** 2).reshape(shape)


def squares(residuals):
    return lambda x: (residuals(x) ** 2).sum()


def stack(*values):
    return torch.stack(list(values))


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def rosenbrock_residuals(x):
    return stack(10 * (x[1] - x[0] ** 2), 1 - x[0])


def beale(x):
    return stack(1.5 - x[0] * (1 - x[1]), 2.25 - x[0] * (1 - x[1] ** 2), 2.625 - x[0] * (1 - x[1] ** 3))


def powell(x):
    return stack(x[0] + 10 * x[1], 5**0.5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, 10**0.5 * (x[0] - x[3]) ** 2)


def wood(x):
    return stack(10 * (x[1] - x[0] ** 2), 1 - x[0], 90**0.5 * (x[3] - x[2] ** 2), 1 - x[2],
                 10**0.5 * (x[1] + x[3] - 2), (x[1] - x[3]) / 10**0.5)


def brown(x):
    return stack(x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2)


def freudenstein(x):
    return stack(-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1])


def broyden(x):
    zero = torch.zeros(1)
    return (3 - 2 * x) * x - cat([zero, x[:-1]]) - 2 * cat([x[1:], zero]) + 1


def logistic(w):
    x = numbers(7.0, 60, 5)
    y = torch.where(x @ torch.tensor([2.0, -1.0, 0.0, 1.0, 0.5]) + numbers(8.0, 60) > 0, 1.0, -1.0)
    return torch.log1p(torch.exp(-y * (x @ w))).mean() + 0.005 * (w**2).sum()


def exponential(p):
    t = torch.arange(30.0) / 10
    y = 2.5 * torch.exp(-1.3 * t) + 0.5 + 0.05 * numbers(3.0, 30)
    return p[0] * torch.exp(p[1] * t) + p[2] - y


def bounded_quadratic(x):
    n = len(x)
    scales = 10 ** (3 * torch.arange(float(n)) / (n - 1))
    return (scales * (x - numbers(1.0, n)) ** 2).sum() / 2 + x.sum() ** 2 / 4


STARTS = {
    "Rosenbrock": torch.tensor([-1.2, 1.0]),
    "Rosenbrock20": torch.tensor([-1.2, 1.0] * 10),
    "Beale": torch.tensor([1.0, 1.0]),
    "Powell": torch.tensor([3.0, -1.0, 0.0, 1.0]),
    "Wood": torch.tensor([-3.0, -1.0, -3.0, -1.0]),
    "Brown": torch.tensor([1.0, 1.0]),
    "Freudenstein": torch.tensor([0.5, -2.0]),
    "Broyden": -torch.ones(10),
    "Logistic": torch.zeros(5),
    "Exponential": torch.tensor([1.0, -1.0, 0.0]),
    "BoundedQuadratic": torch.zeros(20),
    "BoundedRosenbrock": torch.tensor([-1.2, 1.0] * 5),
}
RESIDUALS = {
    "Rosenbrock": rosenbrock_residuals, "Beale": beale, "Powell": powell, "Wood": wood, "Brown": brown,
    "Freudenstein": freudenstein, "Broyden": broyden, "Exponential": exponential,
}
VALUES = {name: squares(r) for name, r in RESIDUALS.items()} | {
    "Rosenbrock": rosenbrock, "Rosenbrock20": rosenbrock, "Logistic": logistic,
    "BoundedQuadratic": bounded_quadratic, "BoundedRosenbrock": rosenbrock,
}
KNOWN = {
    "Rosenbrock": torch.ones(2), "Rosenbrock20": torch.ones(20), "Beale": torch.tensor([3.0, 0.5]),
    "Powell": torch.zeros(4), "Wood": torch.ones(4), "Brown": torch.tensor([1e6, 2e-6]),
}
BOUNDS = {"BoundedQuadratic": (-0.1, 0.4), "BoundedRosenbrock": (-1.5, 0.8)}


def polished(name, x):
    """Newton's method on what is free."""
    if name in KNOWN:
        return KNOWN[name]
    x = torch.tensor(x)
    low, high = BOUNDS.get(name, (-np.inf, np.inf))
    free = (x > low) & (x < high)
    for _ in range(5):
        g = torch.func.grad(VALUES[name])(x)[free]
        h = torch.func.hessian(VALUES[name])(x)[free][:, free]
        x[free] -= torch.linalg.solve(h, g)
    assert torch.func.grad(VALUES[name])(x)[free].abs().max() < 1e-9
    return x


def show(method, name, evaluations, value, best, x):
    print(method, name, evaluations, repr(float(value)), repr(float(best)), *(repr(float(v)) for v in x))


def run(method, name):
    f = VALUES[name]
    gradient, product = torch.func.grad(f), lambda x, p: torch.func.jvp(torch.func.grad(f), (x,), (p,))[1]

    def value(x):
        return f(torch.tensor(x)).item()

    def slope(x):
        return gradient(torch.tensor(x)).numpy()

    def curvature(x, p):
        return product(torch.tensor(x), torch.tensor(p)).numpy()

    start, tolerance = STARTS[name].numpy().copy(), 1e-10 if name == "Logistic" else 1e-8
    if method in ("lbfgs", "lbfgsb"):
        bounds = [BOUNDS[name]] * len(start) if name in BOUNDS else None
        found = optimize.minimize(value, start, jac=slope, method="L-BFGS-B", bounds=bounds,
                                  options={"gtol": tolerance, "ftol": 0, "maxiter": 15000})
    elif method == "conjugate_gradient":
        found = optimize.minimize(value, start, jac=slope, method="CG", options={"gtol": tolerance, "maxiter": 15000})
    elif method == "newton_cg":
        found = optimize.minimize(value, start, jac=slope, hessp=curvature, method="trust-ncg",
                                  options={"gtol": tolerance, "maxiter": 15000})
    elif method == "least_squares":
        residuals, jacobian = RESIDUALS[name], torch.func.jacfwd(RESIDUALS[name])
        square = len(residuals(STARTS[name])) >= len(start)
        found = optimize.least_squares(lambda x: residuals(torch.tensor(x)).numpy(), start,
                                       jac=lambda x: jacobian(torch.tensor(x)).numpy(),
                                       method="lm" if square else "trf", x_scale="jac", ftol=1e-15, xtol=1e-12, gtol=1e-15)
        best = polished(name, found.x)
        return show(method, name, found.nfev, found.cost, f(best) / 2, best)
    best = polished(name, found.x)
    show(method, name, found.nfev, found.fun, f(best), best)


def lasso():
    """Cyclic coordinate descent on ||y - X w||^2 / (2 n) + l1 ||w||_1 until nothing moves."""
    x, l1 = numbers(7.0, 40, 8).numpy(), 0.05
    y = x @ np.array([1.5, 0, 0, -2, 0, 0, 0.5, 0]) + 0.3 * numbers(9.0, 40).numpy()
    w, n = np.zeros(8), len(y)
    for sweep in range(1, 100000):
        old = w.copy()
        for j in range(8):
            z = x[:, j] @ (y - x @ w + x[:, j] * w[j]) / n
            w[j] = np.sign(z) * max(abs(z) - l1, 0) / (x[:, j] @ x[:, j] / n)
        if abs(w - old).max() == 0:
            break
    value = ((x @ w - y) ** 2).sum() / (2 * n) + l1 * abs(w).sum()
    show("fista", "Lasso", sweep, value, value, w)


SMOOTH = ["Rosenbrock", "Rosenbrock20", "Beale", "Powell", "Wood", "Brown", "Freudenstein", "Broyden", "Logistic"]
for method in ("lbfgs", "lbfgsb", "conjugate_gradient", "newton_cg"):
    for name in SMOOTH:
        run(method, name)
for name in BOUNDS:
    run("lbfgsb", name)
for name in RESIDUALS:
    run("least_squares", name)
lasso()
