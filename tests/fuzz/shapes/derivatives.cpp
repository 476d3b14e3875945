// Derivatives of what the program made, to second order.

#include "fuzz/shapes/program.hpp"

namespace fuzz {

void Program::differentiate() {
  std::array<double, plain::variables> wanted{}, wanted_along{};
  double bound = 0;
  Tensors outputs, weights, inputs;
  for (const Pair& leaf : leaves_) inputs.push_back(leaf.ours);
  for (std::size_t count = 0; count < 3 && !pool_.empty(); ++count) {
    const Pair& y = pool_[pool_.size() - 1 - std::min(count, pool_.size() - 1)];
    std::vector<double> w;
    for (Size i = 0; i < y.wanted.count(); ++i) {
      w.push_back(double((std::size_t(i) * 3 + count) % 5) - 2);
      for (int k = 0; k < plain::variables; ++k) {
        wanted[std::size_t(k)] += w.back() * y.wanted[i].by[std::size_t(k)];
        wanted_along[std::size_t(k)] += w.back() * y.wanted[i].by_along[std::size_t(k)];
      }
      bound += 2 * y.wanted[i].bound;
      require(y.ours.requires_grad() || y.wanted[i].constant());
    }
    if (!y.ours.requires_grad()) continue;
    outputs.push_back(y.ours);
    weights.push_back(tensor_of(w, y.wanted.shape));
  }
  if (outputs.empty() || 4 * plain::variables * bound > exact_) return;
  try {
    const Tensors gradients = grad(
        outputs, inputs, {.grad_outputs = weights, .create_graph = twice_, .allow_unused = true});
    compare(gradients, wanted);
    if (!twice_) return;
    Tensors first, directions;
    std::size_t next = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      std::vector<double> v;
      for (Size k = 0; k < leaves_[i].wanted.count(); ++k) v.push_back(directions_[next++]);
      if (!gradients[i].defined() || !gradients[i].requires_grad()) continue;
      first.push_back(gradients[i]);
      directions.push_back(tensor_of(v, leaves_[i].wanted.shape));
    }
    if (first.empty())
      compare(Tensors(inputs.size()), wanted_along);
    else
      compare(grad(first, inputs, {.grad_outputs = directions, .allow_unused = true}),
              wanted_along);
  } catch (const GraphError& error) {
    fuzz::require_plain(error.what());
    require(writes_ > 0 &&
            std::string_view(error.what()).find("was overwritten by") != std::string_view::npos);
  }
}

void Program::compare(const Tensors& gradients,
                      const std::array<double, plain::variables>& wanted) const {
  std::size_t next = 0;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const std::size_t count = std::size_t(leaves_[i].wanted.count());
    std::vector<double> values(count);
    if (gradients[i].defined()) {
      require(gradients[i].shape() == leaves_[i].ours.shape());
      values = values_of(gradients[i]);
    }
    for (std::size_t k = 0; k < count; ++k, ++next) {
      if (values[k] == wanted[next]) continue;
      std::cerr << "gradient of leaf " << i << ", element " << k << ": " << values[k]
                << " instead of " << wanted[next] << '\n';
      std::abort();
    }
  }
}

}  // namespace fuzz
