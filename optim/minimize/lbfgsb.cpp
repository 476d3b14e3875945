#include <cinta/optim/minimize/detail/bounded_model.hpp>
#include <cinta/optim/minimize/detail/line_search.hpp>

namespace cinta::optim::minimize {

Bound::Bound(const Tensor& tensor) : tensors_({tensor}) {}
Bound::Bound(Tensors tensors) : tensors_(std::move(tensors)) {}

std::span<const OptionField> LbfgsbOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&LbfgsbOptions::max_iter>("max_iter", Range::count),
      option_field<&LbfgsbOptions::max_eval>("max_eval", Range::count),
      option_field<&LbfgsbOptions::tolerance_grad>("tolerance_grad", Range::not_negative),
      option_field<&LbfgsbOptions::tolerance_change>("tolerance_change", Range::not_negative),
      option_field<&LbfgsbOptions::history_size>("history_size", Range::count),
      option_field<&LbfgsbOptions::max_line_search>("max_line_search", Range::count)};
  return all;
}

Result lbfgsb(const Closure& loss, const Parameters& parameters, LbfgsbOptions options, Site site) {
  check_options("lbfgsb", LbfgsbOptions::fields(), &options, site);
  Objective objective("lbfgsb", loss, parameters, site);
  const Box box(objective, options.low, options.high);
  Run run(objective, Limits::of(options));
  Point& at = run.at();
  box.project(at.x);
  objective.evaluate(at);
  std::optional<Reason> stop = run.begin(box.projected_size(at));
  History history{std::size_t(options.history_size)};
  BoundedModel model(history);
  while (!stop) {
    const bool fresh = history.pairs.empty();
    std::optional<Vector> target;
    if (model.update()) {
      const Cauchy cauchy = cauchy_point(model, box, at);
      target = fresh ? cauchy.x : subspace_minimum(model, box, at, cauchy);
    }
    std::optional<Point> next;
    if (target) {
      const Vector d = difference(*target, at.x);
      const double longest = std::max(1.0, box.longest(at.x, d));
      const bool careful = fresh && !box.closed();
      next = line_search(run, d,
                         {.decrease = 1e-3,
                          .first = careful ? std::min(1 / norm(d), longest) : 1,
                          .longest = longest,
                          .most = options.max_line_search,
                          .project = [&](Vector& x) { box.project(x); }});
    }
    if (!next) {
      if (run.out_of_evaluations())
        stop = Reason::max_eval;
      else if (fresh)
        stop = Reason::stalled;
      history.clear();
      continue;
    }
    history.add(at, *next);
    const double size = box.projected_size(*next);
    stop = run.accept(std::move(*next), size);
  }
  return run.finish(*stop);
}

}  // namespace cinta::optim::minimize
