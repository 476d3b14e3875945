#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/lr_range_test.hpp>

using namespace cinta;
namespace minimize = optim::minimize;

// A function and its start, which stays as it is.
minimize::Minimum<Tensor> valley_of_rosenbrock() {
  const auto f = [](const Tensor& x) {
    return 100 * square(x(1) - square(x(0))) + square(1 - x(0));
  };
  return minimize::lbfgs(f, tensor({-1.2, 1}, float64),
                         {.tolerance_grad = 1e-10, .tolerance_change = 0});
}

// A closure over the parameters of a net, which are moved to the minimum in place.
minimize::Result train_on_everything(nn::Linear& net, const Tensor& x, const Tensor& y) {
  return minimize::lbfgs([&] { return mse_loss(net(x), y); }, net, {.max_iter = 200});
}

// Residuals instead of a value; bounds; penalties with exact zeros.
void others(const Tensor& t, const Tensor& y, const Tensor& a, const Tensor& b) {
  const auto residuals = [&](const Tensor& p) { return p(0) * exp(p(1) * t) - y; };
  const auto curve = minimize::least_squares(residuals, tensor({1, 0}, float64));

  const auto error = [&](const Tensor& w) { return sum(square(matmul(a, w) - b)) / 2; };
  const Tensor start = zeros({a.size(1)}, float64);
  const auto not_negative = minimize::lbfgsb(error, start, {.low = 0});
  const auto lasso = minimize::fista(error, start, {.penalty = {.l1 = 0.1}});
}

// Which learning rates a net learns with. Afterwards all is as it was, but for the rate.
void set_rate(nn::Linear& net, const Tensor& x, const Tensor& y, optim::Optimizer& optimizer) {
  train::DataLoader loader({x, y}, {.batch_size = 16, .shuffle = true});
  const auto loss = [&](const Tensor& in, const Tensor& out) { return mse_loss(net(in), out); };
  const train::LrRange range = train::lr_range_test(net, optimizer, loader, loss);
  optimizer.set_option("lr", range.steepest());
}
