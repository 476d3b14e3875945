#include <algorithm>
#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/check/detail/variables.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cstring>

namespace cinta::detail {

Variables::Variables(const NamedTensors& leaves) {
  for (const auto& [name, leaf] : leaves) {
    names_.push_back(name);
    leaves_.push_back(leaf);
    offsets_.push_back(offsets_.back() + leaf.numel());
  }
}

std::size_t Variables::leaf_of(std::int64_t column) const {
  return std::size_t(std::upper_bound(offsets_.begin(), offsets_.end(), column) - offsets_.begin() -
                     1);
}

Shape Variables::index(std::int64_t column) const {
  const std::size_t k = leaf_of(column);
  return unravel(column - offsets_[k], leaves_[k].shape());
}

double& Variables::element(std::int64_t column) const {
  const std::size_t k = leaf_of(column);
  return leaves_[k].data<double>()[column - offsets_[k]];
}

Path::Path(const Variables& variables, std::int64_t column)
    : leaf_(variables.leaves()[variables.leaf_of(column)]),
      elements_(&variables.element(column)),
      home_{*elements_},
      origin_(*elements_) {}

Path::Path(const Variables& variables, std::int64_t first, Values direction)
    : leaf_(variables.leaves()[variables.leaf_of(first)]),
      elements_(&variables.element(first)),
      home_(elements_, elements_ + direction.size()),
      direction_(std::move(direction)) {}

Path::~Path() {
  std::copy(home_.begin(), home_.end(), elements_);
  leaf_.storage()->bump_version();
}

void Path::go(double place) const {
  if (direction_.empty()) *elements_ = place;
  for (std::size_t i = 0; i < direction_.size(); ++i)
    elements_[i] = home_[i] + place * direction_[i];
  leaf_.storage()->bump_version();
}

Values Recording::pull(const Values& weights) const {
  Tensors outputs, seeds;
  std::vector<Values> handed;
  auto next = weights.begin();
  for (const Tensor& output : outputs_) {
    const Values part(next, next + output.numel());
    next += output.numel();
    if (!output.requires_grad()) continue;
    if (!part.empty() && std::all_of(part.begin(), part.end(), [](double w) { return w == 0; }))
      continue;
    outputs.push_back(output);
    seeds.push_back(from_values(output.spec(), part));
    handed.push_back(part);
  }
  if (outputs.empty()) return flat(Tensors(variables_.size()), variables_);
  const Tensors gradients = grad(
      outputs, variables_, {.grad_outputs = seeds, .retain_graph = true, .allow_unused = true});
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (values_of(seeds[i]) != handed[i])
      throw GraphError("a backward rule wrote to the gradient that it was given");
  }
  return flat(gradients, variables_);
}

Values Recording::matrix() const {
  std::int64_t rows = 0;
  for (const Tensor& output : outputs_) rows += output.numel();
  Values weights(std::size_t(rows), 0), all;
  for (double& weight : weights) {
    weight = 1;
    const Values row = pull(weights);
    all.insert(all.end(), row.begin(), row.end());
    weight = 0;
  }
  return all;
}

Values flat(const Tensors& tensors, const Tensors& pattern) {
  Values all;
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    if (tensors[k].defined()) {
      const Values part = values_of(tensors[k]);
      all.insert(all.end(), part.begin(), part.end());
    } else {
      all.resize(all.size() + std::size_t(pattern[k].numel()), 0);
    }
  }
  return all;
}

}  // namespace cinta::detail
