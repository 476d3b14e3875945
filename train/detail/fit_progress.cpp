#include <cinta/autograd/core/error.hpp>
#include <cinta/train/detail/fit_progress.hpp>
#include <set>
#include <sstream>

namespace cinta::train::detail {
namespace {

/// Names of the figures, a line each.
std::string names_of(const Figures& figures) {
  std::string names;
  for (const auto& [name, figure] : figures) names += name + "\n";
  return names;
}

}  // namespace

void FitProgress::begin_epoch() {
  open = true;
  ++status.epoch;
  status.batch = 0;
  sum = rows = 0;
}

void FitProgress::add(double loss, double batch_rows) {
  ++status.batch;
  sum += loss * batch_rows;
  rows += batch_rows;
  status.rows += batch_rows;
  status.loss = loss;
  status.running_loss = sum / rows;
}

void FitProgress::end_epoch(EpochRecord record) {
  const auto& history = status.history;
  std::set<std::string> names;
  for (const auto& [name, figure] : record.figures) {
    if (name.find('\n') != name.npos)  // which a checkpoint could not tell from two names
      throw ValueError("fit: the name of a figure has a line break in it");
    if (!names.insert(name).second)
      throw ValueError("fit: validate gave two figures \"" + name + "\"");
  }
  if (!history.empty() && names_of(history.front().figures) != names_of(record.figures))
    throw ValueError("fit: validate gave other figures in epoch " + std::to_string(record.epoch) +
                     " than in epoch " + std::to_string(history.front().epoch));
  status.history.push_back(std::move(record));
  open = false;
}

optim::State FitProgress::state_dict() const {
  optim::State state = optim::state_of("fit");
  state.values["epoch"] = std::int64_t(status.epoch);
  state.values["open"] = open;
  state.values["step"] = status.step;
  state.values["batch"] = status.batch;
  state.values["skipped"] = status.skipped;
  state.values["sum"] = sum;
  state.values["rows"] = rows;
  state.values["log_position"] = log_position;
  if (status.history.empty()) return state;
  state.values["figures"] = names_of(status.history.front().figures);
  std::vector<double> losses;
  for (const EpochRecord& record : status.history) losses.push_back(record.train_loss);
  state.values["train_loss"] = losses;
  for (std::size_t i = 0; i < status.history.front().figures.size(); ++i) {
    std::vector<double> values;
    for (const EpochRecord& record : status.history) values.push_back(record.figures[i].second);
    state.values["figure " + std::to_string(i)] = values;
  }
  return state;
}

std::function<void()> FitProgress::prepare_load(const optim::State& state, Site site) {
  optim::StateReader reader(state, "fit", "fit", site);
  FitProgress loaded;
  loaded.status.epoch = int(reader.value<std::int64_t>("epoch"));
  loaded.open = reader.value<bool>("open");
  loaded.status.step = reader.value<std::int64_t>("step");
  loaded.status.batch = reader.value<std::int64_t>("batch");
  loaded.status.skipped = reader.value<std::int64_t>("skipped");
  loaded.sum = reader.value<double>("sum");
  loaded.rows = reader.value<double>("rows");
  loaded.log_position = reader.value<std::int64_t>("log_position");
  if (reader.has("figures")) {
    const auto losses = reader.value<std::vector<double>>("train_loss");
    std::vector<EpochRecord>& history = loaded.status.history;
    for (std::size_t i = 0; i < losses.size(); ++i)
      history.push_back({.epoch = int(i) + 1, .train_loss = losses[i]});
    std::istringstream names(reader.value<std::string>("figures"));
    std::size_t number = 0;
    for (std::string name; std::getline(names, name); ++number) {
      const auto values = reader.value<std::vector<double>>("figure " + std::to_string(number));
      if (values.size() != history.size()) reader.refuse("figures of other numbers of epochs");
      for (std::size_t i = 0; i < values.size(); ++i) {
        history[i].figures.emplace_back(name, values[i]);
        if (name == "validation_loss") history[i].validation_loss = values[i];
      }
    }
  }
  reader.finish();
  return [this, loaded] {
    const FitStatus before = status;
    *this = loaded;
    status.epochs = before.epochs;
    status.batches = before.batches;
  };
}

}  // namespace cinta::train::detail
