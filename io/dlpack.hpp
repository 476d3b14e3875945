#pragma once
// DLPack: NumPy, PyTorch, JAX and Cinta share the memory of a tensor inside one process.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)

// Of <dlpack/dlpack.h>, which is not needed to hand them on.
struct DLManagedTensor;
struct DLManagedTensorVersioned;

namespace cinta::io {

/// A view of `x` for another library: its memory, shape and strides, on the CPU. Nothing is copied:
/// each side sees what the other writes, and the memory stays until both are done with it. Whoever
/// gets the pointer calls its deleter once, as free_dlpack() does.
///
/// Writes from outside do not raise the tensor's version, so that backward() cannot notice them:
/// call x.storage()->bump_version() after some. Throws GraphError if `x` requires gradients, since
/// what others compute is not recorded (detach() it); ValueError if it is undefined or row-sparse.
DLManagedTensor* to_dlpack(const Tensor& x, Site site = {});

/// How to_dlpack_versioned shows a tensor.
struct ToDlpackOptions {
  bool read_only = false;  ///< ask the other side not to write
};

/// The same in the form of DLPack 1.0, which consumers ask for by max_version=(1, 0).
DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& x, ToDlpackOptions options = {},
                                              Site site = {});

/// What from_dlpack may do.
struct FromDlpackOptions {
  /// Take a copy instead of sharing: of any strides and alignment, of bool, integers of 8 to 64
  /// bits (int64 then), float16, bfloat16 (float32 then), float32 and float64.
  bool copy = false;
  /// Share memory that its producer calls read-only: whoever asks for it writes to no such tensor.
  bool read_only = false;
};

/// A tensor on the memory of another library, which is float32, float64, int64 or bool on the CPU,
/// with any strides and offset. From now on the tensor owns `managed`, whose deleter runs once:
/// when the last tensor on the memory goes, or at once where a copy was made or an error is thrown.
/// Throws DtypeError for other types (see FromDlpackOptions::copy) and ValueError for null, another
/// device, a version other than 1, read-only memory, unaligned elements, and a bool that is neither
/// 0 nor 1.
Tensor from_dlpack(DLManagedTensor* managed, FromDlpackOptions options = {}, Site site = {});
Tensor from_dlpack(DLManagedTensorVersioned* managed, FromDlpackOptions options = {},
                   Site site = {});

/// Calls the deleter, if there is one. For what to_dlpack returned and nobody took, as in the
/// destructor of a Python capsule:
///
///     void destroy(PyObject* capsule) {  // a consumer has renamed it
///       if (PyCapsule_IsValid(capsule, "dltensor"))
///         free_dlpack(static_cast<DLManagedTensor*>(PyCapsule_GetPointer(capsule, "dltensor")));
///     }
void free_dlpack(DLManagedTensor* managed) noexcept;
void free_dlpack(DLManagedTensorVersioned* managed) noexcept;

}  // namespace cinta::io
#pragma GCC visibility pop
