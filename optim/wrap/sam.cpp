#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/optim/detail/arrays.hpp>
#include <cinta/optim/detail/norm.hpp>
#include <cinta/optim/gradient/clip.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/optim/wrap/sam.hpp>

namespace cinta::optim {

SAM::SAM(Optimizer& inner, SAMOptions options, Site site)
    : Wrapper("SAM", inner, site), options_(options) {
  check_option("SAM", "rho", Range::not_negative, options.rho, site);
}

void SAM::step(Site site) {
  throw ValueError("SAM: a step takes two passes; call step([&] { return loss; })", site);
}

Tensor SAM::step(const std::function<Tensor()>& loss, const std::function<void()>& before_step,
                 const Tensors& buffers, Site site) {
  cinta::detail::check_not_empty("SAM", "loss", loss, site);
  for (std::size_t i = 0; i < parameters().size(); ++i)
    if (!parameters()[i].is_contiguous())
      throw ValueError(
          "SAM: parameter " + name_of(i) + " is not dense any more; give set_data a contiguous(x)",
          site);
  inner().zero_grad(true, site);
  const Tensor value = loss();
  value.backward({}, {}, site);
  check_finite(named_parameters(), Nonfinite::raise, site);

  const Tensors weights = detail::copies_of(parameters());
  const Tensors statistics = detail::copies_of(buffers);
  const auto back = [&] {
    detail::write(parameters(), weights, "SAM.step", site);
    detail::write(buffers, statistics, "SAM.step", site);
  };
  {
    const NoGrad no_grad;
    Tensors climbed = weights, directions(weights.size());
    double squares = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Tensor gradient = parameters()[i].grad();
      if (!gradient.defined()) continue;
      directions[i] = to_dense(gradient).detach();
      const double norm =
          detail::norm(options_.adaptive ? weights[i] * directions[i] : directions[i]);
      squares += norm * norm;
      if (options_.adaptive) directions[i] = square(weights[i]) * directions[i];
    }
    const double scale = squares > 0 ? options_.rho / std::sqrt(squares) : 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (directions[i].defined())  // the worst point is down where the loss is to grow
        climbed[i] = weights[i] + (maximizes(i) ? -scale : scale) * directions[i];
    detail::write(parameters(), climbed, "SAM.step", site);
  }
  try {
    inner().zero_grad(true, site);
    loss().backward({}, {}, site);
  } catch (...) {
    back();
    throw;
  }
  back();
  if (before_step) before_step();
  inner().step(site);
  return value.detach();
}

void SAM::save(State&) const {}
std::function<void()> SAM::load(StateReader&) {
  return [] {};
}

}  // namespace cinta::optim
