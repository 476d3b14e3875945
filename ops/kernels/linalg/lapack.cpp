#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/gemm/symbols.hpp>
#include <cinta/ops/kernels/linalg/lapack.hpp>

namespace cinta::kernels {
namespace {

template <class T>
struct Table {
  LapackRoutines<T> routines = {};
  bool complete;

  explicit Table(const std::string& letter) {
    Symbols symbols(blas().library, blas().available);
    symbols.read(routines.trsm, letter + "trsm_");
    symbols.read(routines.syrk, letter + "syrk_");
    symbols.read(routines.potrf, letter + "potrf_");
    symbols.read(routines.getrf, letter + "getrf_");
    symbols.read(routines.gelqf, letter + "gelqf_");
    symbols.read(routines.larft, letter + "larft_");
    symbols.read(routines.larfb, letter + "larfb_");
    symbols.read(routines.orglq, letter + "orglq_");
    symbols.read(routines.larfg, letter + "larfg_");
    symbols.read(routines.sterf, letter + "sterf_");
    symbols.read(routines.stedc, letter + "stedc_");
    symbols.read(routines.bdsdc, letter + "bdsdc_");
    complete = symbols.complete();
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
