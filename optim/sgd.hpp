#pragma once

#include <cinta/optim/optimizer.hpp>
#include <memory>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct Update;

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  double l1 = 0;            ///< proximal: each step ends with a soft threshold
  bool nesterov = false;
};

/// Stochastic gradient descent as PyTorch defines it: d = g + weight_decay * w,
/// b = momentum * b + (1 - dampening) * d (b = d at first), w -= lr * b, or with Nesterov
/// w -= lr * (d + momentum * b). With l1, each element then moves towards zero by
/// lr * l1 and stays there if it arrives: the proximal step of l1 * ||w||_1, together with
/// weight_decay that of the elastic net. With momentum the way is
/// lr * l1 * (1 - dampening) / (1 - momentum), so that the minimum of loss and penalty is a fixed
/// point. Throws ValueError on negative options, on Nesterov without momentum or with dampening,
/// and on l1 with a momentum of 1 or more.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see LazyTable. Any option may change between steps. What a row has missed is
/// one map, found in logarithmic time; only momentum together with l1 repeats the steps.
class SGD : public GroupedOptimizer<SGDOptions> {
 public:
  explicit SGD(const Tensors& parameters, SGDOptions options = {}, Site site = {});
  ~SGD() override;
  void add_group(const Tensors& parameters, SGDOptions options, Site site = {});
  void step(Site site = {}) override;
  /// lr * (1 - dampening) / (1 - momentum): what the buffer makes of a steady gradient.
  double step_size(std::size_t i) const override;

 private:
  struct Table;
  void step_rows(const Update& update, bool first, const Site& site);
  double threshold(std::size_t i) const;

  Tensors buffers_;  // undefined until a parameter's first step with momentum
  std::vector<std::unique_ptr<Table>> tables_;  // null until its first row-sparse gradient
};

}  // namespace cinta::optim
#pragma GCC visibility pop
