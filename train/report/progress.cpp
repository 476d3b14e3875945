#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/report/progress.hpp>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace cinta::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string minutes(double seconds) {
  char text[32];
  const long long whole = std::llround(seconds);
  std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  return text;
}

}  // namespace

Progress::Progress(std::ostream& out, std::int64_t total, const ProgressOptions& options)
    : out_(out), options_(options), total_(std::max<std::int64_t>(total, 1)) {
  start_ = last_draw_ = Clock::now();
}

Progress::~Progress() {
  if (options_.terminal && drawn_) {
    draw();
    out_ << '\n' << std::flush;
  }
}

void Progress::advance(std::int64_t steps) {
  if (steps < 0)
    throw ValueError("Progress: steps must not be negative, got " + std::to_string(steps));
  done_ += std::min(steps, total_ - done_);
  if (options_.terminal) {
    if (seconds_since(last_draw_) >= options_.min_interval) draw();
  } else if (const std::int64_t tenth = done_ * 10 / total_; tenth > drawn_tenth_) {
    drawn_tenth_ = tenth;
    out_ << line() << '\n' << std::flush;
  }
}

void Progress::draw() {
  drawn_ = true;
  last_draw_ = Clock::now();
  // Back to the start of the line; the code after the text clears what a longer one left.
  out_ << '\r' << line() << "\x1b[K" << std::flush;
}

std::string Progress::line() const {
  constexpr int width = 24;
  constexpr std::size_t columns = 79;  // a line that wraps could not be redrawn
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  const double elapsed = seconds_since(start_);
  std::string text;
  if (options_.terminal) {
    const auto filled = static_cast<int>(share * width);
    text = "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] ";
  }
  char percent[8];
  std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(share * 100));
  text += percent;
  text += "  " + minutes(elapsed);
  if (done_ > 0 && done_ < total_) text += ", " + minutes(elapsed / share - elapsed) + " left";
  if (!note_.empty()) text += "  " + io::escaped(note_);
  if (options_.terminal) text.resize(io::beginning(text, columns).size());
  return text;
}

}  // namespace cinta::train
