// Rows that are normalised: softmax with cross-entropy, layer norm.

#include <cinta/cinta.hpp>

#include "data.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

using namespace cinta;

Running start_cross_entropy() {
  Tensor logits = from_data(values(0, logit_rows * logit_classes, 4), {logit_rows, logit_classes});
  logits.requires_grad_();
  const Tensor labels = from_data(ids(1, logit_rows, logit_classes), {logit_rows});
  const auto loss = std::make_shared<Tensor>();
  const auto clear = [=] { logits.set_grad({}); };
  const auto step = [=] {
    clear();
    const Tensor result = cross_entropy(logits, labels);
    result.backward();
    *loss = result.detach();
  };
  const auto results = [=] {
    return std::vector<double>{loss->item(), sum(abs(logits.grad())).item(),
                               sum(square(logits.grad())).item()};
  };
  return {step, results, clear};
}

}  // namespace

Works normalization_works() {
  const double logits = 4.0 * double(logit_rows * logit_classes);
  return {{.name = "cross-entropy",
           .title = "softmax cross-entropy 256 x 50,000, forward and backward",
           .limit = {.bytes = 3 * logits},
           .peer_target = 8,
           .bound = 30,
           .must_save = logits,
           .start = [](Mode) { return start_cross_entropy(); }}};
}

}  // namespace bench
