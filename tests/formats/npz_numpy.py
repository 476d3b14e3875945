"""NumPy's side of npz_test.cpp: checks what Cinta has written and writes the same."""

import sys

import numpy as np

folder = sys.argv[1]
expected = {
    "weights": np.arange(1, 7, dtype="f4").reshape(2, 3),
    "layers.0.bias": np.array([1e300, -0.5]),
    "ids": np.array([-1, 2**63 - 1]),
    "mask": np.array([True, False, True]),
    "scalar": np.array(42, "f4"),
    "nothing": np.zeros((0, 3), "f4"),
    "turned": np.arange(1, 7, dtype="f4").reshape(2, 3).T,
}
for name in ["stored", "compressed"]:
    with np.load(f"{folder}/{name}.npz") as file:
        assert file.files == list(expected), file.files
        assert file.zip.testzip() is None
        for key, array in expected.items():
            assert file[key].dtype == array.dtype and file[key].shape == array.shape, key
            assert np.array_equal(file[key], array), key
np.savez(f"{folder}/savez.npz", **expected)
np.savez_compressed(f"{folder}/savez_compressed.npz", **expected)
print(f"numpy {np.__version__}: {len(expected)} arrays, stored and compressed")
