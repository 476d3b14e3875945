// Steps on the rows of row-sparse gradients equal steps on all rows, for every optimizer.

#include "optim/lazy/dense.hpp"

namespace lazy {

namespace {

// Trains a table by row-sparse lookups and holds it against plain loops, at the end and, where
// `look`, in between.
template <class Optimizer, class Options>
void compare(const Setup& setup, Options options, const Element& element, bool look = true) {
  Tensor w = to(from_data(start(), {rows, width}), setup.dtype).requires_grad_();
  Optimizer optimizer({w}, options);
  Dense dense(element);
  Draws draws;
  for (int step = 0; step < setup.steps; ++step) {
    const double lr = lr_at(step, setup.lr);
    const Ids ids = draw_ids(draws);
    optimizer.options().lr = lr;
    optimizer.zero_grad();
    loss_of(embedding(w, ids_of(ids), {.sparse = true})).backward();
    REQUIRE(w.grad().is_row_sparse());
    optimizer.step();
    dense.step(ids, lr);
    if (look && step % 613 == 600)
      REQUIRE(distance(values(w), dense.w, setup.floor) < setup.tolerance);
  }
  const double off = distance(values(w), dense.w, setup.floor);
  INFO("distance " << off);
  CHECK(off < setup.tolerance);
}

}  // namespace

TEST_CASE("lazy SGD with L2 equals the dense computation") {
  compare<optim::SGD>({}, optim::SGDOptions{.weight_decay = 0.02}, sgd(0.02, 0));
  compare<optim::SGD>({}, optim::SGDOptions{.weight_decay = 0.02}, sgd(0.02, 0), false);
  // Untouched rows shrink below 1e-300: no product of many steps may be divided by.
  compare<optim::SGD>({.lr = 0.5, .steps = 6000}, optim::SGDOptions{.weight_decay = 1}, sgd(1, 0),
                      false);
  // A step beyond 2 / lambda flips signs.
  compare<optim::SGD>({.lr = 0.3, .steps = 300}, optim::SGDOptions{.weight_decay = 4}, sgd(4, 0),
                      false);
}

TEST_CASE("lazy SGD with proximal L1 equals the dense computation") {
  // Near its zero an element is known to within the threshold's own rounding.
  const Setup setup{.floor = 1e-4};
  compare<optim::SGD>(setup, optim::SGDOptions{.l1 = 0.002}, sgd(0, 0.002));
  compare<optim::SGD>(setup, optim::SGDOptions{.l1 = 0.002}, sgd(0, 0.002), false);
}

TEST_CASE("lazy SGD with an elastic net equals the dense computation") {
  const Setup setup{.floor = 1e-4};
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.01, .l1 = 0.001},
                      sgd(0.01, 0.001));
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.01, .l1 = 0.001}, sgd(0.01, 0.001),
                      false);
  compare<optim::SGD>({.lr = 0.3, .steps = 300, .floor = 1e-4},
                      optim::SGDOptions{.weight_decay = 4, .l1 = 0.001}, sgd(4, 0.001), false);
}

TEST_CASE("a lazy L1 step reaches exact zeros") {
  Tensor w = from_data(Doubles{0.5, -0.25, 3, 1}, {4, 1}).requires_grad_();
  optim::SGD optimizer({w}, {.lr = 0.125, .l1 = 1});
  for (int step = 0; step < 5; ++step) {
    optimizer.zero_grad();
    sum(embedding(w, ids_of({3}), {.sparse = true}) * 0).backward();
    optimizer.step();
  }
  CHECK(w.to_vector<double>() == Doubles{0, 0, 2.375, 0.375});
}

TEST_CASE("lazy SGD with momentum equals the dense computation") {
  const Setup setup{.tolerance = 1e-9};
  compare<optim::SGD>(setup, optim::SGDOptions{.momentum = 0.9}, sgd_momentum(0, 0, 0.9, 0, false));
  compare<optim::SGD>(setup,
                      optim::SGDOptions{.momentum = 0.9, .dampening = 0.3, .weight_decay = 0.02},
                      sgd_momentum(0.02, 0, 0.9, 0.3, false), false);
  compare<optim::SGD>(setup,
                      optim::SGDOptions{.momentum = 0.8, .weight_decay = 0.02, .nesterov = true},
                      sgd_momentum(0.02, 0, 0.8, 0, true));
  compare<optim::SGD>({.tolerance = 1e-9, .floor = 1e-4},
                      optim::SGDOptions{.momentum = 0.9, .weight_decay = 0.01, .l1 = 0.001},
                      sgd_momentum(0.01, 0.001, 0.9, 0, false), false);
}

TEST_CASE("lazy Adam and AdamW equal the dense computation") {
  const Setup setup{.lr = 0.01, .tolerance = 1e-9};
  compare<optim::Adam>(setup, optim::AdamOptions{}, adam(0, 0));
  compare<optim::Adam>(setup, optim::AdamOptions{}, adam(0, 0), false);
  compare<optim::Adam>(setup, optim::AdamOptions{.weight_decay = 0.01}, adam(0.01, 0), false);
  compare<optim::AdamW>(setup, optim::AdamOptions{.weight_decay = 0.05}, adam(0, 0.05));
  compare<optim::AdamW>(setup, optim::AdamOptions{.weight_decay = 0.05}, adam(0, 0.05), false);
  // So strong a decay that the moments' rest never falls below it.
  compare<optim::AdamW>({.lr = 0.1, .steps = 1500, .tolerance = 1e-9},
                        optim::AdamOptions{.weight_decay = 2}, adam(0, 2), false);
}

TEST_CASE("lazy Adagrad equals the dense computation") {
  const Setup setup{.tolerance = 1e-9};
  compare<optim::Adagrad>(setup, optim::AdagradOptions{}, adagrad(0, 0));
  compare<optim::Adagrad>(setup, optim::AdagradOptions{.lr_decay = 1e-3, .weight_decay = 0.01},
                          adagrad(0.01, 1e-3), false);
}

TEST_CASE("in float32 lazy steps are as good as dense ones") {
  const Setup setup{.tolerance = 2e-5, .floor = 1e-2, .dtype = float32};
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.02}, sgd(0.02, 0), false);
  compare<optim::SGD>(setup, optim::SGDOptions{.weight_decay = 0.01, .l1 = 0.001}, sgd(0.01, 0.001),
                      false);
  compare<optim::AdamW>({.lr = 0.01, .tolerance = 1e-3, .floor = 1e-2, .dtype = float32},
                        optim::AdamOptions{.weight_decay = 0.05}, adam(0, 0.05), false);
}

TEST_CASE("rows that are not looked up decay as in dense steps, by less than a rounding too") {
  const auto other_row = [](auto make, bool sparse) {
    Tensor w = tensor({{1, 1.5}, {1, 1.5}}).requires_grad_();
    const auto optimizer = make(w);
    for (int step = 0; step < 3000; ++step) {
      optimizer->zero_grad();
      sum(embedding(w, ids_of({0}), {.sparse = sparse})).backward();
      optimizer->step();
    }
    return slice(w.detach(), 0, 1, 2).template to_vector<float>();
  };
  for (const double decay : {1e-4, 1.0}) {  // times a step of 1e-4: a sixth of a rounding, or many
    CAPTURE(decay);
    const auto adamw = [=](const Tensor& w) {
      return std::make_unique<optim::AdamW>(Tensors{w},
                                            optim::AdamOptions{.lr = 1e-4, .weight_decay = decay});
    };
    const auto sgd = [=](const Tensor& w) {
      return std::make_unique<optim::SGD>(Tensors{w},
                                          optim::SGDOptions{.lr = 1e-4, .weight_decay = decay});
    };
    const auto close = [](const std::vector<float>& a, const std::vector<float>& b) {
      for (std::size_t i = 0; i < a.size(); ++i) {
        INFO(a[i] << " and " << b[i]);
        CHECK(std::fabs(a[i] - b[i]) <= 2e-5f);
      }
    };
    close(other_row(adamw, true), other_row(adamw, false));
    close(other_row(sgd, true), other_row(sgd, false));
  }
}

}  // namespace lazy
