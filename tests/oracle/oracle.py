"""Holds what cases.cpp prints against PyTorch: values, first and second gradients.

    oracle.py CASES    where CASES is the program; `./dev oracle` builds and runs both

On random and empty inputs every difference is an error. On the edges, zeros of both signs, infinities,
NaN and what is near the ends of the range, conventions differ: there they are listed.
"""
import json
import subprocess
import sys

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print("skipped: there is no PyTorch in this Python; name one that has it in CINTA_PEER_PYTHON")
    sys.exit(0)

def tensor(record):
    dtype = {"float64": torch.float64, "float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
    values = torch.tensor([float(v) for v in record["values"]], dtype=torch.float64)
    return values.to(dtype[record["dtype"]]).reshape([int(n) for n in record["shape"]])


def weights(like):
    return (0.5 + 0.25 * (torch.arange(like.numel(), dtype=torch.float64) % 5)).reshape(like.shape)


def agree(ours, theirs):
    if ours is None or theirs is None:  # no gradient is one of 0
        rest = ours if theirs is None else theirs
        return rest is None or bool((rest == 0).all())
    if ours.shape != theirs.shape:
        return False
    return torch.allclose(ours.double(), theirs.double(), rtol=1e-8, atol=1e-10, equal_nan=True)


def derivatives(inputs, y):
    wanted = [x for x in inputs if x.requires_grad]
    if not y.requires_grad:
        return [], []
    first = torch.autograd.grad((y * weights(y)).sum(), wanted, create_graph=True, allow_unused=True)
    total = sum((g * weights(g)).sum() for g in first if g is not None and g.requires_grad)
    second = []
    if isinstance(total, torch.Tensor) and total.requires_grad:
        second = torch.autograd.grad(total, wanted, allow_unused=True)
    return first, second


agreements, on_edges, unexpected, refused = 0, [], [], []
for line in subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
    case = json.loads(line, parse_int=float)
    inputs = [tensor(x) for x in case["inputs"]]
    for x in inputs:
        if x.is_floating_point():
            x.requires_grad_()
    names = dict(zip("xyz", inputs), torch=torch, F=F)
    try:
        y = eval(case["python"], names)
        first, second = derivatives(inputs, y)
    except Exception as error:  # what PyTorch does not compute, such as a second derivative
        refused.append((case["kind"], case["python"], str(error).splitlines()[0]))
        continue
    found = {"value": agree(tensor(case["value"]), y.detach())}
    for part, theirs in ("first", first), ("second", second):
        ours = [x and tensor(x) for x in case[part]]
        n = max(len(ours), len(theirs))
        ours += [None] * (n - len(ours))
        theirs = list(theirs) + [None] * (n - len(theirs))
        found[part] = all(agree(a, b) for a, b in zip(ours, theirs))
    for part, same in found.items():
        key = f"{case['kind']} {part} {case['python']}"
        if same:
            agreements += 1
        else:
            (on_edges if case["kind"] == "edge" else unexpected).append((key, case, y, first, second))

for key, case, y, first, second in on_edges + unexpected:
    print("differs:", key)
    if "-v" in sys.argv:
        print("  inputs", case["inputs"])
        print("  ours  ", case["value"]["values"], case["first"], case["second"])
        print("  theirs", y.tolist(), [g if g is None else g.tolist() for g in first],
              [g if g is None else g.tolist() for g in second])
for kind, python, why in refused:
    print(f"PyTorch refuses: {kind} {python}: {why}")
print(f"{agreements} agreements, {len(unexpected)} differences on random and empty inputs, {len(on_edges)} on "
      f"edges, {len(refused)} refused by PyTorch {torch.__version__}")
sys.exit(1 if unexpected else 0)
