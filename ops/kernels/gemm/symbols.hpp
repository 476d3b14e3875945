#pragma once
// Private to what calls OpenBLAS: functions of a library that is opened at run time, by their
// names.

#include <dlfcn.h>

#include <string>

namespace cinta::kernels {

class Symbols {
 public:
  /// `library` as dlsym takes it; not `open`, there is nothing to find.
  explicit Symbols(void* library, bool open = true) : library_(library), complete_(open) {}

  /// Sets the pointer to the function of this name, or to null.
  template <class F>
  void read(F*& function, const std::string& name) {
    function = complete_ ? reinterpret_cast<F*>(dlsym(library_, name.c_str())) : nullptr;
    complete_ = function;
  }
  /// Whether all were there.
  bool complete() const { return complete_; }

 private:
  void* library_;
  bool complete_;
};

}  // namespace cinta::kernels
