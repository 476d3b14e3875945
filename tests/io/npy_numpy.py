"""NumPy's side of npy_numpy_test.cpp.

    npy_numpy.py write FOLDER COUNT SEED    random arrays: FOLDER/<i>.npy, and FOLDER/list
    npy_numpy.py check FOLDER               what Cinta made of them: <i>.own.npy and <i>.as.npy
"""

import sys

import numpy as np

TYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


def random_array(rng, kind):
    rank = int(rng.integers(0, 9))
    shape = tuple(int(n) for n in rng.integers(0 if rng.random() < 0.1 else 1, 5, rank))
    if kind[0] == "b":
        array = rng.random(shape) < 0.5
    elif kind[0] in "iu":
        info = np.iinfo(kind)
        high = min(int(info.max), 2**63 - 1)  # what int64 holds
        array = rng.integers(int(info.min), high, shape, dtype=kind, endpoint=True)
    else:
        array = rng.standard_normal(shape) * 10.0 ** rng.integers(-8, 5, shape)
        special = [np.inf, -np.inf, np.nan, 0.0, -0.0]
        array = np.where(rng.random(shape) < 0.1, rng.choice(special, shape), array)
    array = np.asarray(array).astype(rng.choice(["<", ">"]) + kind)
    return np.asfortranarray(array) if rng.random() < 0.5 else array


def own(array):
    """As Cinta holds it."""
    kind = array.dtype.kind
    to = "?" if kind == "b" else "i8" if kind in "iu" else "f8" if array.dtype.itemsize == 8 else "f4"
    return np.ascontiguousarray(array).reshape(array.shape).astype(to)


def target(rng, array):
    """A type that holds all of the array's values, or rounds them."""
    whole = array.dtype.kind in "biu"
    low, high = (int(array.min()), int(array.max())) if whole and array.size else (0, 0)

    def holds(kind):
        if kind == "b1":
            return whole and 0 <= low and high <= 1
        if kind[0] in "iu":
            return whole and np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
        return True

    return str(rng.choice([kind for kind in TYPES if holds(kind)]))


def write(folder, count, seed):
    rng = np.random.default_rng(seed)
    with open(f"{folder}/list", "w") as names:
        for i in range(count):
            array = random_array(rng, TYPES[i % len(TYPES)])
            with open(f"{folder}/{i}.npy", "wb") as file:
                np.lib.format.write_array(file, array, version=(int(rng.integers(1, 4)), 0))
            names.write(np.dtype(target(rng, array)).name + "\n")


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(
        a, b, equal_nan=a.dtype.kind == "f") and a.tobytes() == b.astype(a.dtype).tobytes()


def check(folder):
    types = open(f"{folder}/list").read().split()
    seen = set()
    for i, kind in enumerate(types):
        array = np.load(f"{folder}/{i}.npy")
        expected = own(array)
        mine = np.load(f"{folder}/{i}.own.npy")
        assert same(mine, expected), (i, array.dtype, array.shape, mine, expected)
        with np.errstate(over="ignore"):
            converted = expected.astype(kind)
        mine = np.load(f"{folder}/{i}.as.npy")
        assert same(mine, converted), (i, kind, array.dtype, array.shape, mine, converted)
        seen.add((array.dtype.str, array.flags.c_contiguous, array.ndim))
    print(f"{len(types)} files agree; {len(seen)} kinds of dtype, order and rank")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        check(sys.argv[2])
