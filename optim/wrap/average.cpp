#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/optim/detail/arrays.hpp>
#include <cinta/optim/option.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/optim/wrap/average.hpp>

namespace cinta::optim {

Average::Average(const Parameters& parameters, double decay, const Site& site)
    : parameters_(parameters.entries()), tensors_(parameters.tensors()), decay_(decay) {
  if (tensors_.empty()) throw ValueError("Average: no parameters", site);
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const Tensor& x = tensors_[i];
    if (!x.defined()) throw ValueError("Average: parameter " + name_of(i) + " is undefined", site);
    if (!is_floating(x.dtype()) || !x.is_contiguous()) {
      throw ValueError("Average: parameter " + name_of(i) + ", " + x.spec().str() +
                           ", is not floating and dense",
                       site);
    }
  }
  averages_ = detail::copies_of(tensors_);
}

Average Average::exponential(const Parameters& parameters, double decay, Site site) {
  check_option("Average", "decay", Range::fraction, decay, site);
  return Average(parameters, decay, site);
}

Average Average::equal(const Parameters& parameters, Site site) {
  return Average(parameters, -1, site);
}

std::string Average::name_of(std::size_t i) const {
  return parameters_[i].first.empty() ? std::to_string(i) : parameters_[i].first;
}

void Average::check_unchanged(const Site& site) const {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i].spec() != averages_[i].spec()) {
      throw GraphError("Average: parameter " + name_of(i) + " was " + averages_[i].spec().str() +
                           " at first and is " + tensors_[i].spec().str() + " now",
                       site);
    }
    if (!tensors_[i].is_contiguous()) {
      throw ValueError("Average: parameter " + name_of(i) +
                           " is not dense any more; give set_data a contiguous(x)",
                       site);
    }
  }
}

void Average::update(Site site) {
  check_unchanged(site);
  const double n = double(count_ + 1);
  const double share = count_ == 0 ? 1 : decay_ < 0 ? 1 / n : 1 - decay_;
  kernels::blend_arrays(detail::arrays_of(averages_), detail::arrays_of(tensors_), share);
  ++count_;
}

NamedTensors Average::averages() const {
  NamedTensors named;
  for (std::size_t i = 0; i < averages_.size(); ++i) named.emplace_back(name_of(i), averages_[i]);
  return named;
}

State Average::state_dict() const {
  State state = state_of("Average");
  state.values["count"] = count_;
  const Tensors copies = detail::copies_of(averages_);
  for (std::size_t i = 0; i < copies.size(); ++i) state.tensors[name_of(i)] = copies[i];
  return state;
}

std::function<void()> Average::prepare_load(const State& state, Site site) {
  StateReader reader(state, "Average", "Average", site);
  const auto count = reader.value<std::int64_t>("count");
  Tensors loaded;
  for (std::size_t i = 0; i < averages_.size(); ++i)
    loaded.push_back(reader.tensor(name_of(i), averages_[i].spec()));
  reader.finish();
  return [this, copies = detail::copies_of(loaded), count]() mutable {
    averages_ = std::move(copies);
    count_ = count;
  };
}

AverageScope::AverageScope(const Average& average, Site site) {
  average.check_unchanged(site);
  parameters_ = average.tensors_;
  weights_ = detail::copies_of(parameters_);
  detail::write(parameters_, average.averages_, "AverageScope", site);
}

// What got another dtype meanwhile gets the values of before in that; what got another shape has
// nothing to go back to.
AverageScope::~AverageScope() {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor &now = parameters_[i], &before = weights_[i];
    if (now.spec() == before.spec() && now.is_contiguous())
      detail::write({now}, {before}, "AverageScope", Site());
    else if (now.shape() == before.shape() && is_floating(now.dtype()))
      copy_(now.detach(), before);
  }
}

}  // namespace cinta::optim
