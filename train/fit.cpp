#include <chrono>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/optim/schedule/scheduler.hpp>
#include <cinta/optim/wrap/average.hpp>
#include <cinta/train/checkpoint_folder.hpp>
#include <cinta/train/detail/epoch_log.hpp>
#include <cinta/train/detail/fit_progress.hpp>
#include <cinta/train/detail/snapshot.hpp>
#include <cinta/train/fit.hpp>
#include <cinta/train/interrupt.hpp>
#include <cmath>

namespace cinta::train::detail {
namespace {

using Clock = std::chrono::steady_clock;

void check_fit(bool ok, const std::string& what, const Site& site) {
  if (!ok) throw ValueError("fit: " + what, site);
}

/// Multiplies all gradients.
void scale_gradients(const Tensors& parameters, double factor) {
  const NoGrad guard;
  for (const Tensor& parameter : parameters) {
    const Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    parameter.set_grad(gradient.is_row_sparse() ? scale_rows(gradient, factor)
                                                : gradient.detach() * factor);
  }
}

}  // namespace

class FitRun::Run {
 public:
  Run(const nn::Module& model, optim::Optimizer& optimizer, FitOptions options,
      std::optional<Checkpoint::Part> loader, std::int64_t batches, Site site)
      : model_(model),
        optimizer_(optimizer),
        options_(std::move(options)),
        site_(site),
        stopping_(options_.stopping) {
    check_fit(options_.accumulate >= 1,
              "accumulate is " + std::to_string(options_.accumulate) + ", must be at least 1",
              site);
    check_fit(options_.epochs >= 0, "epochs must not be negative", site);
    check_fit(options_.stopping.patience >= 0, "stopping.patience must not be negative", site);
    check_fit(options_.stopping.min_delta >= 0, "stopping.min_delta must not be negative", site);
    check_fit(options_.clip_norm >= 0, "clip_norm must not be negative", site);
    check_fit(options_.checkpoints.every >= 0, "checkpoints.every must not be negative", site);
    for (const optim::Scheduler* schedule : options_.schedules)
      check_fit(schedule != nullptr, "a schedule is null", site);
    if (options_.stop_on_interrupt) interrupt_.emplace();
    status().epochs = options_.epochs;
    status().batches = batches;
    model_.train();
    if (!options_.checkpoints.folder.empty()) open_checkpoints(std::move(loader));
    if (!options_.log.empty()) log_.emplace(options_.log, progress_.log_position);
    status().resumed_at = status().step;
    start_ = Clock::now();
    call(&Callback::on_start);
  }

  bool begin_epoch() {
    const FitStatus& now = status();
    if (now.stop || interrupted() || stopping_.should_stop() || ended_by_nan()) return false;
    if (!progress_.open) {
      if (now.epoch >= options_.epochs) return false;
      progress_.begin_epoch();
    }
    optimizer_.train(site_);
    call(&Callback::on_epoch_start);
    asked_ = Clock::now();
    return true;
  }

  void begin_batch() {
    status().waiting += seconds_since(asked_);
    if (window_ == 0) optimizer_.zero_grad(true, site_);
  }

  bool end_batch(const Tensor& loss, std::int64_t rows) {
    const bool stay = take(loss, rows);
    asked_ = Clock::now();
    return stay;
  }

  void end_epoch(const std::function<Figures()>& validate) {
    if (left_) return;
    if (window_ > 0) step();
    if (progress_.rows == 0)
      check_fit(false,
                "the loader gave no batch in epoch " + std::to_string(status().epoch) +
                    "; are there rows, and with drop_last as many as batch_size?",
                site_);
    call(&Callback::before_validation);
    EpochRecord record{status().epoch, progress_.sum / progress_.rows};
    bool better = false;
    if (!std::isfinite(record.train_loss)) throw_loss(record.train_loss);
    {
      const nn::EvalGuard mode(model_);
      optimizer_.eval(site_);
      const NoGrad guard;
      const auto averaged = average_scope();
      record.figures = validate();
      better = stopping_.update(monitored(record));
      if (better && options_.keep_best) best_.take(model_);
    }
    for (const auto& [name, figure] : record.figures)
      if (name == "validation_loss") record.validation_loss = figure;
    progress_.end_epoch(record);
    status().seconds = seconds();
    call(&Callback::on_epoch);
    if (log_) {
      log_->write(status(), learning_rate());
      progress_.log_position = log_->position();
    }
    // The folder keeps the epoch that is best here: a gain below min_delta is none.
    save(better ? monitored(record) : std::nan(""));
  }

  ~Run() {
    if (finished_) return;
    try {
      leave();
    } catch (...) {  // which would hide the exception that ended the run
    }
  }

  FitResult finish() {
    const bool best = leave();
    FitResult result{status().history, 0, 0, status().step, interrupted()};
    if (!best) {
      if (options_.keep_best && !result.history.empty() && !left_ && !result.interrupted)
        throw_no_best();
      std::optional<Snapshot> averages;
      if (const auto averaged = average_scope()) averages.emplace().take(model_);
      if (averages) averages->restore(model_);
    }
    if (!result.history.empty()) {
      const EpochRecord& now =
          best ? result.history.at(std::size_t(stopping_.best_epoch()) - 1) : result.history.back();
      result.best_epoch = now.epoch;
      result.best_figure = monitored(now);
    }
    call(&Callback::on_end);
    return result;
  }

 private:
  static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  /// A batch's loss and, with enough of them, a step; false to leave the loop.
  bool take(const Tensor& loss, std::int64_t rows) {
    const double value = loss.item(site_);
    progress_.add(value, double(rows));
    status().seconds = seconds();
    if (!std::isfinite(value)) throw_loss(value);
    // One batch alone goes as in a loop written by hand, to the bit.
    if (options_.accumulate == 1)
      loss.backward({}, {}, site_);
    else
      (loss * double(rows)).backward({}, {}, site_);
    window_rows_ += double(rows);
    if (++window_ == options_.accumulate) step();
    const bool whole = status().batch == status().batches;
    if (window_ > 0 || whole) return true;
    if (status().stop || interrupted()) {
      left_ = true;
      save();
      return false;
    }
    const std::int64_t every = options_.checkpoints.every;
    if (every > 0 && status().step % every == 0) save();
    return true;
  }

  /// Ends training; whether the model has the best weights now.
  bool leave() {
    finished_ = true;
    model_.eval();
    optimizer_.eval(site_);
    const bool best = options_.keep_best && stopping_.best_epoch() > 0;
    if (best) best_.restore(model_);
    return best;
  }

  FitStatus& status() { return progress_.status; }
  double seconds() const { return seconds_since(start_); }
  bool interrupted() const { return interrupt_ && InterruptScope::interrupted(); }

  void call(Callback::Function Callback::*point) {
    for (const Callback& callback : options_.callbacks)
      if (callback.*point) (callback.*point)(status());
  }

  std::unique_ptr<optim::AverageScope> average_scope() const {
    if (!options_.average || options_.average->count() == 0) return nullptr;
    return std::make_unique<optim::AverageScope>(*options_.average, site_);
  }

  double learning_rate() const {
    for (const std::string& name : optimizer_.option_names())
      if (name == "lr") return optimizer_.option("lr");
    return std::nan("");
  }

  /// Of all batches since the last one.
  void step() {
    if (options_.accumulate > 1) scale_gradients(optimizer_.parameters(), 1 / window_rows_);
    window_ = 0;
    window_rows_ = 0;
    const bool clip = options_.clip_norm > 0;
    if (clip || options_.nonfinite == optim::Nonfinite::skip) {
      status().gradient_norm =
          optim::clip_grad_norm(optimizer_.named_parameters(), clip ? options_.clip_norm : HUGE_VAL,
                                {.nonfinite = options_.nonfinite}, site_);
      if (!std::isfinite(status().gradient_norm)) {
        ++status().skipped;
        return;
      }
    }
    call(&Callback::before_step);
    optimizer_.step(site_);
    for (optim::Scheduler* schedule : options_.schedules) schedule->step(site_);
    if (options_.average) options_.average->update(site_);
    ++status().step;
    call(&Callback::after_step);
  }

  /// The figure that decides.
  double monitored(const EpochRecord& record) const {
    std::string names;
    for (const auto& [name, figure] : record.figures) {
      if (name == options_.monitor || (options_.monitor.empty() && record.figures.size() == 1))
        return figure;
      names += " " + name;
    }
    throw ValueError(
        options_.monitor.empty()
            ? "fit: monitor has to say which figure decides what is best, of:" + names
            : "fit: validate gave no figure \"" + options_.monitor + "\" to monitor, only:" + names,
        site_);
  }

  bool ended_by_nan() const {
    const auto& history = progress_.status.history;
    return options_.stop_at_nan && !history.empty() && std::isnan(monitored(history.back()));
  }

  void open_checkpoints(std::optional<Checkpoint::Part> loader) {
    check_fit(loader && status().batches >= 0,
              "checkpoints need a loader that has a state and batches(), as DataLoader has", site_);
    files_.emplace(options_.checkpoints.folder,
                   CheckpointFolderOptions{options_.checkpoints.last, options_.stopping.maximize},
                   site_);
    checkpoint_.add("model", model_);
    checkpoint_.add("optimizer", optimizer_);
    for (std::size_t i = 0; i < options_.schedules.size(); ++i)
      checkpoint_.add("schedule " + std::to_string(i), *options_.schedules[i]);
    if (options_.average) checkpoint_.add("average", *options_.average);
    checkpoint_.add("data", *loader);
    checkpoint_.add("stopping", stopping_);
    checkpoint_.add("files", *files_);
    checkpoint_.add("best", Checkpoint::Part{[this] { return best_.state_dict(); },
                                             [this](const optim::State& state, Site site) {
                                               return best_.prepare_load(model_, state, site);
                                             }});
    checkpoint_.add("fit", progress_);
    checkpoint_.fix("accumulate", options_.accumulate);
    if (options_.add_parts) options_.add_parts(checkpoint_);
    const std::string last = files_->last();
    if (last.empty()) return;
    check_fit(
        options_.checkpoints.resume,
        "the folder " + options_.checkpoints.folder + " holds a run; resume it, or use another",
        site_);
    checkpoint_.load(last, site_);
  }

  void save(double figure = std::nan("")) {
    if (files_) files_->save(checkpoint_, status().step, figure);
  }

  [[noreturn]] void throw_loss(double loss) {
    throw DivergedError("fit: the training loss is " +
                            (std::isnan(loss) ? "nan" : std::to_string(loss)) + " in epoch " +
                            std::to_string(status().epoch) + "; a smaller learning rate may help",
                        site_);
  }
  [[noreturn]] void throw_no_best() {
    throw ValueError("fit: the " +
                         (options_.monitor.empty() ? status().history.back().figures[0].first
                                                   : options_.monitor) +
                         " was nan in all " + std::to_string(status().history.size()) +
                         " epochs, so there is no best one to keep",
                     site_);
  }

  const nn::Module model_;
  optim::Optimizer& optimizer_;
  FitOptions options_;
  Site site_;
  EarlyStopping stopping_;
  Snapshot best_;
  FitProgress progress_;
  std::optional<CheckpointFolder> files_;
  Checkpoint checkpoint_;
  std::optional<EpochLog> log_;
  std::optional<InterruptScope> interrupt_;
  Clock::time_point start_, asked_;  // asked_: when the loader had to make a batch
  std::int64_t window_ = 0;          // batches since the last step
  double window_rows_ = 0;
  bool left_ = false;  // in the middle of an epoch
  bool finished_ = false;
};

FitRun::FitRun(const nn::Module& model, optim::Optimizer& optimizer, FitOptions options,
               std::optional<Checkpoint::Part> loader, std::int64_t batches, Site site)
    : run_(std::make_unique<Run>(model, optimizer, std::move(options), std::move(loader), batches,
                                 site)) {}
FitRun::~FitRun() = default;
bool FitRun::begin_epoch() { return run_->begin_epoch(); }
void FitRun::begin_batch() { run_->begin_batch(); }
bool FitRun::end_batch(const Tensor& loss, std::int64_t rows) {
  return run_->end_batch(loss, rows);
}
void FitRun::end_epoch(const std::function<Figures()>& validate) { run_->end_epoch(validate); }
FitResult FitRun::finish() { return run_->finish(); }

}  // namespace cinta::train::detail
