#include "compare.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>

#include "bench.hpp"
#include "machine.hpp"

namespace bench {
namespace {

constexpr const char* our_program = "/proc/self/exe";
constexpr double tolerance = 1e-3;  // relative; single precision sums in different orders

// The processes that have a certain number of threads.
struct Side {
  int threads;
  std::unique_ptr<Child> cinta, peer;
  std::unique_ptr<Machine> machine;
};

std::string now_as_text() {
  char buffer[40];
  const std::time_t now = std::time(nullptr);
  std::strftime(buffer, sizeof buffer, "%Y-%m-%d", std::localtime(&now));
  return buffer;
}

// One line on standard error that each call replaces; lines one by one where it is no terminal.
void progress(const std::string& text) {
  static const bool terminal = isatty(STDERR_FILENO);
  std::cerr << (terminal ? "\r\033[K" : "") << text << (terminal || text.empty() ? "" : "\n")
            << std::flush;
}

// The environment in which the peer multiplies fastest: its BLAS may not know this processor.
Child::Environment best_environment(const Options& options, std::string& settings) {
  std::vector<Child::Environment> candidates{{}};
  for (const char* type : {"Haswell", "Zen", "SkylakeX", "Cooperlake", "NEOVERSEN1"})
    candidates.push_back({{"OPENBLAS_CORETYPE", type}});
  candidates.push_back({{"MKL_ENABLE_INSTRUCTIONS", "AVX512"}});
  candidates.push_back({{"MKL_DEBUG_CPU_TYPE", "5"}});
  std::vector<double> seconds(candidates.size(), INFINITY);
  for (int round = 0; round < (options.quick ? 1 : 3); ++round) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      progress("peer's settings: " + (i ? candidates[i][0].second : "as they are"));
      try {
        Child peer(options.peer, "--serve", 1, candidates[i]);
        seconds[i] = std::min(seconds[i], peer.numbers("measure products").at(0));
      } catch (const Interrupted&) {
        throw;
      } catch (const std::exception&) {  // a core type that this processor does not run
      }
    }
  }
  const auto fastest = std::min_element(seconds.begin(), seconds.end());
  // What makes hardly a difference is left alone.
  Child::Environment best = *fastest < 0.95 * seconds[0]
                                ? candidates[std::size_t(fastest - seconds.begin())]
                                : Child::Environment();
  best.insert(best.end(), options.peer_environment.begin(), options.peer_environment.end());
  for (const auto& [name, value] : best)
    settings += (settings.empty() ? " with " : ", ") + name + "=" + value;
  return best;
}

// The largest relative difference of the results; nothing if another revision lacks the work.
std::optional<double> check(const Work& work, Side& side, const Options& options) {
  const std::string open = "open " + work.name + " check";
  if (side.peer->ask(open) != "ok") {
    if (options.peer_is_cinta) return std::nullopt;
    throw std::runtime_error("the peer lacks " + work.name);
  }
  side.cinta->ask(open);
  const std::string steps = "values 1";
  const std::vector<double> ours = side.cinta->numbers(steps), theirs = side.peer->numbers(steps);
  double difference = ours.size() == theirs.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < ours.size() && i < theirs.size(); ++i) {
    const double size = std::max({std::abs(ours[i]), std::abs(theirs[i]), 1e-12});
    const double d = std::abs(ours[i] - theirs[i]) / size;
    difference = d <= difference ? difference : d;  // NaN counts
  }
  side.cinta->ask("close");
  side.peer->ask("close");
  if (!(difference <= tolerance))
    throw std::runtime_error(work.name + ": the results differ by " + std::to_string(difference));
  return difference;
}

// What the rounds came to: ours and the other program's seconds of an operation, and theirs / ours.
struct Rounds {
  std::vector<double> median[2], fastest[2], ratios;
};

// Each in turn. Where a process happens to lie in memory is worth a few hundredths for as long as
// it runs, and two revisions of Cinta are no further apart: these get new processes for each round,
// and up to three times as many rounds where ours seems to be slower than allowed.
Rounds rounds_of(const Work& work, Side& side, const Options& options, bool both,
                 const std::string& where, Report& report) {
  const std::string time = options.quick ? "time 0.1" : "time 0.3";
  const auto timing_of_side = [&](bool theirs) {
    if (!options.peer_is_cinta) return (theirs ? side.peer : side.cinta)->numbers(time);
    Child child(theirs ? options.peer : our_program, "--serve", side.threads);
    child.ask("open " + work.name + " time");
    return child.numbers(time);
  };
  const int least = options.quick ? 3 : 9, most = options.peer_is_cinta && both ? 3 * least : least;
  Rounds rounds;
  for (int round = 0; round < most; ++round) {
    if (round >= least && median(rounds.ratios) >= options.peer_target) break;
    if (side.threads > 1) report.exchange.note(side.machine->exchange());
    progress(where + ", round " + std::to_string(round + 1) + " of " +
             std::to_string(round < least ? least : most));
    for (const int turn : {0, 1}) {
      const bool theirs = turn != round % 2;
      if (theirs && !both) continue;
      const std::vector<double> timing = timing_of_side(theirs);
      rounds.median[theirs].push_back(timing.at(0) / work.per);
      rounds.fastest[theirs].push_back(timing.at(1) / work.per);
    }
    if (both) rounds.ratios.push_back(rounds.median[1].back() / rounds.median[0].back());
  }
  return rounds;
}

Figure measure(const Work& work, Side& side, const Options& options, Report& report) {
  Figure figure;
  figure.threads = side.threads;
  const auto where =
      work.name + ", " + std::to_string(side.threads) + " thread" + (side.threads > 1 ? "s" : "");
  progress(where);
  if (side.peer)
    if (const auto difference = check(work, side, options))
      figure.peer.emplace().difference = *difference;
  // Just before and just after, since it changes with where a virtual machine is.
  Bandwidth bandwidth;
  const auto note_bandwidth = [&] {
    if (work.limit.bytes == 0) return;
    const Bandwidth now = side.machine->bandwidth(options.quick ? 1 : 3);
    bandwidth.best = std::max(bandwidth.best, now.best);
    bandwidth.reading = std::max(bandwidth.reading, now.reading);
    report.bandwidth[side.threads].note(now.best);
    report.reading[side.threads].note(now.reading);
  };
  note_bandwidth();

  const auto ask_both = [&](const std::string& what) {
    side.cinta->ask(what);
    if (figure.peer) side.peer->ask(what);
  };
  ask_both("open " + work.name + " time");
  if (work.must_save > 0 && options.memory) {
    figure.peak = side.cinta->numbers("peak").at(0);
    if (figure.peer) figure.peer->peak = side.peer->numbers("peak").at(0);
  }
  if (options.peer_is_cinta) ask_both("close");  // new processes will run it
  const Rounds rounds = rounds_of(work, side, options, figure.peer.has_value(), where, report);
  if (!options.peer_is_cinta) ask_both("close");
  note_bandwidth();
  figure.limit = side.machine->seconds(work.limit, bandwidth) / work.per;
  figure.median = bench::median(rounds.median[0]);
  figure.fastest = *std::min_element(rounds.fastest[0].begin(), rounds.fastest[0].end());
  if (figure.peer) {
    figure.peer->median = bench::median(rounds.median[1]);
    figure.peer->fastest = *std::min_element(rounds.fastest[1].begin(), rounds.fastest[1].end());
    figure.peer->ratio = bench::median(rounds.ratios);
  }
  return figure;
}

}  // namespace

Report compare(const Works& works, const Options& options) {
  const auto wanted = [&](const Work& work) {
    // The longest chains take the peer seconds.
    if (options.only.empty()) return !(options.quick && work.per >= 1e6);
    return std::any_of(options.only.begin(), options.only.end(),
                       [&](const std::string& name) { return work.name.rfind(name, 0) == 0; });
  };
  for (const std::string& name : options.only) {
    if (std::none_of(works.begin(), works.end(),
                     [&](const Work& work) { return work.name.rfind(name, 0) == 0; })) {
      std::string names;
      for (const Work& work : works) names += " " + work.name;
      throw std::runtime_error("no work begins with " + name + "; there are" + names);
    }
  }

  Report report;
  report.processor = processor_name();
  report.processors = processors();
  report.date = now_as_text();
  std::vector<int> threads = options.threads;
  if (threads.empty()) threads = {1, report.processors};
  if (threads.size() == 2 && threads[0] == threads[1]) threads.pop_back();

  Child::Environment environment;
  report.peer_target = options.peer_target;
  if (!options.peer.empty() && !options.peer_is_cinta)
    environment = best_environment(options, report.peer_settings);

  std::vector<Side> sides;
  for (const int count : threads) {
    Side side{count, std::make_unique<Child>(our_program, "--serve", count), nullptr, nullptr};
    side.machine = std::make_unique<Machine>(*side.cinta);
    if (!options.peer.empty()) {
      side.peer = std::make_unique<Child>(options.peer, "--serve", count, environment);
      report.peer = side.peer->ask("version");
    }
    report.cinta = side.cinta->ask("version");
    sides.push_back(std::move(side));
  }
  for (const Work& work : works) {
    if (!wanted(work)) continue;
    Result result{&work, {}};
    for (Side& side : sides) result.figures.push_back(measure(work, side, options, report));
    report.results.push_back(result);
  }
  progress("");
  return report;
}

}  // namespace bench
