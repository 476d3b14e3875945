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

Running start_layer_norm() {
  const auto sheet = [](std::uint64_t stream) {
    return from_data(values(stream, sheet_rows * sheet_columns), {sheet_rows, sheet_columns});
  };
  const auto row = [](std::uint64_t stream) {
    return from_data(values(stream, sheet_columns), {sheet_columns}).requires_grad_();
  };
  const Tensor x = sheet(0).requires_grad_(), dy = sheet(1), weight = row(2), bias = row(3);
  const auto y = std::make_shared<Tensor>();
  const auto clear = [=] {
    for (const Tensor& leaf : {x, weight, bias}) leaf.set_grad({});
  };
  const auto step = [=] {
    clear();
    *y = {};
    const Tensor result = layer_norm(x, {sheet_columns}, weight, bias);
    result.backward(dy);
    *y = result.detach();
  };
  const auto results = [=] {
    return std::vector<double>{sum(*y * dy).item(), sum(abs(x.grad())).item(),
                               sum(x.grad() * dy).item(), sum(abs(weight.grad())).item(),
                               sum(abs(bias.grad())).item()};
  };
  return {step, results, clear};
}

}  // namespace

Works normalization_works() {
  const double sheet = 4.0 * double(sheet_rows * sheet_columns);
  const double logits = 4.0 * double(logit_rows * logit_classes);
  return {{.name = "cross-entropy",
           .title = "softmax cross-entropy 256 x 50,000, forward and backward",
           .limit = {.bytes = 3 * logits},
           .peer_target = 8,
           .recorded = 2.4,
           .must_save = logits,
           .start = [](Mode) { return start_cross_entropy(); }},
          {.name = "layer-norm",
           .title = "layer norm 4096 x 1024, forward and backward",
           .limit = {.bytes = 5 * sheet},  // x twice, dy; y and dx
           .peer_target = 3,
           .recorded = 1.5,
           .must_save = 2 * sheet,  // y and dx
           .start = [](Mode) { return start_layer_norm(); }}};
}

}  // namespace bench
