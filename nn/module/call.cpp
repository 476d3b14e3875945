// What happens around a layer's arithmetic: its path in messages, checks, parametrized parameters,
// hooks.

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/warning.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/substitution.hpp>
#include <cinta/nn/module/call.hpp>
#include <cinta/nn/module/detail/module_state.hpp>
#include <cinta/ops/elementwise/inplace.hpp>

namespace cinta::nn {

void Module::State::check_parameters(std::initializer_list<const Tensor*> used,
                                     const Site& site) const {
  std::size_t i = 0;
  for (const Tensor* tensor : used) {
    const Entry* added = i < tensors.size() ? &tensors[i] : nullptr;
    if (tensor->impl() == (added ? added->tensor.impl() : nullptr)) {
      ++i;
      continue;
    }
    // One that this layer was made without: what was added in its place is another one's, a buffer
    // or what a derived class added, which that one holds.
    if (!tensor->defined() && !added->tensor.is_unique()) continue;
    throw GraphError((added ? path_of(added->name) : std::string("a parameter")) +
                         ": another tensor was assigned to this parameter, which would be used "
                         "and not trained or saved; write into it, under NoGrad, by copy_",
                     site);
  }
}

void Module::State::look_for_optimizer(const Site& site) {
  constexpr int now_and_then = 100;  // since it takes a walk
  const int count = calls.load(std::memory_order_relaxed);
  if (count < 0) return;
  calls.store(count + 1, std::memory_order_relaxed);
  if ((count + 1) % now_and_then != 0 || !Leaf::any_has_optimizer()) return;
  const Entry* with_gradient = nullptr;
  for (const Entry& entry : tensors)
    if (const Leaf* leaf = leaf_of(entry); leaf && leaf->grad().defined()) with_gradient = &entry;
  if (!with_gradient) return;

  State* root = this;
  for (auto up = parent.lock(); up; up = root->parent.lock()) root = up.get();
  bool trained = false;
  root->walk("", [&](const std::string&, const State& state) {
    for (const Entry& entry : state.tensors)
      if (const Leaf* leaf = leaf_of(entry)) trained |= leaf->has_optimizer();
  });
  if (trained) return;
  calls.store(-1, std::memory_order_relaxed);
  warn("a layer gets gradients that no optimizer takes: was it never add()ed to the model? Its " +
           path_of(with_gradient->name) + ", " + with_gradient->tensor.spec().str() +
           ", was made at " + with_gradient->tensor.node()->site().str(),
       site);
}

Tensors detail::tensors_of(const Tensor& y) { return {y}; }
Tensors detail::tensors_of(const Tensors& ys) { return ys; }
void detail::set_tensors(Tensor& y, const Tensors& from) { y = from[0]; }
void detail::set_tensors(Tensors& ys, const Tensors& from) { ys = from; }

void detail::refuse_inputs(const char* who, std::size_t count, const Site& site) {
  throw ValueError(std::string(who) + ": the module cannot be called with " +
                       std::to_string(count) + " tensors; pass a function that calls it",
                   site);
}

HookHandle Module::add_hook(HookPoint point, Hook hook) const {
  auto& hooks = state_->make_extras().hooks[std::size_t(point)];
  hooks.push_back(std::make_shared<Hook>(std::move(hook)));
  return HookHandle([state = std::weak_ptr(state_), point, added = std::weak_ptr(hooks.back())] {
    const auto module = state.lock();
    if (module) std::erase(module->extras->hooks[std::size_t(point)], added.lock());
  });
}

/// Of a parametrized layer: handles to its parameters are the same in all threads.
struct Module::Call::Parametrized {
  std::unique_lock<std::recursive_mutex> alone;
  cinta::detail::Substitution values;
};

Module::Call::Call(const Module& module, const Site& site,
                   std::initializer_list<const Tensor*> parameters)
    : module_(module), site_(SiteScope::resolve(site)), scope_(site_), hooked_(false) {
  State& state = *module.state_;
  site_.module = state.path;
  if (parameters.size() > 0) {
    state.check_parameters(parameters, site_);
    if (state.training && GradMode::enabled()) state.look_for_optimizer(site_);
  }
  if (state.extras) {
    for (const auto& hooks : state.extras->hooks) hooked_ |= !hooks.empty();
    if (state.extras->parametrized.empty()) return;
    std::unique_lock alone(state.extras->calls);
    cinta::detail::Substitution::Pairs pairs;
    for (const auto& [place, value] : state.extras->parametrized)
      pairs.push_back({place, value(state.training)});
    parametrized_ =
        new Parametrized{std::move(alone), cinta::detail::Substitution(std::move(pairs))};
  }
}

Module::Call::~Call() { delete parametrized_; }

namespace {

/// Copies of tensors, as results of one operation, whose gradients `rule` sees all at once, each in
/// its tensor's place.
Tensors copies(const char* name, const Tensors& xs,
               std::function<Tensors(const Grad&, Tensors dys)> rule) {
  Tensors given;  // those that are defined
  std::vector<std::size_t> places;
  OutputSpecs specs;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Tensor& x = xs[i];
    if (!x.defined()) continue;
    given.push_back(x);
    places.push_back(i);
    specs.push_back(x.requires_grad() ? OutputSpec(x.spec()) : OutputSpec(x.spec(), no_gradient));
  }
  Tensors made = cinta::apply(
      {name, Save::nothing(), Site()}, given, specs,
      [](const Inputs& in, const Tensors& out) {
        for (int i = 0; i < in.size(); ++i) copy_(out[std::size_t(i)], in[i]);
      },
      [rule = std::move(rule), places, count = xs.size()](const Grad& g) {
        Tensors dys(count), dxs;
        for (std::size_t k = 0; k < places.size(); ++k) dys[places[k]] = g.dy_of(int(k));
        const Tensors all = rule(g, std::move(dys));
        for (const std::size_t place : places) dxs.push_back(all[place]);
        return dxs;
      });
  Tensors result;
  auto next = made.begin();
  for (const Tensor& x : xs) result.push_back(x.defined() ? std::move(*next++) : Tensor());
  return result;
}

bool any_requires_grad(const Tensors& xs) {
  return std::any_of(xs.begin(), xs.end(),
                     [](const Tensor& x) { return x.defined() && x.requires_grad(); });
}

}  // namespace

Tensors Module::Call::run_hooks(const Tensors& inputs, void* context,
                                Tensors (*forward)(void*, const Tensors&)) const {
  // A hook may add or take away hooks: the lists are copied.
  const auto hooks = [state = module_.state_](HookPoint point) {
    return state->extras->hooks[std::size_t(point)];
  };
  const auto run = [module = module_, hooks](HookPoint point, Tensors& replaced,
                                             const Tensors& beside, const Site& site) {
    for (const auto& hook : hooks(point)) {
      const bool before = point == HookPoint::before_forward || point == HookPoint::before_backward;
      const bool inputs_first = before || point == HookPoint::after_backward;
      Tensors changed =
          inputs_first ? (*hook)(module, replaced, beside) : (*hook)(module, beside, replaced);
      if (changed.empty()) continue;
      if (changed.size() != replaced.size())
        throw ValueError("a hook returned " + std::to_string(changed.size()) +
                             " tensors in the place of " + std::to_string(replaced.size()),
                         site);
      replaced = std::move(changed);
    }
  };

  Tensors xs = inputs;
  run(HookPoint::before_forward, xs, {}, site_);
  const bool backward = GradMode::enabled() && (!hooks(HookPoint::before_backward).empty() ||
                                                !hooks(HookPoint::after_backward).empty());
  const auto dys = std::make_shared<Tensors>();  // on their way from the outputs to the inputs
  const bool into_inputs = backward && any_requires_grad(xs);
  if (into_inputs)
    xs = copies("module_inputs", xs, [run, dys, site = site_](const Grad&, Tensors dxs) {
      run(HookPoint::after_backward, dxs, std::exchange(*dys, Tensors(dys->size())), site);
      return dxs;
    });
  Tensors ys = forward(context, xs);
  run(HookPoint::after_forward, ys, xs, site_);
  if (!backward || !any_requires_grad(ys)) return ys;
  dys->resize(ys.size());
  const auto rule = [run, dys, into_inputs, site = site_](const Grad& g, Tensors gradients) {
    run(HookPoint::before_backward, gradients, {}, site);
    if (into_inputs) {
      *dys = gradients;
      // With a history they would hold this node, and it them, where the inputs' turn never comes.
      if (g.create_graph())
        for (Tensor& dy : *dys)
          if (dy.defined()) dy = dy.detach();
    } else {
      Tensors none(1);
      run(HookPoint::after_backward, none, gradients, site);
    }
    return gradients;
  };
  return copies("module_outputs", ys, rule);
}

}  // namespace cinta::nn
