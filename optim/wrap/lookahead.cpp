#include <cinta/optim/detail/arrays.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/optim/wrap/lookahead.hpp>

namespace cinta::optim {

Lookahead::Lookahead(Optimizer& inner, LookaheadOptions options, Site site)
    : Wrapper("Lookahead", inner, site), options_(options) {
  check_option("Lookahead", "every", Range::count, double(options.every), site);
  check_option("Lookahead", "alpha", options.alpha > 0 && options.alpha <= 1, "lie in (0, 1]",
               options.alpha, site);
  slow_ = detail::copies_of(parameters());
}

void Lookahead::step(Site site) {
  const bool meets = (steps_ + 1) % options_.every == 0;
  // Memory first: a step that fails has changed nothing.
  const auto slow = meets ? detail::arrays_of(slow_) : std::vector<kernels::DenseArray>();
  auto fast = meets ? detail::arrays_of(parameters()) : std::vector<kernels::DenseArray>();
  inner().step(site);
  ++steps_;
  if (!meets) return;
  for (const Tensor& parameter : parameters()) parameter.catch_up();
  kernels::blend_arrays(slow, fast, options_.alpha);
  kernels::blend_arrays(fast, slow, 1);
  for (const Tensor& parameter : parameters())
    parameter.storage()->bump_version("Lookahead.step", SiteScope::resolve(site));
}

void Lookahead::save(State& state) const {
  state.values["steps"] = steps_;
  const Tensors copies = detail::copies_of(slow_);
  for (std::size_t i = 0; i < copies.size(); ++i) state.tensors[name_of(i) + "/slow"] = copies[i];
}

std::function<void()> Lookahead::load(StateReader& reader) {
  const auto steps = reader.value<std::int64_t>("steps");
  Tensors slow;
  for (std::size_t i = 0; i < slow_.size(); ++i)
    slow.push_back(reader.tensor(name_of(i) + "/slow", slow_[i].spec()));
  return [this, steps, slow = detail::copies_of(slow)] {
    steps_ = steps;
    slow_ = slow;
  };
}

}  // namespace cinta::optim
