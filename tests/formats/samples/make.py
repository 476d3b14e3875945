"""Writes the samples beside it, by NumPy and PyTorch (2.4.6 and 2.13.0 wrote those that are here)."""

import numpy as np

arrays = {
    "layer/weight": np.array([[1.5, -2], [0, 4]], "f4"),
    "zeros": np.zeros(1000),
}
np.savez("savez.npz", np.arange(3), **arrays)
np.savez_compressed("savez_compressed.npz", np.arange(3), **arrays)

import gzip
import struct

with gzip.GzipFile("images.idx.gz", "wb", mtime=0) as file:
    file.write(struct.pack(">HBBIII", 0, 8, 3, 2, 3, 4) + bytes(range(0, 240, 10)))

import collections

import torch

torch.manual_seed(0)
net = torch.nn.Sequential(
    collections.OrderedDict(
        fc=torch.nn.Linear(2, 3), norm=torch.nn.BatchNorm1d(3), out=torch.nn.Linear(3, 1, bias=False)
    )
)
with torch.no_grad():
    for i, parameter in enumerate(net.parameters()):
        parameter.copy_(torch.arange(parameter.numel()).reshape(parameter.shape) + 10 * i)
torch.save(net.state_dict(), "state_dict.pt")
torch.save(
    {
        "model": net.state_dict(),
        "optimizer": torch.optim.Adam(net.parameters()).state_dict(),
        "epoch": 3,
        "loss": 0.25,
        "note": "h\u00e9llo",
        "none": None,
        "done": True,
        "steps": (1, 10**12, -1),
        "shape": torch.Size([2, 3]),
        "dtype": torch.float16,
        "device": torch.device("cpu"),
    },
    "checkpoint.pt",
)
base = torch.arange(12.0).reshape(3, 4)
torch.save(
    {
        "transposed": base.T,
        "row": base[1],
        "every_second": base[:, 1::2],
        "expanded": torch.tensor([[7.0]]).expand(2, 3),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(torch.ones(2)),
    },
    "strided.pt",
)
torch.save(
    {
        str(dtype)[6:]: torch.tensor([0, 1, 100], dtype=dtype)
        for dtype in [
            torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
            torch.int16, torch.int8, torch.uint8, torch.bool, torch.uint16, torch.uint32, torch.uint64,
        ]
    },
    "dtypes.pt",
)
torch.save(torch.ones(2), "protocol_4.pt", pickle_protocol=4)
torch.save({"w": torch.ones(2)}, "refused_legacy.pt", _use_new_zipfile_serialization=False)
torch.save(net, "refused_module.pt")
torch.save({"c": torch.zeros(2, dtype=torch.complex64)}, "refused_complex.pt")
torch.save({"a": np.float64(1)}, "refused_numpy.pt")
torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), "refused_script.pt")
