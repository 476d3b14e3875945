// Elementwise arithmetic on more elements than caches hold.

#include <cinta/cinta.hpp>
#include <cinta/ops/map/map.hpp>

#include "data.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

using namespace cinta;

Running start(const Tensors& leaves, const std::function<Tensor()>& forward) {
  const auto loss = std::make_shared<Tensor>();
  const auto clear = [=] {
    for (const Tensor& leaf : leaves) leaf.set_grad({});
  };
  const auto step = [=] {
    clear();
    const Tensor result = forward();
    result.backward();
    *loss = result.detach();
  };
  const auto results = [=] {
    std::vector<double> numbers{loss->item()};
    for (const Tensor& leaf : leaves) {
      numbers.push_back(sum(abs(leaf.grad())).item());
      numbers.push_back(sum(leaf.grad() * leaf).item());
    }
    return numbers;
  };
  return {step, results, clear};
}

Tensor leaf(std::uint64_t stream) { return from_data(values(stream, big), {big}).requires_grad_(); }

Running start_tanh() {
  const Tensor a = leaf(0), b = leaf(1);
  return start({a, b}, [=] { return mean(square(tanh(a * b) + a)); });
}

Running start_map() {
  const Tensor a = leaf(0), b = leaf(1);
  return start({a, b}, [=] {
    return map_mean([](Element x, Element y) { return square(tanh(x * y) + x); }, a, b);
  });
}

Running start_penalty() {
  const Tensor a = leaf(0);
  return start({a}, [=] { return elastic_net_penalty(a, 0.1, 0.1); });
}

}  // namespace

Works elementwise_works() {
  const double array = 4.0 * double(big);
  return {{.name = "tanh-plain",
           .title = "mean((tanh(a*b)+a)^2), 10M, plain ops, forward and backward",
           .limit = {.bytes = 6 * array},  // a and b read twice, their gradients written
           .peer_target = 4,
           .recorded = 6.3,
           .must_save = 4 * array,  // tanh and the sum before the square; the two gradients
           .start = [](Mode) { return start_tanh(); }},
          {.name = "tanh-map",
           .title = "the same through map_mean",
           .limit = {.bytes = 6 * array},
           .peer_target = 15,
           .recorded = 2.0,
           .must_save = 2 * array,  // the gradients
           .start = [](Mode) { return start_map(); }},
          {.name = "penalty",
           .title = "0.1*sum|a| + 0.05*sum(a*a), 10M, forward and backward",
           .limit = {.bytes = 3 * array},
           .peer_target = 12,
           .recorded = 1.2,
           .must_save = array,
           .start = [](Mode) { return start_penalty(); }}};
}

}  // namespace bench
