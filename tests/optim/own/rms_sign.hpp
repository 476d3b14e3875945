#include <cinta/cinta.hpp>
#include <cmath>
#include <span>

using namespace cinta;

struct RmsSignOptions {
  double lr = 1e-3;
  double momentum = 0.9;
  double weight_decay = 0;

  static std::span<const optim::OptionField> fields() {
    using optim::option_field;
    using optim::Range;
    static constexpr optim::OptionField all[] = {
        option_field<&RmsSignOptions::lr>("lr", Range::not_negative),
        option_field<&RmsSignOptions::momentum>("momentum", Range::fraction),
        option_field<&RmsSignOptions::weight_decay>("weight_decay", Range::not_negative)};
    return all;
  }
};

/// Moves every element by lr times the root mean square of its tensor, against its momentum.
class RmsSign : public optim::GroupedOptimizer<RmsSignOptions> {
 public:
  explicit RmsSign(const optim::Parameters& parameters, RmsSignOptions options = {}, Site site = {})
      : GroupedOptimizer("RmsSign", {.tensors = {"momentum"}, .numbers = {{"largest", 0}}}) {
    add_group(parameters, options, site);
  }

 protected:
  Tensor update(optim::ParameterStep& step, const RmsSignOptions& o) const override {
    const Tensor &w = step.parameter(), &g = step.gradient();
    Tensor& momentum = step.state(0);  // zeros like w at first
    momentum = o.momentum * momentum + g;
    double& largest = step.number(0);
    largest = std::max(largest, std::sqrt(mean(square(w)).item()));
    return (1 - o.lr * o.weight_decay) * w - o.lr * largest * sign(momentum);
  }
};
