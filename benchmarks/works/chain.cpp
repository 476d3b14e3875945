// A chain of tiny operations: what recording and differentiating cost around the arithmetic.

#include <cinta/cinta.hpp>

#include "data.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

using namespace cinta;

Running start(std::int64_t length, bool backward) {
  const auto vector = [](std::uint64_t stream) {
    return from_data(values(stream, chain_width), {chain_width});
  };
  const Tensor leaf = vector(0).requires_grad_(), factor = vector(1), term = vector(2),
               weights = vector(3);
  const auto chain = [=] {
    Tensor x = leaf;
    for (std::int64_t i = 0; i < length / 2; ++i) x = x * factor + term;
    return x;
  };
  const auto step = [=] {
    const Tensor x = chain();
    if (!backward) return;
    leaf.set_grad({});
    x.backward(weights);
  };
  const auto results = [=] {
    return std::vector<double>{sum(abs(backward ? leaf.grad() : chain())).item(),
                               sum((backward ? leaf.grad() : chain()) * weights).item()};
  };
  return {step, results, [=] { leaf.set_grad({}); }};
}

}  // namespace

Works chain_works() {
  Works works;
  for (const std::int64_t length : chain_lengths) {
    for (const bool backward : {false, true}) {
      const bool main = length == chain_lengths[0];
      works.push_back({.name = chain_name(length, backward),
                       .title = std::to_string(length) + " tiny ops, " +
                                (backward ? "with backward" : "forward") + ", per op",
                       .per = double(length),
                       // A result and its node; backward, a gradient.
                       .limit = {.blocks = double(length) * (backward ? 3 : 2)},
                       .peer_target = main ? (backward ? 7.0 : 8.0) : 0,
                       .recorded = backward ? 3.6 : 3.0,
                       .start = [=](Mode) { return start(length, backward); }});
    }
  }
  return works;
}

}  // namespace bench
