#include <cinta/train/report/fit_progress.hpp>
#include <cinta/train/report/progress.hpp>
#include <cstdio>
#include <memory>
#include <ostream>
#include <utility>

namespace cinta::train {
namespace {

std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// Batches since the beginning of the run; epochs where the loader does not say how many there are.
std::int64_t done(const FitStatus& now) {
  return now.batches < 0 ? std::int64_t(now.history.size())
                         : (now.epoch - 1) * now.batches + now.batch;
}

std::string note(const FitStatus& now) {
  std::string text = "epoch " + std::to_string(now.epoch) + "/" + std::to_string(now.epochs) +
                     "  loss " + short_text(now.running_loss);
  if (!now.history.empty())
    for (const auto& [name, figure] : now.history.back().figures)
      text += "  " + (name == "validation_loss" ? "validation" : name) + " " + short_text(figure);
  if (now.seconds > 0) text += "  " + short_text(now.rows / now.seconds) + " rows/s";
  return text;
}

}  // namespace

Callback fit_progress(std::ostream& out, bool terminal) {
  if (!terminal) return {};
  struct Line {
    std::unique_ptr<Progress> progress;
    std::int64_t done = 0;
  };
  const auto line = std::make_shared<Line>();
  const auto advance = [line](FitStatus& now) {
    const std::int64_t before = std::exchange(line->done, done(now));
    line->progress->note(note(now));
    line->progress->advance(line->done - before);
  };
  return {.on_start =
              [line, &out](FitStatus& now) {
                // Time left is judged by what this process has done.
                line->done = now.epoch > 0 ? done(now) : 0;
                const std::int64_t all = now.batches < 0 ? now.epochs : now.epochs * now.batches;
                line->progress = std::make_unique<Progress>(out, all - line->done,
                                                            ProgressOptions{.terminal = true});
              },
          .after_step = advance,
          .on_epoch = advance,
          .on_end = [line](FitStatus&) { line->progress.reset(); }};
}

}  // namespace cinta::train
