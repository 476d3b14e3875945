// The smallest use of every layer: a model, a penalty, a step, and the gradients behind them.
#include <cinta/cinta.hpp>

#include <cstdio>

using namespace cinta;

int main() {
  Tensor x = full({2, 3}, 2.0);
  x.requires_grad_();
  sum(x * x).backward();
  for (const float g : x.grad().to_vector<float>()) {
    if (g != 4.0f) {
      std::printf("d(x*x)/dx at 2 is %g, not 4\n", g);
      return 1;
    }
  }
  std::puts("cinta works as an installed package");
  return 0;
}
