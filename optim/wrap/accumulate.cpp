#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/optim/detail/arrays.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/optim/wrap/accumulate.hpp>

namespace cinta::optim {

Accumulate::Accumulate(Optimizer& inner, AccumulateOptions options, Site site)
    : Wrapper("Accumulate", inner, site), options_(options) {
  check_option("Accumulate", "every", Range::count, double(options.every), site);
}

void Accumulate::step(Site site) {
  stepped_ = false;
  if (waiting_ + 1 < options_.every)
    ++waiting_;
  else
    make_step(waiting_ + 1, site);
}

void Accumulate::flush(Site site) {
  stepped_ = false;
  if (waiting_ > 0) make_step(waiting_, site);
}

// With gradients of its own for the inner step: one that fails can be repeated with the old ones.
void Accumulate::make_step(std::int64_t batches, const Site& site) {
  const NoGrad no_grad;
  Tensors sums;
  for (const Tensor& parameter : parameters()) sums.push_back(parameter.grad());
  const auto give = [&](const auto& gradient_of) {
    for (std::size_t i = 0; i < sums.size(); ++i)
      if (sums[i].defined()) parameters()[i].set_grad(gradient_of(sums[i]), site);
  };
  const double share = 1 / double(batches);
  try {
    if (options_.mean && batches > 1) {
      give([&](const Tensor& sum) {
        return sum.is_row_sparse() ? scale_rows(sum, share, site) : sum.detach() * share;
      });
    }
    inner().step(site);
  } catch (...) {
    give([](const Tensor& sum) { return sum; });
    throw;
  }
  waiting_ = 0;
  stepped_ = true;
}

void Accumulate::zero_grad(bool set_to_none, Site site) const {
  if (waiting_ == 0) inner().zero_grad(set_to_none, site);
}

void Accumulate::save(State& state) const {
  const NoGrad no_grad;
  state.values["waiting"] = waiting_;
  if (waiting_ == 0) return;
  for (std::size_t i = 0; i < parameters().size(); ++i)
    if (const Tensor sum = parameters()[i].grad(); sum.defined())
      state.tensors[name_of(i) + "/gradient"] = clone(to_dense(sum).detach());
}

std::function<void()> Accumulate::load(StateReader& reader) {
  const auto waiting = reader.value<std::int64_t>("waiting");
  Tensors sums;
  for (std::size_t i = 0; i < parameters().size(); ++i) {
    const std::string entry = name_of(i) + "/gradient";
    sums.push_back(reader.has_tensor(entry) ? reader.tensor(entry, parameters()[i].spec())
                                            : Tensor());
  }
  return [this, waiting, sums] {
    const NoGrad no_grad;
    waiting_ = waiting;
    for (std::size_t i = 0; waiting > 0 && i < sums.size(); ++i)
      parameters()[i].set_grad(sums[i].defined() ? clone(sums[i]) : Tensor());
  };
}

}  // namespace cinta::optim
