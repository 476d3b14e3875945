"""The models of weights_python_test.cpp in PyTorch.

make FOLDER   saves each with its weights, as safetensors and as .pt, inputs, output and gradients
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


class Cnn(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.features = torch.nn.Sequential(
            torch.nn.Conv2d(2, 4, 3, padding=1, bias=False),
            torch.nn.BatchNorm2d(4),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=4),
            torch.nn.GroupNorm(2, 8),
            torch.nn.ConvTranspose2d(8, 3, 2, stride=2),
            torch.nn.AvgPool2d(2),
        )
        self.out = torch.nn.Linear(12, 2)

    def forward(self, data):
        def once():
            return self.out(self.features(data["input.images"]).flatten(1))

        y = once()  # with the batch's statistics, which go into the running ones
        self.eval()
        y = torch.cat((y, once()))
        self.train()
        return y


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = torch.nn.GRU(10, 6, bias=False)
        self.rnn = torch.nn.RNN(6, 3, nonlinearity="relu")
        self.lstm_cell = torch.nn.LSTMCell(3, 3)
        self.gru_cell = torch.nn.GRUCell(3, 3)
        self.rnn_cell = torch.nn.RNNCell(3, 3)

    def forward(self, data):
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            data["input.x"], data["input.lengths"], batch_first=True, enforce_sorted=False
        )
        y, (h, c) = self.lstm(packed)
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, total_length=data["input.x"].shape[1])
        z, last = self.gru(y)
        z, _ = self.rnn(z)
        state = self.lstm_cell(z[0])
        state = self.lstm_cell(z[1], state)
        step = self.rnn_cell(self.gru_cell(state[0], state[1]))
        parts = (y, h, c, z, last, step)
        return torch.stack([part.square().mean() for part in parts])


class Attending(torch.nn.Module):
    def __init__(self):
        super().__init__()
        options = dict(dim_feedforward=10, dropout=0.0)
        self.transformer = torch.nn.Transformer(8, 2, 2, 2, **options)
        self.before = torch.nn.TransformerEncoderLayer(
            8, 4, activation="gelu", norm_first=True, **options
        )
        self.attention = torch.nn.MultiheadAttention(8, 2, bias=False)

    def forward(self, data):
        src, tgt, padding = data["input.src"], data["input.tgt"], data["input.padding"]
        causal = torch.ones(len(tgt), len(tgt), dtype=torch.bool).triu(1)
        y = self.transformer(
            src, tgt, tgt_mask=causal, src_key_padding_mask=padding, memory_key_padding_mask=padding
        )
        return self.attention(self.before(y), src, src, key_padding_mask=padding)[0]


class Projecting(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, 5, bidirectional=True, proj_size=3)
        self.attention = torch.nn.MultiheadAttention(6, 2, kdim=4, vdim=4, add_bias_kv=True)
        self.head = torch.nn.AdaptiveLogSoftmaxWithLoss(6, 9, [3, 5], div_value=2, head_bias=True)

    def forward(self, data):
        x = data["input.x"]
        y = self.attention(self.lstm(x)[0], x, x)[0]
        return self.head(y.flatten(0, 1), data["input.labels"]).output


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
        data = {"input.images": torch.randn(5, 2, 8, 8, dtype=dtype)}
        yield f"cnn_{name}", Cnn().to(dtype), data, tolerance
        data = {
            "input.x": torch.randn(3, 4, 4, dtype=dtype),
            "input.lengths": torch.tensor([2, 4, 1]),
        }
        yield f"recurrent_{name}", Recurrent().to(dtype), data, tolerance
        data = {
            "input.src": torch.randn(4, 3, 8, dtype=dtype),
            "input.tgt": torch.randn(5, 3, 8, dtype=dtype),
            "input.padding": torch.tensor([[False] * 4, [False, False, True, True], [False] * 3 + [True]]),
        }
        yield f"attending_{name}", Attending().to(dtype), data, tolerance
        data = {"input.x": torch.randn(5, 3, 4, dtype=dtype), "input.labels": torch.arange(15) % 9}
        yield f"projecting_{name}", Projecting().to(dtype), data, tolerance
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
    pt_file = folder / f"{name}.model.pt"
    if what == "make":
        with torch.no_grad():
            for parameter in net.parameters():
                # Weights around 1 in layer after layer would show every rounding of float32.
                spread = 0.4 if isinstance(net, (Attending, Cnn, Projecting)) else 1
                parameter.copy_(spread * torch.randn_like(parameter))
            if isinstance(net, Words):
                net.table.weight[0] = 0  # as PyTorch leaves a padding row, and Cinta takes it to be
        save_model(net, str(model_file))
        torch.save(net.state_dict(), pt_file)
        save_file({**data, **results(net, data)}, data_file)
        continue
    theirs = load_file(data_file)
    for file in (model_file, pt_file):
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.fill_(7)  # so that nothing is left of what was loaded before
        net.zero_grad()
        if file == pt_file:
            net.load_state_dict(torch.load(file, weights_only=True))  # strict
        else:
            load_model(net, str(file))  # strict
        for key, value in results(net, theirs).items():
            difference = ((value - theirs[key]).abs() / (1 + value.abs())).max().item()
            if difference > tolerance or value.dtype != theirs[key].dtype:
                sys.exit(f"{file.name}: {key} differs by {difference}")
        agree += 1
print(f"{agree} files of models agree")
