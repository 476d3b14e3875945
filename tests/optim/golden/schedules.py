#!/usr/bin/env python3
"""Writes schedules.txt: the learning rates of PyTorch's schedulers in 200 steps.

    pip install torch==2.13.0
    tests/optim/golden/schedules.py > tests/optim/golden/schedules.txt

A line is a name and the values at steps 0 to 20 and at every seventh step; schedules.cpp has the same
names.
"""
import warnings

import torch
from torch.optim import lr_scheduler as s

warnings.simplefilter("ignore")
torch.set_default_dtype(torch.float64)
STEPS = 200
FIGURES = [5, 4, 3, 3.5, 3.2, 2.9999, 2.99985, 3, 3, 2, 2, 2.5, 2, 2, 2, 2, 1.9, 2, 2, 2, 2, 2, 2, 2] + [1.5] * 30


def run(name, make, lr=0.5, option="lr", figures=None):
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr, momentum=0.9)
    scheduler = make(optimizer)
    values = []
    for step in range(len(figures) if figures else STEPS):
        values.append(optimizer.param_groups[0][option])
        optimizer.step()
        if figures:
            scheduler.step(figures[step])
        elif step < STEPS - 1:
            scheduler.step()
    shown = values if figures else [v for i, v in enumerate(values) if i <= 20 or i % 7 == 0]
    print(name, " ".join(repr(float(v)) for v in shown))


run("step", lambda o: s.StepLR(o, 30, 0.3))
run("multistep", lambda o: s.MultiStepLR(o, [5, 40, 41, 120], 0.5))
run("exponential", lambda o: s.ExponentialLR(o, 0.97))
run("constant", lambda o: s.ConstantLR(o, 0.25, 15))
run("polynomial", lambda o: s.PolynomialLR(o, 150, 2.5))
run("linear", lambda o: s.LinearLR(o, 0.1, 0.8, 60))
run("cosine", lambda o: s.CosineAnnealingLR(o, 199, 0.01))
run("cosine_restarts", lambda o: s.CosineAnnealingWarmRestarts(o, 30, 1, 0.01))
run("cosine_restarts_longer", lambda o: s.CosineAnnealingWarmRestarts(o, 10, 2, 0.01))
run("one_cycle", lambda o: s.OneCycleLR(o, 0.5, STEPS))
run("one_cycle_linear", lambda o: s.OneCycleLR(o, 0.5, STEPS, pct_start=0.25, anneal_strategy="linear", div_factor=10, final_div_factor=100))
run("one_cycle_three", lambda o: s.OneCycleLR(o, 0.5, STEPS, pct_start=0.4, three_phase=True))
run("one_cycle_momentum", lambda o: s.OneCycleLR(o, 0.5, STEPS), option="momentum")
run("cyclic", lambda o: s.CyclicLR(o, 0.5, 2.0, 20, 30, cycle_momentum=False))
run("cyclic_halved", lambda o: s.CyclicLR(o, 0.5, 2.0, 20, mode="triangular2", cycle_momentum=False))
run("cyclic_exponential", lambda o: s.CyclicLR(o, 0.5, 2.0, 10, 15, mode="exp_range", gamma=0.99, cycle_momentum=False))
run("lambda", lambda o: s.LambdaLR(o, lambda t: 1 / (1 + 0.1 * t)))
run("chain", lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 10), s.ExponentialLR(o, 0.95), s.StepLR(o, 50, 0.5)]))
run("sequential", lambda o: s.SequentialLR(o, [s.ConstantLR(o, 0.1, 50), s.LinearLR(o, 0.2, 1, 20), s.ExponentialLR(o, 0.9)], [13, 60]))
run("plateau", lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=3, min_lr=0.05), figures=FIGURES)
run("plateau_max", lambda o: s.ReduceLROnPlateau(o, mode="max", factor=0.5, patience=1, threshold=0.3, threshold_mode="abs"), figures=FIGURES[::-1])
