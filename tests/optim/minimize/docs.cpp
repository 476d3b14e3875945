// What docs/optimizers.md shows of minimizers and of the range test does what it says there.

#include <fstream>
#include <sstream>

#include "optim/minimize/shown.hpp"
#include "support/catch_compat.hpp"

namespace {

std::string text_of(const char* path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("docs/optimizers.md shows the minimizers' programs that are run here") {
  const std::string code = text_of(CINTA_SOURCE_DIR "/tests/optim/minimize/shown.hpp");
  REQUIRE(code.size() > 500);
  CHECK(text_of(CINTA_SOURCE_DIR "/docs/optimizers.md").find(code) != std::string::npos);

  const auto found = valley_of_rosenbrock();
  CHECK(found.converged());
  CHECK(max(abs(found.x - 1)).item() < 1e-8);

  manual_seed(2);
  const Tensor x = randn({64, 3}), y = matmul(x, tensor({{1}, {-2}, {3}})) + 0.5;
  nn::Linear net(3, 1);
  const Tensor weight = clone(net.weight.detach());
  optim::Adam adam(net, {.lr = 1e-3});
  set_rate(net, x, y, adam);
  CHECK(adam.options().lr > 1e-2);
  CHECK(adam.options().lr < 10);
  CHECK(max(abs(net.weight - weight)).item() == 0);

  CHECK(train_on_everything(net, x, y).value < 1e-8);
  CHECK(net.bias.item() == Approx(0.5).margin(1e-3));

  const Tensor wide = randn({30, 4}, float64);
  others(to(arange(5), float64), ones({5}, float64), wide, sum(wide, 1));
}
