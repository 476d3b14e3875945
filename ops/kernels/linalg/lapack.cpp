#include <dlfcn.h>

#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/linalg/lapack.hpp>
#include <string>
#include <type_traits>

namespace cinta::kernels {
namespace {

template <class T>
struct Table {
  LapackRoutines<T> routines = {};
  bool complete = blas().available;

  explicit Table(const char* letter) {
    const auto read = [&](auto& function, const char* name) {
      if (!complete) return;
      function = reinterpret_cast<std::decay_t<decltype(function)>>(
          dlsym(blas().library, (letter + std::string(name) + "_").c_str()));
      complete = function;
    };
    read(routines.trsm, "trsm");
    read(routines.potrf, "potrf");
    read(routines.getrf, "getrf");
    read(routines.gelqf, "gelqf");
    read(routines.orglq, "orglq");
    read(routines.syevd, "syevd");
    read(routines.gesdd, "gesdd");
  }
};

}  // namespace

template <>
const LapackRoutines<float>* lapack<float>() {
  static const Table<float> table("s");
  return table.complete ? &table.routines : nullptr;
}

template <>
const LapackRoutines<double>* lapack<double>() {
  static const Table<double> table("d");
  return table.complete ? &table.routines : nullptr;
}

}  // namespace cinta::kernels
