// A user's file: a small model and its training step.
#include <cinta/cinta.hpp>

using namespace cinta;

struct Net : nn::Module {
  nn::Linear hidden = add("hidden", nn::Linear(8, 64));
  nn::Dropout drop = add("drop", nn::Dropout(0.2));
  nn::Linear out = add("out", nn::Linear(64, 1));

  Tensor forward(const Tensor& x) { return out(drop(relu(hidden(x)))); }
};

double train(Net& net, const Tensor& x, const Tensor& y, int steps) {
  optim::AdamW opt(net.parameters(), {.lr = 1e-3, .weight_decay = 1e-4});
  double last = 0;
  for (int i = 0; i < steps; ++i) {
    opt.zero_grad();
    Tensor loss = mse_loss(net.forward(x), y) + nn::l1_penalty(net.hidden.weight, 1e-4);
    loss.backward();
    opt.step();
    last = loss.item();
  }
  net.eval();
  return last;
}
