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
