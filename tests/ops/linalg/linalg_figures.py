#!/usr/bin/env python3
"""Prints the figures of linalg_test.cpp, "known figures", in its order. Needs numpy, scipy and mpmath."""

import mpmath
import numpy as np
import scipy.linalg

a = np.array([[4, 1, -2], [1, 3, 0.5], [-2, 0.5, 6]])
b = np.array([1.0, 2, 3])
tall = np.array([[1.0, 2], [3, 4], [5, 7]])

mpmath.mp.dps = 30
exponential = mpmath.expm(mpmath.matrix(a.tolist()) / 2)

figures = {
    "cholesky": np.linalg.cholesky(a),
    "inv": np.linalg.inv(a),
    "det": np.linalg.det(a),
    "slogdet": np.linalg.slogdet(a)[1],
    "solve": np.linalg.solve(a, b),
    "eigvalsh": np.linalg.eigvalsh(a),
    "svdvals, the first two rows": np.linalg.svd(a[:2], compute_uv=False),
    "qr, r": np.linalg.qr(a)[1],
    "pinv, the first two rows": np.linalg.pinv(a[:2]),
    "lstsq, the first two columns": np.linalg.lstsq(a[:, :2], b, rcond=None)[0],
    "matrix_exp of a half, by mpmath": np.array([float(v) for v in exponential]),
    "matrix_power of -3, times 100": 100 * np.linalg.matrix_power(a, -3),
    "cond": np.linalg.cond(a),
    "nuclear norm": np.linalg.norm(a, "nuc"),
    "spectral norm": np.linalg.norm(a, 2),
    "lu of a tall matrix, u": scipy.linalg.lu(tall)[2],
    "lu of a tall matrix, l": scipy.linalg.lu(tall)[1],
    "solve_triangular, upper, transposed": scipy.linalg.solve_triangular(a, b, trans="T"),
}
for name, value in figures.items():
    print(name + ":", ", ".join(repr(float(v)) for v in np.ravel(value)))
