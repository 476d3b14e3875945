"""Writes npy/*.npy, by NumPy (2.4.6 wrote those that are here)."""

import numpy as np

np_format = np.lib.format


def write(name, array, version=(1, 0)):
    with open(f"npy/{name}.npy", "wb") as file:
        np_format.write_array(file, array, version=version)


write("float16_big_fortran", np.asfortranarray([[0, 0.5, 1], [1.5, 2, np.inf]], dtype=">f2"))
write("int16_fortran_v2", np.asfortranarray(100 * np.arange(24).reshape(2, 3, 4) - 1000, dtype="<i2"), (2, 0))
write("uint32_v3", np.array([0, 2**32 - 1], "u4"), (3, 0))
write("float64_rank_0", np.array(2.5))
write("bool_rank_8", np.array([[True, False], [False, True]]).reshape(1, 1, 2, 1, 1, 1, 1, 2))
write("float32_empty", np.zeros((0, 3), "f4"))
write("refused_complex", np.array([1 + 2j], "c8"))
write("refused_text", np.array(["one"]))
write("refused_structured", np.zeros(2, [("a", "f4"), ("b", "i2")]))
write("refused_object", np.array([{}]))
# NumPy for Python 2 wrote long integers; NumPy for Python 3 reads them.
with open("npy/int64_python2.npy", "wb") as file:
    header = b"{'descr': '<i8', 'fortran_order': False, 'shape': (2L,), }".ljust(69) + b"\n"
    file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    file.write(np.array([7, 8]).tobytes())
