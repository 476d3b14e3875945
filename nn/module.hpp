#pragma once
// Module: a named tree of parameters, buffers and submodules with a training flag.

#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// Tensors by name, in the order in which they were added.
using cinta::NamedTensors;
using StateDict = NamedTensors;

/// Names that only the module has, and names that only what was loaded has.
struct IncompatibleKeys {
  std::vector<std::string> missing, unexpected;
};

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

  /// All tensors that require gradients, of this module and those below it, each once.
  Tensors parameters() const;
  /// The same with dotted paths: "hidden.weight".
  NamedTensors named_parameters() const;
  NamedTensors named_buffers() const;

  /// Parameters (frozen ones too) and buffers: the handles themselves, each once.
  Tensors all_tensors() const;

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
  /// Freezes (false) or unfreezes all parameters, here and below.
  void requires_grad_(bool value, Site site = {}) const;

  /// Place in the tree that it was added to: "encoder.hidden"; empty for a root.
  const char* path() const;

 protected:
  /// Registers a parameter: a floating leaf, which is made to require gradients. Names are not
  /// empty, hold no dot and are used once; ValueError otherwise.
  Tensor add(const std::string& name, Tensor parameter, Site site = {});
  /// Registers state that is saved but not trained.
  Tensor add_buffer(const std::string& name, Tensor buffer, Site site = {});
  /// Registers a submodule.
  template <std::derived_from<Module> M>
  M add(const std::string& name, M module, Site site = {}) {
    add_child(name, module, site);
    return module;
  }

  /// While it lives, errors and nodes carry this module's path and the caller's line. A layer hands
  /// over its parameters in the order in which it added them: throws GraphError if one was assigned
  /// another tensor since, which would be used and not trained. Warns, once, of a layer that is
  /// used and trained by no optimizer because it was never added to the model.
  class Call {
   public:
    Call(const Module& module, const Site& site,
         std::initializer_list<const Tensor*> parameters = {});

   private:
    Site site_;
    SiteScope scope_;
  };

 private:
  friend class EvalGuard;
  struct State;
  void add_child(const std::string& name, const Module& child, const Site& site);

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
  std::unique_ptr<Modes> modes_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
