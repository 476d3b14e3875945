"""Writes tests/io/samples/*.safetensors as others write them: safetensors (of torch and of NumPy) and
huggingface_hub, which shards. Run once by hand: python3 tests/io/samples/write.py"""

import pathlib

import huggingface_hub
import numpy
import safetensors.numpy
import safetensors.torch
import torch

samples = pathlib.Path(__file__).parent

safetensors.torch.save_file(
    {
        "float16": torch.tensor([1.5, -2.0, 65504.0], dtype=torch.float16),
        "bfloat16": torch.tensor([[1.5], [-3.0e38]], dtype=torch.bfloat16),
        "float32": torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        "float64": torch.tensor(0.1, dtype=torch.float64),
        "int8": torch.tensor([-128, 127], dtype=torch.int8),
        "uint8": torch.tensor([0, 255], dtype=torch.uint8),
        "int16": torch.tensor([-32768], dtype=torch.int16),
        "int32": torch.tensor([-(2**31)], dtype=torch.int32),
        "int64": torch.tensor([-(2**63), 2**63 - 1]),
        "bool": torch.tensor([True, False, True]),
        "empty": torch.zeros(0, 3),
    },
    samples / "torch.safetensors",
    metadata={"format": "pt"},
)
safetensors.numpy.save_file(
    {
        "matrix": numpy.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        "uint16": numpy.array([65535], numpy.uint16),
        "uint32": numpy.array([2**32 - 1], numpy.uint32),
        "uint64": numpy.array([2**63 - 1], numpy.uint64),
    },
    samples / "numpy.safetensors",
)
huggingface_hub.save_torch_state_dict(
    {f"layer.{i}.weight": torch.full((4, 2), float(i)) for i in range(4)},
    samples,
    filename_pattern="sharded{suffix}.safetensors",
    max_shard_size=64,
)
