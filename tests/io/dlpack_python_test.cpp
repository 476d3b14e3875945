// io/dlpack with NumPy, PyTorch and JAX in one process: tests/io/peer/dlpack_module.cpp is loaded
// there.

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "support/catch_compat.hpp"
#include "support/python.hpp"

namespace {

void check_with(const std::string& library, const std::string& condition = "True") {
  if (sanitized) SKIP_TEST("Python was not built with sanitizers");
  if (std::getenv("CINTA_EMULATED")) SKIP_TEST("Python is of another processor");
  const std::string python = python::with("numpy, " + library + "; assert " + condition);
  if (python.empty()) SKIP_TEST("there is no Python with it");
  const std::filesystem::path tests = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::cout << python::run(python, "tests/io/dlpack_python.py",
                           {(tests / "dlpack_module.so").string(), library});
}

}  // namespace

// Before 2.2.5 what NumPy takes is read-only (numpy#28599), and before 2.1 there is no bool.
TEST_CASE("dlpack: memory is shared with NumPy 2.2.5, both ways") {
  check_with("numpy", "tuple(map(int, numpy.__version__.split('.')[:3])) >= (2, 2, 5)");
}
TEST_CASE("dlpack: memory is shared with PyTorch, both ways") { check_with("torch"); }
TEST_CASE("dlpack: memory is shared with JAX, both ways") { check_with("jax"); }
