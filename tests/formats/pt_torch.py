"""PyTorch's side of pt_test.cpp.

    pt_torch.py check FOLDER               what Cinta has written, against FOLDER/*.npz
    pt_torch.py write FOLDER COUNT SEED    random files FOLDER/<i>.pt, and what is in them: <i>.npz
"""

import random
import sys

import numpy as np
import torch

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
          torch.int16, torch.int8, torch.uint8, torch.bool]


def random_tensor(draw, bases):
    if bases and draw.random() < 0.3:
        x = draw.choice(bases)  # shares its storage
    else:
        shape = [draw.randrange(0 if draw.random() < 0.05 else 1, 5) for _ in range(draw.randrange(5))]
        x = (torch.randn(shape) * 50).to(draw.choice(DTYPES))
        bases.append(x)
    for _ in range(draw.randrange(4)):
        if x.dim() == 0 or x.numel() == 0:
            break
        axis = draw.randrange(x.dim())
        kind = draw.randrange(4)
        if kind == 0:
            x = x.transpose(0, axis)
        elif kind == 1:
            x = x.narrow(axis, draw.randrange(x.shape[axis]), 1)
        elif kind == 2:
            x = x[(slice(None),) * axis + (slice(draw.randrange(2), None, 2),)]
        elif x.shape[axis] == 1:
            x = x.expand(*x.shape[:axis], 3, *x.shape[axis + 1:])
    return torch.nn.Parameter(x) if x.is_floating_point() and draw.random() < 0.2 else x


def random_tree(draw, bases, depth):
    kind = draw.randrange(4 if depth < 3 else 1)
    if kind <= 1:
        return random_tensor(draw, bases)
    items = [random_tree(draw, bases, depth + 1) for _ in range(draw.randrange(1, 4))]
    if kind == 2:
        return {draw.choice([f"k{i}", i]): item for i, item in enumerate(items)}
    return items if draw.random() < 0.5 else tuple(items)


def flat(tree, name=""):
    if isinstance(tree, torch.Tensor):
        yield name, tree
        return
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from flat(item, f"{name}.{key}" if name else str(key))


def own(x):
    """As Cinta holds it."""
    x = x.detach()
    if x.dtype in (torch.float16, torch.bfloat16):
        x = x.float()
    elif x.dtype not in (torch.float32, torch.float64, torch.bool):
        x = x.long()
    return np.ascontiguousarray(x.numpy()).reshape(tuple(x.shape))


def modules():
    nn = torch.nn
    yield nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    yield nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))
    yield nn.LSTM(4, 5, num_layers=2, bidirectional=True)
    yield nn.TransformerEncoderLayer(8, 2, 16)
    yield nn.EmbeddingBag(10, 3)


def write(folder, count, seed):
    draw = random.Random(seed)
    torch.manual_seed(seed)
    trees = [module.state_dict() for module in modules()]
    for i in range(count):
        tree = trees.pop() if trees else {f"t{j}": random_tree(draw, [], 0) for j in range(3)}
        torch.save(tree, f"{folder}/{i}.pt", pickle_protocol=draw.choice([2, 2, 3, 4, 5]))
        np.savez(f"{folder}/{i}.npz", **{name: own(x) for name, x in flat(tree)})


def check(folder):
    expected = np.load(f"{folder}/state.npz")
    for mmap in [False, True]:
        state = torch.load(f"{folder}/state.pt", weights_only=True, mmap=mmap)
        assert list(state) == expected.files, list(state)
        for name, x in state.items():
            assert x.numpy().dtype == expected[name].dtype and tuple(x.shape) == expected[name].shape
            assert np.array_equal(x.numpy(), expected[name]), name
    assert state["tied"].data_ptr() == state["weight"].data_ptr()
    assert torch.load(f"{folder}/nothing.pt", weights_only=True) == {}
    net = torch.nn.Linear(3, 2)
    net.load_state_dict(torch.load(f"{folder}/linear.pt", weights_only=True))
    assert net.weight.tolist() == [[1, 2, 3], [4, 5, 6]] and net.bias.tolist() == [7, 8]
    print(f"torch {torch.__version__}: {len(state)} tensors read with weights_only=True")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        check(sys.argv[2])
