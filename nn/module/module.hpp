#pragma once
// Module: a named tree of parameters, buffers and submodules with a training flag.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::detail {
class Substitution;
}

namespace cinta::nn {

/// Tensors by name, in the order in which they were added.
using cinta::NamedTensors;
using StateDict = NamedTensors;

class Module;
using NamedModules = std::vector<std::pair<std::string, Module>>;

/// Names that only the module has, and names that only what was loaded has.
struct IncompatibleKeys {
  std::vector<std::string> missing, unexpected;
};

namespace detail {

struct ModuleCaller;
struct Parametrizer;

/// "Linear", without namespaces.
std::string class_name(const std::type_info& type);

template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

/// The tensors of what a module's forward returns; a struct converts itself to Tensors.
Tensors tensors_of(const Tensor& y);
Tensors tensors_of(const Tensors& ys);
template <TupleLike T>
Tensors tensors_of(const T& tuple) {
  return std::apply([](const auto&... y) { return Tensors{y...}; }, tuple);
}
void set_tensors(Tensor& y, const Tensors& from);
void set_tensors(Tensors& ys, const Tensors& from);
template <class T>
void set_tensors(T& tuple, const Tensors& from) {
  std::size_t i = 0;
  std::apply([&](auto&... y) { ((y = from[i++]), ...); }, tuple);
}

}  // namespace detail

/// Base of models and layers. A handle: copying a module gives another handle to the same
/// parameters. Members are made where they are declared:
///
///     struct Net : nn::Module {
///       nn::Linear hidden = add("hidden", nn::Linear(8, 64));
///       Tensor scale = add("scale", ones({64}));
///     };
class Module {
 public:
  Module();
  Module(const Module&);
  Module(Module&&) noexcept;
  Module& operator=(const Module&);
  Module& operator=(Module&&) noexcept;
  ~Module();

  /// All tensors that require gradients, of this module and those below it, each once.
  Tensors parameters() const;
  /// The same with dotted paths: "hidden.weight".
  NamedTensors named_parameters() const;
  NamedTensors named_buffers() const;
  /// Parameters (frozen ones too) and buffers under all their names: the handles themselves.
  NamedTensors named_tensors() const;
  /// The same, each once.
  Tensors all_tensors() const;
  /// The parameter (also a frozen one) or buffer of this path; ValueError if there is none.
  Tensor get_tensor(std::string_view path, Site site = {}) const;

  /// The modules added to this one, by name.
  NamedModules named_children() const;
  /// This module, under the empty name, and all below it, by dotted path, parents first. One that
  /// was added twice comes twice.
  NamedModules named_modules() const;
  /// The module of this path below this one; ValueError if there is none.
  Module get_submodule(std::string_view path, Site site = {}) const;
  /// Calls fn(module) for all below this one, children first, and then for this one.
  void apply(const std::function<void(const Module&)>& fn, Site site = {}) const;
  /// The class that it was added as, "Linear", without namespaces; "Module" before it is added.
  std::string kind() const;

  /// Parameters (frozen ones too) and buffers, by path. They share memory with the module; clone()
  /// what has to stay as it is.
  StateDict state_dict() const;
  /// Copies values into the parameters and buffers of the same names; floating dtypes are
  /// converted. Throws ValueError that lists everything that does not fit, before anything is
  /// changed: missing and unexpected names (unless `strict` is false: they are returned then),
  /// other shapes, other dtypes than floating ones; ShapeError if it is shapes and dtypes alone. A
  /// tensor with two names needs one of them.
  IncompatibleKeys load_state_dict(const StateDict& state, bool strict = true,
                                   Site site = {}) const;
  /// The check alone: throws, or returns what loads the state. For what holds several states, of
  /// which all have to fit before one is loaded.
  std::function<void()> prepare_load(const StateDict& state, Site site = {}) const;

  /// Training mode (the default) turns dropout on, here and below.
  void train(bool on = true) const;
  void eval() const { train(false); }
  bool is_training() const;

  /// Drops the gradients of all parameters; to zero them in place instead, pass false.
  void zero_grad(bool set_to_none = true, Site site = {}) const;
  /// Converts floating parameters and buffers in place; optimizers made before hold stale state.
  void to(Dtype dtype, Site site = {}) const;
  /// Freezes (false) or unfreezes the parameters, here and below, whose paths fit the pattern, in
  /// which `*` is any text (dots too) and `?` one character. ValueError if none fits. A frozen
  /// parameter is saved and loaded, and is none of parameters().
  void requires_grad_(bool value, std::string_view pattern = "*", Site site = {}) const;
  void freeze(std::string_view pattern = "*", Site site = {}) const {
    const NameScope name("freeze");
    requires_grad_(false, pattern, site);
  }
  void unfreeze(std::string_view pattern = "*", Site site = {}) const {
    const NameScope name("unfreeze");
    requires_grad_(true, pattern, site);
  }

  /// Hooks run, in the order of registration, whenever the module is called: a layer or container
  /// of this library, or a module of your own by call(net, x), which Sequential does too. `inputs`
  /// and `outputs` are the tensors of the call, states of recurrent layers among them, masks and
  /// lengths not; what was not given is undefined. A hook that returns Tensors replaces them: as
  /// many, or none to leave them.
  ///
  ///     layer.register_forward_hook([&](const nn::Module&, const Tensors&, const Tensors& out) {
  ///       features = out[0];
  ///     });
  ///
  /// Before the call: hook(module, inputs).
  template <class F>
  HookHandle register_forward_pre_hook(F hook, Site site = {}) const {
    cinta::detail::check_not_empty("register_forward_pre_hook", "hook", hook, site);
    return add_hook(HookPoint::before_forward,
                    [hook](const Module& m, const Tensors& in, const Tensors&) mutable {
                      return returned(hook, m, in);
                    });
  }
  /// After it: hook(module, inputs, outputs), which may replace the outputs.
  template <class F>
  HookHandle register_forward_hook(F hook, Site site = {}) const {
    cinta::detail::check_not_empty("register_forward_hook", "hook", hook, site);
    return add_hook(HookPoint::after_forward,
                    [hook](const Module& m, const Tensors& in, const Tensors& out) mutable {
                      return returned(hook, m, in, out);
                    });
  }
  /// In backward, when the gradients of the outputs are known: hook(module, grad_outputs), which
  /// may replace them.
  template <class F>
  HookHandle register_full_backward_pre_hook(F hook, Site site = {}) const {
    cinta::detail::check_not_empty("register_full_backward_pre_hook", "hook", hook, site);
    return add_hook(HookPoint::before_backward,
                    [hook](const Module& m, const Tensors& dys, const Tensors&) mutable {
                      return returned(hook, m, dys);
                    });
  }
  /// In backward, when the gradients of the inputs are known: hook(module, grad_inputs,
  /// grad_outputs), which may replace the former. Those of inputs that need none are undefined; if
  /// none needs one it runs as soon as the gradients of the outputs are known. Where gradients are
  /// differentiated those of the outputs are constants, or undefined. Costs a copy of inputs and
  /// outputs.
  template <class F>
  HookHandle register_full_backward_hook(F hook, Site site = {}) const {
    cinta::detail::check_not_empty("register_full_backward_hook", "hook", hook, site);
    return add_hook(HookPoint::after_backward,
                    [hook](const Module& m, const Tensors& dxs, const Tensors& dys) mutable {
                      return returned(hook, m, dxs, dys);
                    });
  }

  /// Place in the tree that it was added to: "encoder.hidden"; empty for a root.
  const char* path() const;

 protected:
  /// Registers a parameter: a floating leaf, which is made to require gradients. Names are not
  /// empty, hold no dot and are used once; ValueError otherwise.
  Tensor add(std::string_view name, Tensor parameter, Site site = {});
  /// Registers state that is saved but not trained.
  Tensor add_buffer(std::string_view name, Tensor buffer, Site site = {});
  /// Registers a submodule.
  template <std::derived_from<Module> M>
  M add(std::string_view name, M module, Site site = {}) {
    add_child(name, module, typeid(M), site);
    return module;
  }

  /// A call of the module: while it lives, errors and nodes carry its path and the caller's line,
  /// and parametrized parameters have their values. A layer hands over its parameters in the order
  /// in which it added them: throws GraphError if one was assigned another tensor since, which
  /// would be used and not trained. Warns, once, of a layer that is used and trained by no
  /// optimizer because it was never added to the model.
  ///
  ///     Tensor operator()(const Tensor& x, Site site = {}) const {
  ///       const Call call(*this, site, {&weight});
  ///       return call([&](const Tensor& in) { return matmul(in, weight); }, x);
  ///     }
  class Call {
   public:
    Call(const Module& module, const Site& site,
         std::initializer_list<const Tensor*> parameters = {});
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    /// forward(inputs...), which are tensors, with the module's hooks around it. The result is a
    /// Tensor, Tensors, or a pair or tuple of Tensors.
    template <class F, std::same_as<Tensor>... T>
    auto operator()(const F& forward, const T&... inputs) const {
      if (!hooked_) return forward(inputs...);
      return with_hooks(
          [&](const Tensors& in) { return spread(forward, in, std::index_sequence_for<T...>()); },
          Tensors{inputs...});
    }
    /// forward(inputs), of a list.
    template <class F>
    auto of_list(const F& forward, const Tensors& inputs) const {
      return hooked_ ? with_hooks(forward, inputs) : forward(inputs);
    }

   private:
    template <class F, std::size_t... I>
    static auto spread(const F& forward, const Tensors& inputs, std::index_sequence<I...>) {
      return forward(inputs[I]...);
    }
    template <class F>
    auto with_hooks(const F& forward, const Tensors& inputs) const {
      using Result = std::remove_cvref_t<decltype(forward(inputs))>;
      struct Run {
        const F& forward;
        Result result;
      } run{forward, Result()};
      detail::set_tensors(run.result, run_hooks(inputs, &run, [](void* context, const Tensors& in) {
                            Run& mine = *static_cast<Run*>(context);
                            mine.result = mine.forward(in);
                            return detail::tensors_of(mine.result);
                          }));
      return run.result;
    }
    // A plain function and what it works on: a std::function would be compiled for each layer.
    Tensors run_hooks(const Tensors& inputs, void* context,
                      Tensors (*forward)(void* context, const Tensors& inputs)) const;

    const Module& module_;
    Site site_;
    SiteScope scope_;
    bool hooked_;
    struct Parametrized;
    Parametrized* parametrized_ = nullptr;  // owned; complete in call.cpp alone
  };

 private:
  friend class EvalGuard;
  friend struct detail::ModuleCaller;
  friend struct detail::Parametrizer;
  struct State;
  enum class HookPoint { before_forward, after_forward, before_backward, after_backward };
  using Hook = std::function<Tensors(const Module&, const Tensors&, const Tensors&)>;

  explicit Module(std::shared_ptr<State> state);
  void add_child(std::string_view name, const Module& child, const std::type_info& type,
                 const Site& site);
  HookHandle add_hook(HookPoint point, Hook hook) const;
  template <class F, class... A>
  static Tensors returned(F& hook, const A&... arguments) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const A&...>>)
      return hook(arguments...), Tensors();
    else
      return hook(arguments...);
  }

  std::shared_ptr<State> state_;
};

/// Evaluation mode for its lifetime; then every submodule has the mode that it had before.
class EvalGuard {
 public:
  explicit EvalGuard(const Module& module);
  ~EvalGuard();
  EvalGuard(const EvalGuard&) = delete;
  EvalGuard& operator=(const EvalGuard&) = delete;

 private:
  struct Modes;
  std::shared_ptr<Modes> modes_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
