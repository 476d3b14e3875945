#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/train/fit.hpp>
#include <cmath>
#include <string>

namespace cinta::train::detail {

void Snapshot::take(const nn::Module& model) {
  const NoGrad guard;
  state_.clear();
  for (const auto& [name, tensor] : model.state_dict()) state_.emplace_back(name, clone(tensor));
}

void Snapshot::restore(const nn::Module& model) const { model.load_state_dict(state_); }

void check_loss(double loss, int epoch) {
  if (!std::isfinite(loss))
    throw ValueError("fit: the training loss is " + std::to_string(loss) + " in epoch " +
                     std::to_string(epoch) + "; a smaller learning rate may help");
}

}  // namespace cinta::train::detail
