// Faults in the parameters of a module, all checks of whole modules.

#include "autograd/planted_faults/faults.hpp"

namespace {

using namespace planted;

enum class Where { nowhere, bias, weight, frozen_copy, tied };

// Two layers, of which the second uses the first's weights too; with dropout and a counter.
struct Net : nn::Module {
  explicit Net(Where where) : fault(where) {}

  Tensor forward(const Tensor& x) {
    const bool cut = fault == Where::frozen_copy;
    const auto times = [this](const Tensor& t, Where here, double factor) {
      const double f = fault == here ? factor : 1;
      return with_gradient(t, [f](const Grad& g) { return f * g.dy; });
    };
    const Tensor weight = times(hidden.weight, Where::weight, 1.0001);
    const Tensor bias = times(hidden.bias, Where::bias, 0);
    const Tensor h = tanh(linear(x, cut ? weight.detach() : weight, bias));
    const Tensor tied = fault == Where::tied ? hidden.weight.detach() : hidden.weight;
    Tensor y = linear(drop(h), transpose(tied)) * clone(calls);
    copy_(calls, calls + 1);  // the check winds it back
    return y;
  }

  Where fault;
  nn::Linear hidden = add("hidden", nn::Linear(3, 4));
  nn::Dropout drop = add("drop", nn::Dropout(0.2));
  Tensor calls = add_buffer("calls", ones({1}));
};

Fault in_module(const char* name, Where where, const char* found) {
  return {name,
          [=](bool wrong, const GradientCheckOptions& options) {
            Net net(wrong ? where : Where::nowhere);
            return check_gradients(net, {randn({2, 3})}, options);
          },
          found};
}

Fault updates_in_forward() {
  return {"forward trains",
          [](bool wrong, const GradientCheckOptions& options) {
            nn::Linear layer(3, 2);
            return check_gradients(
                layer,
                [&](const Tensors& in) {
                  Tensor y = layer(in[0]);
                  if (wrong) layer.weight.data<double>()[0] *= 0.999;
                  return y;
                },
                {randn({2, 3})}, options);
          },
          ""};
}

const Register family({
    in_module("no gradient for a bias", Where::bias, "/ d hidden.bias ("),
    in_module("a weight's gradient off by one part in 10,000", Where::weight,
              "/ d hidden.weight ("),
    in_module("a parameter used through a detached copy", Where::frozen_copy,
              "/ d hidden.weight ("),
    in_module("one of two uses of a tied weight detached", Where::tied, "/ d hidden.weight ("),
    updates_in_forward(),
});

}  // namespace
