#include <cinta/optim/minimize/detail/history.hpp>
#include <cinta/optim/minimize/detail/line_search.hpp>
#include <cinta/optim/minimize/lbfgs.hpp>

namespace cinta::optim::minimize {
namespace {

// -H g by the two loops over the history.
Vector direction_of(const Vector& gradient, const History& history) {
  Vector d = gradient;
  std::vector<double> shares(history.pairs.size());
  for (std::size_t i = history.pairs.size(); i-- > 0;) {
    const auto& pair = history.pairs[i];
    shares[i] = dot(pair.s, d) / pair.sy;
    add(d, -shares[i], pair.y);
  }
  if (!history.pairs.empty()) scale(d, history.pairs.back().sy / history.pairs.back().yy);
  for (std::size_t i = 0; i < history.pairs.size(); ++i) {
    const auto& pair = history.pairs[i];
    add(d, shares[i] - dot(pair.y, d) / pair.sy, pair.s);
  }
  scale(d, -1);
  return d;
}

}  // namespace

std::span<const OptionField> LbfgsOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&LbfgsOptions::max_iter>("max_iter", Range::count),
      option_field<&LbfgsOptions::max_eval>("max_eval", Range::count),
      option_field<&LbfgsOptions::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&LbfgsOptions::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&LbfgsOptions::history_size>("history_size", Range::count),
      option_field<&LbfgsOptions::max_line_search>("max_line_search", Range::count)};
  return all;
}

Result lbfgs(const Closure& loss, const Parameters& parameters, LbfgsOptions options, Site site) {
  check_options("lbfgs", LbfgsOptions::fields(), &options, site);
  Objective objective("lbfgs", loss, parameters, site);
  Run run(objective, Limits::of(options));
  objective.evaluate(run.at());
  std::optional<Reason> stop = run.begin(largest(run.at().gradient));
  History history{std::size_t(options.history_size)};
  while (!stop) {
    const Vector d = direction_of(run.at().gradient, history);
    const bool fresh = history.pairs.empty();
    auto next = line_search(
        run, d, {.first = fresh ? std::min(1.0, 1 / norm(d)) : 1, .most = options.max_line_search});
    if (!next) {
      if (run.out_of_evaluations())
        stop = Reason::max_eval;
      else if (fresh)
        stop = Reason::stalled;
      history.clear();
      continue;
    }
    history.add(run.at(), *next);
    const double size = largest(next->gradient);
    stop = run.accept(std::move(*next), size);
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
