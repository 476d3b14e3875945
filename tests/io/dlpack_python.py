"""The other side of dlpack_python_test.cpp: python dlpack_python.py MODULE numpy|torch|jax"""

import ctypes
import gc
import importlib
import sys
import weakref

library = sys.argv[2]
c = ctypes.PyDLL(sys.argv[1])  # with Python's lock held
c.element.restype = ctypes.c_double
c.set_element.argtypes = [ctypes.c_int, ctypes.c_double]
c.hand_out.restype = ctypes.c_void_p
c.take.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
c.take.restype = c.spec.restype = ctypes.c_char_p
api = ctypes.pythonapi
api.PyCapsule_New.restype = ctypes.py_object
api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
api.PyCapsule_GetPointer.restype = ctypes.c_void_p
api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
api.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
NAMES = [b"dltensor", b"dltensor_versioned"]  # a capsule keeps the pointer
USED = [b"used_dltensor", b"used_dltensor_versioned"]
DTYPES = {"bool": 0, "int64": 1, "float32": 2, "float64": 3}
freed = 0


class Cinta:
    """Hands out the module's tensor, as a Python class over Cinta would."""

    def __init__(self, read_only=False, newest=1):
        self.read_only, self.newest = read_only, newest

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        versioned = min(self.newest, 1 if max_version is not None and max_version[0] >= 1 else 0)
        pointer = c.hand_out(versioned, int(self.read_only))
        destroy = ctypes.cast(c.destroy, ctypes.c_void_p)
        return api.PyCapsule_New(pointer, NAMES[versioned], destroy)

    def __dlpack_device__(self):
        return (1, 0)


def take(array, versioned, copy=False):
    """Gives the module an array; returns its refusal."""
    capsule = array.__dlpack__(max_version=(1, 0)) if versioned else array.__dlpack__()
    # A producer may know the old form only.
    versioned = int(api.PyCapsule_IsValid(capsule, NAMES[1]))
    pointer = api.PyCapsule_GetPointer(capsule, NAMES[versioned])
    api.PyCapsule_SetName(capsule, USED[versioned])
    return c.take(pointer, versioned, int(copy)).decode()


api.PyCapsule_IsValid.argtypes = [ctypes.py_object, ctypes.c_char_p]


def check_freed():
    """The memory that make() got is given back once, and not before."""
    global freed
    gc.collect()
    freed += 1
    assert c.times_freed() == freed, (c.times_freed(), freed)


def check_never_consumed():
    for versioned in range(2):
        c.make(DTYPES["float32"], 0)
        capsule = Cinta().__dlpack__(max_version=(versioned, 0))
        c.drop()
        assert c.times_freed() == freed
        del capsule
        check_freed()


def check_outwards(from_dlpack, numpy, writes):
    for dtype, code in DTYPES.items():
        for transposed in range(2):
            for newest in range(2):
                c.make(code, transposed)
                x = from_dlpack(Cinta(newest=newest))
                c.drop()
                gc.collect()
                assert c.times_freed() == freed
                y = numpy.asarray(x)
                expected = numpy.arange(6).reshape(2, 3).astype(dtype)
                expected = expected.T if transposed else expected
                assert y.dtype == dtype and (y == expected).all(), (dtype, y)
                del x, y
                check_freed()
    # What either side writes, the other sees.
    c.make(DTYPES["float32"], 0)
    x = from_dlpack(Cinta())
    c.set_element(5, 50)
    assert float(x[1, 2]) == 50
    if writes:
        x[0, 1] = 10
        assert c.element(1) == 10
    c.drop()
    del x
    check_freed()


def check_inwards(make, numpy):
    """make(ndarray) is an array of the library."""
    for dtype in DTYPES:
        for versioned in range(2):
            array = make(numpy.arange(6).reshape(2, 3).astype(dtype))
            gone = []
            weakref.finalize(array, gone.append, 1)
            refusal = take(array, versioned)
            assert refusal == "" or library == "jax" and "read-only" in refusal, refusal
            if refusal:
                assert take(array, versioned, copy=True) == ""
            assert c.spec().decode() == f"{dtype} (2, 3) (3, 1)", c.spec()
            assert [c.element(i) for i in range(6)] == list(numpy.arange(6).astype(dtype))
            c.drop()
            del array
            gc.collect()
            assert gone == [1]


numpy = importlib.import_module("numpy")
check_never_consumed()

if library == "numpy":
    # An old capsule is read-only to NumPy, and a new one is not.
    check_outwards(numpy.from_dlpack, numpy, writes=True)
    check_inwards(lambda array: array.copy(), numpy)
    c.make(3, 0)
    assert not numpy.from_dlpack(Cinta(read_only=True)).flags.writeable
    c.drop()
    check_freed()
    x = numpy.arange(6.0)
    count = sys.getrefcount(x)
    assert take(x[::-2], 1) == ""
    assert c.spec() == b"float64 (3,) (-2,)", c.spec()
    c.set_element(0, 9)
    assert x[5] == 9
    c.drop()
    gc.collect()
    assert sys.getrefcount(x) == count
    x.flags.writeable = False
    assert "read-only" in take(x, 1) and take(x, 1, copy=True) == ""
    assert "int32 cannot be shared" in take(numpy.arange(3, dtype="i4"), 1)
    for dtype in ["i1", "i2", "i4", "u1", "u2", "u4", "u8", "f2"]:
        assert take(numpy.arange(3, dtype=dtype), 1, copy=True) == "" and c.element(2) == 2, dtype
    assert "complex128 is not supported" in take(numpy.zeros(3, "c16"), 1)
elif library == "torch":
    import torch

    check_outwards(torch.from_dlpack, numpy, writes=True)
    check_inwards(lambda array: torch.from_numpy(array).clone(), numpy)
    x = torch.arange(6.0).reshape(2, 3)
    assert take(x.T[1:], 1) == "" and c.spec() == b"float32 (2, 2) (1, 3)"
    c.set_element(0, -1)
    assert x[0, 1] == -1
    assert take(torch.ones(3, dtype=torch.bfloat16), 1, copy=True) == "" and c.element(0) == 1
elif library == "jax":
    import jax

    jax.config.update("jax_enable_x64", True)
    check_outwards(jax.numpy.from_dlpack, numpy, writes=False)
    check_inwards(jax.numpy.array, numpy)
print(f"{library} {importlib.import_module(library).__version__}: {freed} tensors shared and freed")
