"""Writes modules.txt: what PyTorch's modules give, and the gradient of their first input.

Each line is a name, a colon, the output's numbers, a bar, the gradient's. Inputs are sines, so
that nothing has to be stored: the test makes the same ones. Run with torch 2.13.
"""

import math
import pathlib

import torch
from torch import nn

torch.set_default_dtype(torch.float64)


def wave(seed, *shape):
    count = math.prod(shape)
    return torch.tensor([math.sin(1.7 * i + seed) for i in range(count)]).reshape(shape)


def signs(*shape):
    return torch.where(wave(5, *shape) > 0, 1.0, -1.0)


def chances(seed, *shape):
    return 0.5 + 0.45 * wave(seed, *shape)


def labels(count, classes):
    return torch.tensor([i * 2 % classes for i in range(count)])


x, t = wave(1, 4, 3), wave(2, 4, 3)
p, q = chances(1, 4, 3), chances(2, 4, 3)
log_p = nn.LogSoftmax(1)(x.detach())
weight = torch.tensor([0.5, 2.0, 1.0])
image, volume = wave(3, 2, 4, 4, 4), wave(4, 1, 2, 2, 4, 4)

cases = {
    "L1Loss": (nn.L1Loss(), x, t),
    "MSELoss sum": (nn.MSELoss(reduction="sum"), x, t),
    "HuberLoss": (nn.HuberLoss(delta=0.5), x, t),
    "SmoothL1Loss": (nn.SmoothL1Loss(), x, t),
    "SmoothL1Loss none": (nn.SmoothL1Loss(beta=0.5, reduction="none"), x, t),
    "SoftMarginLoss": (nn.SoftMarginLoss(), x, signs(4, 3)),
    "PoissonNLLLoss": (nn.PoissonNLLLoss(), x, 3 * q),
    "PoissonNLLLoss full": (nn.PoissonNLLLoss(log_input=False, full=True, eps=0.1), p, 3 * q),
    "KLDivLoss": (nn.KLDivLoss(), log_p, q),
    "KLDivLoss batchmean": (nn.KLDivLoss(reduction="batchmean"), log_p, q),
    "KLDivLoss log_target": (nn.KLDivLoss(log_target=True, reduction="sum"), log_p, t),
    "CrossEntropyLoss": (nn.CrossEntropyLoss(), x, labels(4, 3)),
    "CrossEntropyLoss weight": (
        nn.CrossEntropyLoss(weight=weight, ignore_index=2, label_smoothing=0.1), x, labels(4, 3)),
    "NLLLoss": (nn.NLLLoss(weight=weight), log_p, labels(4, 3)),
    "BCELoss": (nn.BCELoss(weight=weight), p, q),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss(pos_weight=weight), x, q),
    "MultiMarginLoss": (nn.MultiMarginLoss(p=2, margin=0.7, weight=weight), x, labels(4, 3)),
    "MultiLabelSoftMarginLoss": (nn.MultiLabelSoftMarginLoss(weight=weight), x, q),
    "MarginRankingLoss": (nn.MarginRankingLoss(margin=0.1), x, t, signs(4, 3)),
    "HingeEmbeddingLoss": (nn.HingeEmbeddingLoss(), p, signs(4, 3)),
    "CosineEmbeddingLoss": (nn.CosineEmbeddingLoss(margin=0.1), x, t, signs(4)),
    "TripletMarginLoss": (nn.TripletMarginLoss(), x, t, wave(7, 4, 3)),
    "TripletMarginLoss swap": (
        nn.TripletMarginLoss(margin=2, p=1, swap=True, reduction="none"), x, t, wave(7, 4, 3)),
    "GaussianNLLLoss": (nn.GaussianNLLLoss(full=True), x, t, q),
    # The gradient that torch gives for log_probs is that of logits before log_softmax.
    "CTCLoss": (lambda z, *rest: nn.CTCLoss()(nn.LogSoftmax(2)(z), *rest), wave(6, 5, 2, 3),
                torch.tensor([[1, 2], [2, 2]]), torch.tensor([5, 4]), torch.tensor([2, 1])),
    "CosineSimilarity": (nn.CosineSimilarity(), x, t),
    "PairwiseDistance": (nn.PairwiseDistance(keepdim=True), x, t),
    "GELU tanh": (nn.GELU(approximate="tanh"), x),
    "Softsign": (nn.Softsign(), x),
    "Tanhshrink": (nn.Tanhshrink(), x),
    "Softmin": (nn.Softmin(1), x),
    "Softmax2d": (nn.Softmax2d(), image),
    "GLU": (nn.GLU(1), image),
    "RReLU eval": (nn.RReLU().eval(), x),
    "Softplus": (nn.Softplus(beta=2), x),
    "ChannelShuffle": (nn.ChannelShuffle(2), image),
    "UpsamplingNearest2d": (nn.UpsamplingNearest2d(scale_factor=2), image),
    "UpsamplingBilinear2d": (nn.UpsamplingBilinear2d(size=(3, 7)), image),
    "InstanceNorm2d": (nn.InstanceNorm2d(4), image),
    "LocalResponseNorm": (nn.LocalResponseNorm(2), image),
    "LPPool2d": (nn.LPPool2d(3, 2), image.abs() + 0.1),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d((3, 2)), image),
    "grid_sample 3d": (lambda a, g: nn.functional.grid_sample(a, g, align_corners=False), volume,
                       wave(8, 1, 2, 1, 3, 3)),
}

with torch.no_grad():
    form = nn.Bilinear(3, 2, 5)
    form.weight.copy_(wave(1, 5, 3, 2))
    form.bias.copy_(wave(2, 5))
cases["Bilinear"] = (form, x, wave(3, 4, 2))



def filled(module):
    """Parameters by name are waves one after the other; names that differ give other values."""
    with torch.no_grad():
        for k, (_, parameter) in enumerate(sorted(module.named_parameters())):
            parameter.copy_(0.4 * wave(20 + k, *parameter.shape))
    return module


def flat(*tensors):
    return torch.cat([t.flatten().double() for t in tensors])


samples2, samples3 = wave(11, 2, 4, 2).abs() * 0.9, wave(12, 1, 2, 3).abs() * 0.9
cases["AdaptiveMaxPool2d indices"] = (
    lambda a: flat(*nn.AdaptiveMaxPool2d((3, 2), return_indices=True)(a)), image)
cases["FractionalMaxPool2d"] = (
    lambda a: flat(*nn.FractionalMaxPool2d((2, 1), output_size=(2, 3), return_indices=True,
                                           _random_samples=samples2)(a)), image)
cases["FractionalMaxPool3d"] = (
    lambda a: flat(*nn.FractionalMaxPool3d((1, 2, 2), output_ratio=(0.5, 0.7, 0.7),
                                           return_indices=True, _random_samples=samples3)(a)),
    volume)

adaptive = filled(nn.AdaptiveLogSoftmaxWithLoss(8, 11, [3, 6], div_value=2, head_bias=True))
cases["AdaptiveLogSoftmaxWithLoss"] = (
    lambda a, t: flat(*adaptive(a, t)), wave(1, 7, 8), labels(7, 11))
cases["AdaptiveLogSoftmaxWithLoss log_prob"] = (
    lambda a: flat(adaptive.log_prob(a), adaptive.predict(a)), wave(1, 7, 8))
alone = filled(nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2]))
cases["AdaptiveLogSoftmaxWithLoss of a row"] = (
    lambda a: flat(*alone(a, torch.tensor(4))), wave(2, 4))


def listed(found):
    output, (h, c) = found
    return flat(output, h, c)


both = filled(nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2))
cases["LSTM proj_size"] = (lambda a, h, c: listed(both(a, (h, c))), wave(1, 5, 2, 3),
                           wave(2, 4, 2, 2), wave(3, 4, 2, 4))
one = filled(nn.LSTM(3, 4, bias=False, batch_first=True, proj_size=1))
cases["LSTM proj_size batch_first"] = (lambda a: listed(one(a)), wave(1, 2, 5, 3))


def padded(a, h, c):
    packed = nn.utils.rnn.pack_padded_sequence(a, torch.tensor([3, 5]), enforce_sorted=False)
    output, state = both(packed, (h, c))
    return listed((nn.utils.rnn.pad_packed_sequence(output)[0], state))


cases["LSTM proj_size padded"] = (padded, wave(1, 5, 2, 3), wave(2, 4, 2, 2), wave(3, 4, 2, 4))

other = filled(nn.MultiheadAttention(6, 2, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True))
query, key, value = wave(1, 4, 2, 6), wave(2, 5, 2, 3), wave(3, 5, 2, 5)
hidden, late = wave(4, 2, 5) > 0.5, wave(5, 4, 5) > 0.6
cases["MultiheadAttention kdim"] = (
    lambda q, k, v: flat(*other(q, k, v, key_padding_mask=hidden, attn_mask=late)), query, key,
    value)
cases["MultiheadAttention each head"] = (
    lambda q, k, v: flat(*other(q, k, v, attn_mask=wave(6, 4, 4, 5), average_attn_weights=False)),
    query, key, value)
own = filled(nn.MultiheadAttention(6, 3, bias=False, add_bias_kv=True, batch_first=True))
causal = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
cases["MultiheadAttention causal"] = (
    lambda x: flat(*own(x, x, x, attn_mask=causal, is_causal=True)), wave(7, 2, 4, 6))
cases["MultiheadAttention without a batch"] = (
    lambda q, k, v: flat(*other(q, k, v)), wave(1, 4, 6), wave(2, 5, 3), wave(3, 5, 5))

lines = []
for name, (module, *inputs) in cases.items():
    first = inputs[0].detach().clone().requires_grad_()
    y = module(first, *inputs[1:])
    (y * wave(9, *y.shape)).sum().backward()
    numbers = [" ".join(f"{v:.13g}" for v in a.flatten().tolist()) for a in (y, first.grad)]
    lines.append(f"{name}: {numbers[0]} | {numbers[1]}\n")

# Running statistics: after two batches, and what is made of a third one by them.
norm = nn.InstanceNorm2d(4, affine=True, track_running_stats=True)
for k in (1, 2):
    norm(wave(k, 2, 4, 3, 3))
norm.eval()
y = norm(image)
numbers = " ".join(f"{v:.13g}" for v in y.flatten().tolist())
state = norm.state_dict()
after = " ".join(f"{v:.13g}" for k in ("running_mean", "running_var") for v in state[k].tolist())
lines.append(f"InstanceNorm2d running: {numbers} | {after}\n")
pathlib.Path(__file__).with_name("modules.txt").write_text("".join(lines))
