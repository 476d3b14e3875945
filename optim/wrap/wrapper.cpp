#include <cinta/optim/state.hpp>
#include <cinta/optim/wrap/wrapper.hpp>

namespace cinta::optim {

Wrapper::Wrapper(const char* name, Optimizer& inner, const Site& site)
    : Optimizer(name, {}), inner_(inner) {
  add_parameters(inner.named_parameters(), nullptr, site);
}

State Wrapper::state_dict() const {
  State own = state_of(name());
  save(own);
  return wrap_state(own, inner_.state_dict());
}

std::function<void()> Wrapper::prepare_load(const State& state, Site site) {
  const auto [own, inner] = unwrap_state(state);
  StateReader reader(own, name(), name(), site);
  const auto mine = load(reader);
  reader.finish();
  return [mine, theirs = inner_.prepare_load(inner, site)] {
    theirs();
    mine();
  };
}

}  // namespace cinta::optim
