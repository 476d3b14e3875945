#include <cinta/train/early_stopping.hpp>

namespace cinta::train {

optim::State EarlyStopping::state_dict() const {
  optim::State state = optim::state_of("EarlyStopping");
  state.values["epoch"] = std::int64_t(epoch_);
  state.values["best_epoch"] = std::int64_t(best_epoch_);
  state.values["best"] = best_;
  return state;
}

std::function<void()> EarlyStopping::prepare_load(const optim::State& state, Site site) {
  optim::StateReader reader(state, "EarlyStopping", "EarlyStopping", site);
  const auto epoch = reader.value<std::int64_t>("epoch"),
             best_epoch = reader.value<std::int64_t>("best_epoch");
  const auto best = reader.value<double>("best");
  reader.finish();
  return [this, epoch, best_epoch, best] {
    epoch_ = int(epoch);
    best_epoch_ = int(best_epoch);
    best_ = best;
  };
}

}  // namespace cinta::train
