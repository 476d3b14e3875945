"""The models of weights_python_test.cpp in PyTorch.

make FOLDER   saves each with its weights, inputs, output and gradients
check FOLDER  computes them again for the weights and inputs that are there
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, load_model, save_file, save_model


class Mlp(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(6, 16)
        self.second = torch.nn.Linear(16, 8, bias=False)
        self.norm = torch.nn.LayerNorm(8)
        self.last = torch.nn.Linear(8, 3)

    def forward(self, data):
        x = torch.relu(self.first(data["input.x"]))
        return self.last(self.norm(torch.tanh(self.second(x))))


class Words(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(20, 6, padding_idx=0)
        self.norm = torch.nn.LayerNorm((4, 6), eps=1e-3, bias=False)
        self.out = torch.nn.Linear(6, 2)

    def forward(self, data):
        return self.out(torch.sigmoid(self.norm(self.table(data["input.ids"]))))


class Bags(torch.nn.Module):
    def __init__(self, mode):
        super().__init__()
        self.bag = torch.nn.EmbeddingBag(30, 5, mode=mode)
        self.out = torch.nn.Linear(5, 2)

    def forward(self, data):
        return self.out(torch.tanh(self.bag(data["input.ids"], data["input.offsets"])))


def models():
    """Name, module, inputs and tolerance."""
    for dtype, name, tolerance in (
        (torch.float32, "float32", 1e-5),
        (torch.float64, "float64", 1e-10),
    ):
        x = torch.randn(7, 6, dtype=dtype)
        yield f"mlp_{name}", Mlp().to(dtype), {"input.x": x}, tolerance
        ids = torch.randint(0, 20, (5, 4))
        yield f"words_{name}", Words().to(dtype), {"input.ids": ids}, tolerance
        ids, offsets = torch.randint(0, 30, (17,)), torch.tensor([0, 4, 4, 5, 12])
        for mode in ("sum", "mean", "max"):
            data = {"input.ids": ids, "input.offsets": offsets}
            yield f"bags_{mode}_{name}", Bags(mode).to(dtype), data, tolerance


def results(net, data):
    output = net(data)
    output.square().mean().backward()
    grads = {f"grad.{name}": p.grad for name, p in net.named_parameters()}
    return {"output": output.detach(), **grads}


what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
torch.manual_seed(1)
agree = 0
for name, net, data, tolerance in models():
    model_file, data_file = folder / f"{name}.model.safetensors", folder / f"{name}.data.safetensors"
    if what == "make":
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.copy_(torch.randn_like(parameter))
            if isinstance(net, Words):
                net.table.weight[0] = 0  # as PyTorch leaves a padding row, and Cinta takes it to be
        save_model(net, str(model_file))
        save_file({**data, **results(net, data)}, data_file)
        continue
    load_model(net, str(model_file))  # strict
    theirs = load_file(data_file)
    for key, value in results(net, theirs).items():
        difference = ((value - theirs[key]).abs() / (1 + value.abs())).max().item()
        if difference > tolerance or value.dtype != theirs[key].dtype:
            sys.exit(f"{name}: {key} differs by {difference}")
    agree += 1
print(f"{agree} models agree")
