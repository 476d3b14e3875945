// io/dlpack with NumPy, PyTorch and JAX in one process: tests/io/peer/dlpack_module.cpp is loaded
// there.

#include <filesystem>
#include <iostream>

#include "support/catch_compat.hpp"
#include "support/python.hpp"

namespace {

void check_with(const std::string& library) {
  if (sanitized) SKIP_TEST("Python was not built with sanitizers");
  const std::string python = python::with("numpy, " + library);
  if (python.empty()) SKIP_TEST("there is no Python with it");
  const std::filesystem::path tests = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::cout << python::run(python, "tests/io/dlpack_python.py",
                           {(tests / "dlpack_module.so").string(), library});
}

}  // namespace

TEST_CASE("dlpack: memory is shared with NumPy, both ways") { check_with("numpy"); }
TEST_CASE("dlpack: memory is shared with PyTorch, both ways") { check_with("torch"); }
TEST_CASE("dlpack: memory is shared with JAX, both ways") { check_with("jax"); }
