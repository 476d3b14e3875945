"""Holds what the cases print against PyTorch (values, first and second gradients), NumPy and SciPy (values).

    oracle.py CASES [-v]    where CASES is the program; `./dev oracle` builds and runs both

An expression names its oracle: torch and F, np, or scipy. Every difference has to be one of those that
differences.txt gives a reason for, every reason has to be needed, and every operation that PyTorch has too
(cmake/checks/ops_pytorch.txt) has to be compared or to be named there.
"""
import collections
import json
import os
import re
import subprocess
import sys
import warnings

try:
    import numpy as np
    import scipy.linalg, scipy.spatial, scipy.special, scipy.stats
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(f"skipped: {error}; name a Python that has torch, numpy and scipy in CINTA_PEER_PYTHON")
    sys.exit(0)

here = os.path.dirname(os.path.abspath(__file__))
verbose = "-v" in sys.argv
np.seterr(all="ignore")
warnings.simplefilter("ignore")
PARTS = "value", "first", "second"
refused = []  # what the oracle does not compute


def array(record):
    values = np.array([float(v) for v in record["values"]])
    kind = {"float64": np.float64, "float32": np.float32, "int64": np.int64, "bool": np.bool_}[record["dtype"]]
    return values.astype(kind).reshape([int(n) for n in record["shape"]])


def weights(like):
    return (0.5 + 0.25 * (torch.arange(like.numel(), dtype=torch.float64) % 5)).reshape(like.shape)


# How far two results may be apart, by the oracle and the kind of case: relatively, and absolutely.
def tolerance(library, kind):
    if library == "torch":
        return 1e-8, 1e-10
    if kind == "range":
        return 1e-12, 1e-307  # SciPy's own errors are a few hundred units
    return 1e-9, 1e-11


def differing(ours, theirs, allowed):
    """Where two arrays differ; None where they cannot be compared. No gradient is one of 0."""
    if ours is None or theirs is None:
        rest = ours if theirs is None else theirs
        return np.zeros(()) != 0 if rest is None else ~np.isclose(rest, 0, rtol=0, atol=allowed[1])
    if ours.shape != theirs.shape:
        return None
    a, b = ours.astype(float), theirs.astype(float)
    return ~np.isclose(a, b, rtol=allowed[0], atol=allowed[1], equal_nan=True)


def results_of_torch(python, inputs):
    leaves = [torch.tensor(x) for x in inputs]
    for x in leaves:
        if x.is_floating_point():
            x.requires_grad_()
    y = eval(python, dict(zip("xyzw", leaves), torch=torch, F=F))
    numbers = lambda gradients: [None if g is None else g.detach().numpy(force=True) for g in gradients]
    results = {"value": numbers([y])}
    if not y.requires_grad:
        return dict(results, first=[], second=[])
    wanted = [x for x in leaves if x.requires_grad]
    try:
        first = torch.autograd.grad((y * weights(y)).sum(), wanted, create_graph=True, allow_unused=True)
    except RuntimeError as error:
        refused.append(f"derivatives of {python}: {str(error).splitlines()[0][:100]}")
        return results
    results.update(first=numbers(first), second=[])
    total = sum((g * weights(g)).sum() for g in first if g is not None and g.requires_grad)
    if isinstance(total, torch.Tensor) and total.requires_grad:
        try:
            results["second"] = numbers(torch.autograd.grad(total, wanted, allow_unused=True))
        except RuntimeError as error:
            refused.append(f"second derivatives of {python}: {str(error).splitlines()[0][:100]}")
            del results["second"]
    return results


def print_where(bad, inputs, ours, theirs):
    """The places of a difference: inputs of that shape, or whole rows of what was reduced."""
    if bad is None or not bad.ndim or ours is None or theirs is None:
        print("  inputs", *(x.tolist() for x in inputs), "\n  ours  ", ours, "\n  theirs", theirs)
        return
    for place in list(zip(*np.nonzero(bad)))[:40]:
        at = [x[place] if x.shape == bad.shape else x[place[0]].tolist() if x.ndim and len(x) == len(bad) else "..." for x in inputs]
        print("  of", *at, " ours", ours[place], " theirs", theirs[place])


class Reason:
    """A difference that is meant: on the elements where `where` holds, of these expressions' parts."""

    def __init__(self, where):
        self.where, self.of, self.used = where, collections.defaultdict(list), set()

    def mask(self, python, part, names, shape):
        if python not in self.of[part]:
            return False
        held = np.asarray(eval(self.where, dict(names, np=np, isnan=np.isnan, isinf=np.isinf, inf=np.inf)))
        while held.ndim > len(shape):  # of rows that were reduced
            held = held.any(-1)
        if held.ndim == len(shape) and held.shape != shape:
            held = held.any(-1, keepdims=True)  # of rows that have another length now
        return np.broadcast_to(held, shape)


def read_reasons():
    reasons, left_out = [], {}
    for line in open(os.path.join(here, "differences.txt")):
        line = line.rstrip()
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):  # the reason in words, for docs/ops.md
            continue
        key, rest = line.strip().split(": ", 1)
        if key == "where":
            reasons.append(Reason(rest))
        elif key == "not compared":
            left_out.update((name, False) for name in rest.split())
        else:
            for part in key.split(", "):
                assert part in PARTS, line
                reasons[-1].of[part] += rest.split("; ")
    return reasons, left_out


reasons, left_out = read_reasons()
agreements, explained = collections.Counter(), collections.Counter()
unexpected, expressions = [], []
for line in subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
    case = json.loads(line, parse_int=float)
    python, kind = case["python"], case["kind"]
    expressions.append(python)
    library = "torch" if re.match(r"torch|F\.|x[.\[]", python) else python.split(".")[0]
    inputs = [array(x) for x in case["inputs"]]
    names = dict(zip("xyzw", inputs))
    try:
        if library == "torch":
            theirs = results_of_torch(python, inputs)
        else:
            theirs = {"value": [np.asarray(eval(python, dict(names, np=np, scipy=scipy)))]}
    except Exception as error:
        if case["value"] is None:
            agreements[library, kind, "value"] += 1
        else:
            refused.append(f"{kind} {python}: {str(error).splitlines()[0][:100]}")
        continue
    if case["value"] is None:
        unexpected.append((kind, "refusal", python))
        continue
    found = {part: [x and array(x) for x in ([case[part]] if part == "value" else case[part])] for part in theirs}
    for part, ours in found.items():
        n = max(len(ours), len(theirs[part]))
        pairs = zip(ours + [None] * (n - len(ours)), list(theirs[part]) + [None] * (n - len(theirs[part])))
        good, meant = True, False
        for a, b in pairs:
            bad = rest = differing(a, b, tolerance(library, kind))
            if bad is None:
                good = False
            elif bad.any():
                meant = True
                rest = bad.copy()
                for reason in reasons:
                    held = reason.mask(python, part, dict(names, ours=a, theirs=b), bad.shape)
                    if (held & bad).any():
                        reason.used.add((part, python))
                        rest &= ~held
                good &= not rest.any()
            if not good:
                unexpected.append((kind, part, python))
                if verbose:
                    print(f"differs: {kind} {part} {python}")
                    print_where(rest, inputs, a, b)
                break
        if good:
            (explained if meant else agreements)[library, kind, part] += 1

for kind, part, python in unexpected:
    print(f"differs, and differences.txt does not say why: {kind} {part} {python}")
needless = [f"{part} {python}" for r in reasons for part, all in r.of.items() for python in all
            if (part, python) not in r.used]
for entry in needless:
    print(f"differences.txt explains what does not differ: {entry}")

# Every operation that both have.
missing = []
# A sampler is not compared by the density of its distribution.
words = set(re.findall(r"\w+", " ".join(e for e in expressions if not re.match("torch.distributions|scipy.stats", e))))
for line in open(os.path.join(here, "../../cmake/checks/ops_pytorch.txt")):
    name, _, other = line.strip().partition(" ")
    if name == "#" or other == "-":
        continue
    if other.split()[0].split("(")[0].split(".")[-1] in words:
        if name in left_out:
            missing.append(f"{name} is compared, and differences.txt leaves it out")
    elif name not in left_out:
        missing.append(f"{name} has no case here, and PyTorch has {other}")
for text in missing:
    print(text)
if verbose:
    for text in refused:
        print("the oracle refuses:", text)

print("\nagreements        " + "".join(f"{part:>10}" for part in PARTS) + "   with a reason to differ")
for library in "torch", "np", "scipy":
    for kind in "random", "empty", "edge", "range":
        counts = [agreements[library, kind, part] for part in PARTS]
        apart = sum(explained[library, kind, part] for part in PARTS)
        if sum(counts) + apart:
            print(f"{library:6} {kind:10} " + "".join(f"{n:10}" for n in counts) + f"{apart:10}")
print(f"{sum(agreements.values())} agreements, {sum(explained.values())} differences with a reason, "
      f"{len(unexpected)} without, {len(refused)} refused by the oracle (PyTorch {torch.__version__}, "
      f"NumPy {np.__version__}, SciPy {scipy.__version__})")
sys.exit(1 if unexpected or needless or missing else 0)
