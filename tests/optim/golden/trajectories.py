#!/usr/bin/env python3
"""Writes trajectories.txt: what other libraries' optimizers make of three problems in 200 steps.

    pip install torch==2.13.0 optax==0.2.8 schedulefree==1.4.1
    tests/optim/golden/trajectories.py > tests/optim/golden/trajectories.txt

Sources: PyTorch where it has the optimizer (its Muon made to iterate in float64), optax for Lion, LAMB
and LARS, the authors' schedulefree, and FTRL and row-wise Adagrad written down from their papers. All
in float64; the learning rate halves after step 100. A line is: optimizer, options, problem, step, and
all parameters. tests/optim/golden/trajectories.cpp runs the same.
"""
import math
import sys

import jax
import numpy as np
import optax
import schedulefree
import torch

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
torch.Tensor.bfloat16 = lambda tensor: tensor.clone()  # Muon's iteration

STEPS, HALVED, SHOWN = 200, 100, (1, 5, 150, 200)


def tensor(shape, start):
    """Numbers that are the same in C++: sin(start + i)."""
    count = math.prod(shape)
    return torch.tensor([math.sin(start + i) for i in range(count)]).reshape(shape)


class Quadratic:
    def __init__(self):
        self.parameters = [tensor((4,), 1.0)]

    def loss(self, p):
        scales = torch.tensor([1.0, 2.0, 5.0, 10.0])
        return (scales * (p[0] - 0.5) ** 2).sum() / 2 + 0.25 * p[0].sum() ** 2


class Rosenbrock:
    def __init__(self):
        self.parameters = [tensor((4,), 2.0)]

    def loss(self, p):
        x, y = p[0][:-1], p[0][1:]
        return (10 * (y - x * x) ** 2 + (1 - x) ** 2).sum()


class Net:
    def __init__(self):
        self.parameters = [tensor((4, 3), 3.0), tensor((4,), 4.0), tensor((1, 4), 5.0), tensor((1,), 6.0)]

    def loss(self, p):
        x, y = tensor((8, 3), 7.0), tensor((8, 1), 8.0)
        hidden = torch.tanh(x @ p[0].T + p[1])
        return ((hidden @ p[2].T + p[3] - y) ** 2).mean()


class Matrices(Net):
    """The same with fixed biases: for what trains matrices alone."""

    def __init__(self):
        self.parameters = [tensor((4, 3), 3.0), tensor((1, 4), 5.0)]

    def loss(self, p):
        return super().loss([p[0], tensor((4,), 4.0), p[1], tensor((1,), 6.0)])


class FTRL:
    """H. B. McMahan et al., Ad Click Prediction: a View from the Trenches, 2013, algorithm 1."""

    def __init__(self, params, lr, beta=1.0, l1=0.0, l2=0.0, initial_accumulator_value=0.0):
        self.params, self.param_groups = params, [{"lr": lr}]
        self.beta, self.l1, self.l2 = beta, l1, l2
        scale = (beta + math.sqrt(initial_accumulator_value)) / lr + l2
        self.n = [torch.full_like(p, initial_accumulator_value) for p in params]
        self.z = [-(p.detach() * scale + l1 * torch.sign(p.detach())) for p in params]

    def step(self):
        lr = self.param_groups[0]["lr"]
        for p, z, n in zip(self.params, self.z, self.n):
            g, w = p.grad, p.detach().clone()
            z += g - (torch.sqrt(n + g * g) - torch.sqrt(n)) / lr * w
            n += g * g
            new = -(z - torch.sign(z) * self.l1) / ((self.beta + torch.sqrt(n)) / lr + self.l2)
            p.data.copy_(torch.where(z.abs() <= self.l1, torch.zeros_like(z), new))


class RowwiseAdagrad:
    """One sum for each row, of the mean of its squared gradients (as in fbgemm and torchrec)."""

    def __init__(self, params, lr, weight_decay=0.0, eps=1e-10):
        self.params, self.param_groups = params, [{"lr": lr}]
        self.weight_decay, self.eps = weight_decay, eps
        self.sums = [torch.zeros(p.shape[0]) for p in params]

    def step(self):
        for p, s in zip(self.params, self.sums):
            d = p.grad + self.weight_decay * p.detach()
            s += (d * d).reshape(p.shape[0], -1).mean(1)
            p.data -= self.param_groups[0]["lr"] * d / (s.sqrt() + self.eps).reshape([-1] + [1] * (p.dim() - 1))


class Optax:
    def __init__(self, params, make, lr):
        self.params, self.param_groups = params, [{"lr": lr}]
        self.make, self.state = make, None

    def step(self):
        values = [jax.numpy.asarray(p.detach().numpy()) for p in self.params]
        gradients = [jax.numpy.asarray(p.grad.numpy()) for p in self.params]
        transform = self.make(self.param_groups[0]["lr"])
        if self.state is None:
            self.state = transform.init(values)
        updates, self.state = transform.update(gradients, self.state, values)
        for p, update in zip(self.params, updates):
            p.data.copy_(torch.tensor(np.asarray(p.detach().numpy() + np.asarray(update))))


def betas(options):
    options = dict(options)
    pair = (options.pop("beta1", 0.9), options.pop("beta2", 0.999))
    return {"betas": pair, **options}


def by_torch(name, rename=None, flags=(), takes_betas=False):
    def make(params, options):
        options = {(rename or {}).get(k, k): bool(v) if k in flags else v for k, v in options.items()}
        return getattr(torch.optim, name)(params, **(betas(options) if takes_betas else options))

    return make


def rprop(params, o):
    return torch.optim.Rprop(
        params,
        lr=o["lr"],
        etas=(o.get("eta_minus", 0.5), o.get("eta_plus", 1.2)),
        step_sizes=(o.get("step_min", 1e-6), o.get("step_max", 50)),
    )


def adafactor(params, o):
    o = dict(o)
    eps1 = o.pop("eps1", 0) or None
    return torch.optim.Adafactor(params, eps=(eps1, o.pop("eps2", 1e-3)), **o)


def muon(params, o):
    o = dict(o)
    scale = {0: "original", 1: "match_rms_adamw"}[o.pop("scale", 0)]
    o["nesterov"] = bool(o.get("nesterov", 1))
    return torch.optim.Muon(params, adjust_lr_fn=scale, **o)


def lion(params, o):
    make = lambda lr: optax.lion(lr, o.get("beta1", 0.9), o.get("beta2", 0.99), weight_decay=o.get("weight_decay", 0.0))
    return Optax(params, make, o["lr"])


def lamb(params, o):
    make = lambda lr: optax.lamb(
        lr, o.get("beta1", 0.9), o.get("beta2", 0.999), o.get("eps", 1e-6), weight_decay=o.get("weight_decay", 0.0)
    )
    return Optax(params, make, o["lr"])


def lars(params, o):
    make = lambda lr: optax.lars(
        lr,
        weight_decay=o.get("weight_decay", 0.0),
        trust_coefficient=o.get("trust_coefficient", 1e-3),
        eps=o.get("eps", 0.0),
        momentum=o.get("momentum", 0.9),
        nesterov=bool(o.get("nesterov", 0)),
    )
    return Optax(params, make, o["lr"])


def schedule_free(params, o):
    return schedulefree.AdamWScheduleFree(params, foreach=False, **betas(o))


ALL = (Quadratic, Rosenbrock, Net)
CASES = [
    ("SGD", by_torch("SGD", flags=("nesterov",)), ALL, [
        {"lr": 0.01},
        {"lr": 0.005, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
        {"lr": 0.005, "momentum": 0.8, "nesterov": 1, "weight_decay": 0.01}]),
    ("Adam", by_torch("Adam", flags=("amsgrad",), takes_betas=True), ALL, [
        {"lr": 0.03},
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1},
        {"lr": 0.05, "beta2": 0.9, "amsgrad": 1}]),
    ("AdamW", by_torch("AdamW", flags=("amsgrad",), takes_betas=True), ALL, [
        {"lr": 0.03, "weight_decay": 0.1},
        {"lr": 0.05, "beta1": 0.5, "beta2": 0.9, "weight_decay": 0.01, "amsgrad": 1}]),
    ("NAdam", by_torch("NAdam", flags=("decoupled_weight_decay",), takes_betas=True), ALL, [
        {"lr": 0.01},
        {"lr": 0.005, "beta1": 0.8, "beta2": 0.95, "eps": 0.01, "weight_decay": 0.1, "momentum_decay": 0.02},
        {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": 1}]),
    ("RAdam", by_torch("RAdam", flags=("decoupled_weight_decay",), takes_betas=True), ALL, [
        {"lr": 0.01},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.1},
        {"lr": 0.01, "beta2": 0.9, "weight_decay": 0.1, "decoupled_weight_decay": 1}]),
    ("Adamax", by_torch("Adamax", takes_betas=True), ALL, [
        {"lr": 0.03},
        {"lr": 0.005, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1}]),
    ("Adagrad", by_torch("Adagrad"), ALL, [
        {"lr": 0.1},
        {"lr": 0.2, "lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}]),
    ("RowwiseAdagrad", lambda p, o: RowwiseAdagrad(p, **o), ALL, [
        {"lr": 0.1},
        {"lr": 0.2, "weight_decay": 0.1, "eps": 1e-3}]),
    ("Adadelta", by_torch("Adadelta"), ALL, [
        {"lr": 1.0},
        {"lr": 0.1, "rho": 0.95, "eps": 1e-3, "weight_decay": 0.1}]),
    ("RMSprop", by_torch("RMSprop", flags=("centered",)), ALL, [
        {"lr": 0.01},
        {"lr": 0.01, "alpha": 0.9, "eps": 1.0, "weight_decay": 0.1},
        {"lr": 0.005, "alpha": 0.9, "eps": 0.01, "centered": 1},
        {"lr": 0.001, "momentum": 0.8, "eps": 1e-3},
        {"lr": 0.001, "momentum": 0.8, "eps": 0.01, "centered": 1, "weight_decay": 0.01}]),
    ("Rprop", rprop, ALL, [
        {"lr": 0.01},
        {"lr": 0.02, "eta_minus": 0.6, "eta_plus": 1.1, "step_min": 1e-4, "step_max": 0.1}]),
    ("ASGD", by_torch("ASGD"), ALL, [
        {"lr": 0.01},
        {"lr": 0.01, "lambd": 0.01, "alpha": 0.5, "t0": 50, "weight_decay": 0.1}]),
    ("Adafactor", adafactor, ALL, [
        {"lr": 0.005},
        {"lr": 0.01, "beta2_decay": -0.5, "eps1": 0.1, "eps2": 0.1, "d": 1.5, "weight_decay": 0.01}]),
    ("Muon", muon, (Matrices,), [
        {"lr": 0.01, "weight_decay": 0.1},
        {"lr": 0.02, "weight_decay": 0, "momentum": 0.8, "nesterov": 0, "ns_steps": 3, "scale": 1}]),
    ("Lion", lion, ALL, [
        {"lr": 0.003},
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "weight_decay": 0.1}]),
    ("LAMB", lamb, ALL, [
        {"lr": 0.01},
        {"lr": 0.003, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1}]),
    ("LARS", lars, ALL, [
        {"lr": 1.0},
        {"lr": 0.5, "momentum": 0.5, "nesterov": 1, "weight_decay": 0.1, "trust_coefficient": 0.01, "eps": 0.5}]),
    ("ScheduleFreeAdamW", schedule_free, ALL, [
        {"lr": 0.02},
        {"lr": 0.005, "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.1, "warmup_steps": 20, "r": 1.0}]),
    ("FTRL", lambda p, o: FTRL(p, **o), ALL, [
        {"lr": 0.1},
        {"lr": 0.2, "beta": 0.5, "l1": 0.3, "l2": 0.1, "initial_accumulator_value": 0.1}]),
]


def trajectory(name, make, problem_class, options, moved=0.0):
    """What is seen at the steps shown; with a start that is moved a little."""
    problem = problem_class()
    p = [(x + moved).requires_grad_() for x in problem.parameters]
    optimizer = make(p, options)
    if hasattr(optimizer, "train"):
        optimizer.train()
    seen = []
    for step in range(1, STEPS + 1):
        for x in p:
            x.grad = None
        problem.loss(p).backward()
        optimizer.step()
        if step == HALVED:
            for group in optimizer.param_groups:
                group["lr"] /= 2
        if step in SHOWN:
            extra = []
            if name == "ASGD":
                extra = [optimizer.state[x]["ax"] for x in p]
            if name == "ScheduleFreeAdamW":
                optimizer.eval()
                extra = [x.detach().clone() for x in p]
                optimizer.train()
            seen.append(torch.cat([x.detach().reshape(-1) for x in p + extra]))
    return seen


def run(name, make, problem_class, options):
    text = ",".join(f"{k}={v!r}" for k, v in options.items())
    title = f"{name} {text} {problem_class.__name__}"
    seen = trajectory(name, make, problem_class, options)
    # Steps of a fixed length around a minimum double every rounding: such a run has no right end.
    moved = trajectory(name, make, problem_class, options, 1e-13)
    growth = max(float((a - b).abs().max()) for a, b in zip(seen, moved)) / 1e-13
    if growth > 300:
        print(f"{title}: a change of the start grows by {growth:.1e}", file=sys.stderr)
    for step, numbers in zip(SHOWN, seen):
        print(title, step, " ".join(repr(float(x)) for x in numbers))


only = sys.argv[1:]
for name, make, problems, option_sets in CASES:
    for options in option_sets:
        for problem in problems:
            if not only or name in only:
                run(name, make, problem, options)
