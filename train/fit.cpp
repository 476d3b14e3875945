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

double mean_loss(double sum, double rows, int epoch) {
  const std::string in_epoch = " in epoch " + std::to_string(epoch);
  if (rows == 0)
    throw ValueError("fit: the loader gave no batch" + in_epoch +
                     "; are there rows, and with drop_last as many as batch_size?");
  const double loss = sum / rows;
  if (!std::isfinite(loss))
    throw ValueError("fit: the training loss is " +
                     (std::isnan(loss) ? "nan" : std::to_string(loss)) + in_epoch +
                     "; a smaller learning rate may help");
  return loss;
}

void throw_no_best(std::size_t epochs) {
  throw ValueError("fit: the validation loss was nan in all " + std::to_string(epochs) +
                   " epochs, so there is no best one to keep");
}

}  // namespace cinta::train::detail
