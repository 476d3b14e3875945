#include <glob.h>

#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/gemm/symbols.hpp>
#include <cinta/ops/kernels/loop/threads.hpp>
#include <cstdlib>
#include <vector>

namespace cinta::kernels {
namespace {

std::vector<std::string> candidates(const char* told) {
  if (told) return {told};
  std::vector<std::string> paths;
#ifdef CINTA_OPENBLAS_PATH
  paths.emplace_back(CINTA_OPENBLAS_PATH);
#endif
  glob_t found;
  if (glob("/usr/lib/*/openblas-openmp/libopenblas.so.0", 0, nullptr, &found) == 0)
    paths.insert(paths.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  for (const char* name : {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"})
    paths.emplace_back(name);
  return paths;
}

// Sets OPENBLAS_CORETYPE for its lifetime, unless the user did; child processes do not see it.
class CoreTypeScope {
 public:
  CoreTypeScope() : set_(!std::getenv(variable) && blas_core_type()) {
    if (set_) setenv(variable, blas_core_type(), 1);
  }
  ~CoreTypeScope() {
    if (set_) unsetenv(variable);
  }
  CoreTypeScope(const CoreTypeScope&) = delete;
  CoreTypeScope& operator=(const CoreTypeScope&) = delete;

 private:
  static constexpr const char* variable = "OPENBLAS_CORETYPE";
  bool set_;
};

// Whether `library` is an OpenBLAS with 32-bit sizes that has every routine; if so, fills `blas`.
bool read_table(void* library, Blas& blas) {
  Symbols symbols(library);
  symbols.read(blas.sgemm, "cblas_sgemm");
  symbols.read(blas.dgemm, "cblas_dgemm");
  symbols.read(blas.sgemv, "cblas_sgemv");
  symbols.read(blas.dgemv, "cblas_dgemv");
  symbols.read(blas.set_num_threads, "openblas_set_num_threads");
  symbols.read(blas.get_num_threads, "openblas_get_num_threads");
  symbols.read(blas.get_corename, "openblas_get_corename");
  symbols.read(blas.get_config, "openblas_get_config");
  symbols.read(blas.get_parallel, "openblas_get_parallel");
  if (!symbols.complete() ||
      std::string(blas.get_config()).find("USE64BITINT") != std::string::npos)
    return false;
#ifdef _OPENMP
  blas.shares_threads = blas.get_parallel() == 2;
#endif
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(blas.sgemm), &info) && info.dli_fname)
    blas.path = info.dli_fname;
  blas.library = library;
  blas.available = true;
  return true;
}

// Never closed: OpenBLAS does not survive being unloaded while OpenMP threads exist.
constexpr int flags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;

Blas load() {
  Blas blas;
  const char* told = std::getenv("CINTA_OPENBLAS");
  if (told && std::string(told) == "none") {
    blas.missing = "CINTA_OPENBLAS is \"none\"";
    return blas;
  }
  if (!told && read_table(RTLD_DEFAULT, blas)) return blas;
  const std::vector<std::string> paths = candidates(told);
  for (const std::string& path : paths) {
    void* library = dlopen(path.c_str(), flags | RTLD_NOLOAD);
    if (library && read_table(library, blas)) return blas;
  }

  // While it is loaded OpenBLAS asks OpenMP for its threads, and an OpenMP that begins in another
  // thread just then looks up symbols, which waits for what is being loaded: both would wait for
  // ever.
  max_threads();
  const CoreTypeScope core_type;
  std::string reason;
  for (const std::string& path : paths) {
    void* library = dlopen(path.c_str(), flags);
    if (library && read_table(library, blas)) return blas;
    const char* error = library ? nullptr : dlerror();
    reason = error ? error : path + " lacks routines or has 64-bit sizes";
  }
  blas = {};
  blas.missing = "OpenBLAS could not be loaded: " + reason +
                 "; install it (Debian: libopenblas0-openmp, Fedora: openblas-openmp, conda: "
                 "openblas)";
  return blas;
}

}  // namespace

const char* blas_core_type() {
#if defined(__x86_64__) && defined(__GNUC__)
  // OpenBLAS knows processors by model number and takes AVX2 kernels, at half the speed, for one
  // that came out after it. Its SkylakeX kernels need these five sets and suit every maker's.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd"))
    return "SkylakeX";
  // On AMD's it takes Zen kernels, which are up to 10 % slower below 512 and never faster.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return nullptr;
}

const Blas& blas() {
  static const Blas instance = load();
  return instance;
}

}  // namespace cinta::kernels
