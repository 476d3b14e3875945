"""The figures of gaussian_process_test.cpp, by NumPy and SciPy."""

import numpy as np
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

t = np.linspace(0, 1, 25)
y = np.sin(6 * t) + 0.1 * np.cos(40 * t)


def kernel(a, b, p):
    return np.exp(2 * p[0] - 0.5 * ((a[:, None] - b) / np.exp(p[1])) ** 2)


def loss(p):
    k = kernel(t, t, p) + np.exp(2 * p[2]) * np.eye(25)
    return -multivariate_normal(np.zeros(25), k).logpdf(y)


p = np.array([0.0, -1.0, -2.0])
for method in ["Nelder-Mead", "BFGS", "Nelder-Mead"]:
    p = minimize(loss, p, method=method, tol=1e-12, options={"maxiter": 10000}).x
k = kernel(t, t, p) + np.exp(2 * p[2]) * np.eye(25)
at = np.array([0.51, 1.2])
cross = kernel(at, t, p)
mean = cross @ np.linalg.solve(k, y)
variance = np.exp(2 * p[0]) - np.sum(cross * np.linalg.solve(k, cross.T).T, 1)
print(repr([-loss(p), *np.exp(p), mean[0], np.sqrt(variance[0]), mean[1], np.sqrt(variance[1])]))
