// Cinta's side of dlpack_python.py, which loads this with ctypes: one tensor, made here or taken.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/from_blob.hpp>
#include <cinta/io/dlpack.hpp>
#include <new>
#include <string>

// Of Python, which has loaded this.
extern "C" {
struct PyObject;
int PyCapsule_IsValid(PyObject*, const char*);
void* PyCapsule_GetPointer(PyObject*, const char*);
}

namespace {

cinta::Tensor tensor;
std::string error;
int freed = 0;

}  // namespace

extern "C" {

/// A new tensor (2, 3) of 0, 1, ... in memory that counts when it is given back; transposed or not.
void make(int dtype, int transposed) {
  const auto type = static_cast<cinta::Dtype>(dtype);
  cinta::dispatch(type, [&]<class T>() {
    // To a cache line, as Cinta's own: JAX copies what is less.
    constexpr std::align_val_t line{64};
    T* const memory = static_cast<T*>(operator new(6 * sizeof(T), line));
    for (int i = 0; i < 6; ++i) memory[i] = static_cast<T>(i);
    const auto release = [memory] {
      operator delete(memory, line);
      ++freed;
    };
    tensor = transposed ? cinta::from_blob(memory, {3, 2}, {1, 3}, type, release)
                        : cinta::from_blob(memory, {2, 3}, type, release);
  });
}
int times_freed() { return freed; }
void drop() { tensor = {}; }

double element(int i) {
  return cinta::dispatch(tensor.dtype(), [&]<class T>() { return double(tensor.data<T>()[i]); });
}
void set_element(int i, double value) {
  cinta::dispatch(tensor.dtype(), [&]<class T>() { tensor.data<T>()[i] = static_cast<T>(value); });
}
const char* spec() {
  error = tensor.spec().str() + " " + tensor.strides().str();
  return error.c_str();
}

void* hand_out(int versioned, int read_only) {
  if (!versioned) return cinta::io::to_dlpack(tensor);
  return cinta::io::to_dlpack_versioned(tensor, {.read_only = read_only != 0});
}

/// Empty, or what is wrong.
const char* take(void* managed, int versioned, int copy) {
  error.clear();
  try {
    const cinta::io::FromDlpackOptions options{.copy = copy != 0};
    tensor = versioned
                 ? cinta::io::from_dlpack(static_cast<DLManagedTensorVersioned*>(managed), options)
                 : cinta::io::from_dlpack(static_cast<DLManagedTensor*>(managed), options);
  } catch (const cinta::Error& refusal) {
    error = refusal.what();
  }
  return error.c_str();
}

/// The destructor of a capsule: frees what no consumer has taken and renamed.
void destroy(PyObject* capsule) {
  if (PyCapsule_IsValid(capsule, "dltensor"))
    cinta::io::free_dlpack(
        static_cast<DLManagedTensor*>(PyCapsule_GetPointer(capsule, "dltensor")));
  else if (PyCapsule_IsValid(capsule, "dltensor_versioned"))
    cinta::io::free_dlpack(static_cast<DLManagedTensorVersioned*>(
        PyCapsule_GetPointer(capsule, "dltensor_versioned")));
}
}
