// The smallest use of the library: an operation, a gradient, an operation and an error of one's
// own, and errors that are caught by their class on this side of a shared library's border.
#include <cinta/cinta.hpp>

#include <cstdio>
#include <string>

using namespace cinta;

namespace {

struct OwnError : ValueError {
  using ValueError::ValueError;
};

Tensor refuse(const Tensor& x, Site site = {}) {
  return apply(
      {"refuse", site}, {x}, x.spec(),
      [](const Inputs&, const Tensor&) { throw OwnError("refuse: no"); },
      [](const Grad& g) { return g.dy; });
}

// The name of the class by which an error of the library, or one that passed through it, is caught.
template <class F>
std::string caught(F f) {
  try {
    f();
  } catch (const OwnError&) {
    return "OwnError";
  } catch (const ShapeError&) {
    return "ShapeError";
  } catch (const Error&) {
    return "Error";
  }
  return "nothing";
}

int failures = 0;

void expect(bool good, const char* what) {
  if (good) return;
  std::printf("failed: %s\n", what);
  ++failures;
}

}  // namespace

int main() {
  Tensor x = full({2, 3}, 2.0);
  x.requires_grad_();
  sum(x * x).backward();
  for (const float g : x.grad().to_vector<float>()) expect(g == 4.0f, "d(x*x)/dx at 2 is 4");
  expect(matmul(ones({64, 64}), ones({64, 64})).to_vector<float>()[0] == 64, "a product");
  expect(caught([&] { matmul(x, x); }) == "ShapeError", "a ShapeError is caught as one");
  expect(caught([&] { refuse(x); }) == "OwnError", "an error of the user's passes through");
  if (failures == 0) std::puts("cinta works as an installed package");
  return failures;
}
