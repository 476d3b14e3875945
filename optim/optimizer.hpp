#pragma once
// What all optimizers share: parameters in groups with their own options, the step, the state.

#include <cinta/optim/option.hpp>
#include <cinta/optim/parameters.hpp>
#include <cinta/optim/step.hpp>
#include <functional>
#include <memory>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct State;  // <cinta/optim/state.hpp>

/// What an optimizer keeps for each parameter between steps, by name: tensors, and numbers with the
/// values that they begin with.
struct Keeps {
  std::vector<std::string> tensors = {};
  std::vector<std::pair<std::string, double>> numbers = {};
};

/// Base of optimizers: parameters in groups, and one loop for all of their steps. An optimizer is
/// what it keeps, and what a step makes of one parameter: see GroupedOptimizer and
/// docs/optimizers.md. Parameters are leaves that require gradients, dense, floating; each is given
/// once, and names are used once. Throws GraphError, DtypeError or ValueError otherwise.
class Optimizer {
 public:
  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient; one without is left alone in every respect.
  /// Warns, once and by name, of one that requires gradients and got none in 100 steps. Throws
  /// GraphError if a parameter changed its shape or dtype since it was given, ValueError for an
  /// option out of its range, MemoryError if there is no memory for what it keeps; it has changed
  /// no parameter then, so that the step can be repeated.
  virtual void step(Site site = {});

  /// Drops all gradients; to zero them in place instead, pass false (a row-sparse one then has no
  /// rows).
  virtual void zero_grad(bool set_to_none = true, Site site = {}) const;

  /// The step that a proximal operator is to be taken with for parameter `i`: how far a gradient
  /// that stays the same moves it, per step and unit of the gradient. See optim/wrap/proximal.hpp.
  /// Throws ValueError for an optimizer that does not say.
  virtual double step_size(std::size_t i) const;

  /// Whether steps of parameter `i` climb: the option `maximize` of its group, if it has one. A
  /// step then begins with the gradient's negative, and all else is as for a loss of that sign.
  virtual bool maximizes(std::size_t i) const;

  /// Brings all rows that were left behind up to date, in the parameters and in what is kept for
  /// them. Reading a parameter does the same for it.
  virtual void catch_up() const;

  /// Weights to evaluate with, where they are not those that gradients are taken at; and back.
  /// Nothing but for optimizers that say so.
  virtual void eval(Site site = {}) { (void)site; }
  virtual void train(Site site = {}) { (void)site; }

  const Tensors& parameters() const { return parameters_; }
  /// Those of a group.
  Tensors parameters(std::size_t group) const;
  /// With what they are called in states and errors.
  NamedTensors named_parameters() const;
  /// What parameter `i` is called in states and errors.
  const std::string& name_of(std::size_t i) const;
  /// The optimizer's own name, "AdamW".
  const char* name() const { return name_; }

  virtual std::size_t group_count() const { return groups_.size(); }
  /// The group of parameter `i`.
  virtual std::size_t group_of(std::size_t i) const;

  /// The names of the options of each group: "lr", "weight_decay", ...
  virtual std::vector<std::string> option_names() const;
  /// An option of a group by name; a flag is 0 or 1. Throws ValueError that lists the names if
  /// there is none of this name, IndexError for a missing group.
  virtual double option(std::string_view option, std::size_t group = 0, Site site = {}) const;
  /// Sets it. Throws ValueError too for a value out of its range.
  virtual void set_option(std::string_view option, double value, std::size_t group, Site site = {});
  /// Sets it in all groups.
  void set_option(std::string_view option, double value, Site site = {});

  /// All that steps read and the parameters do not hold: options, what is kept, counts. Pending
  /// steps of rows are caught up first. The tensors are copies.
  virtual State state_dict() const;
  /// Goes on from such a state of an optimizer of the same kind, whose parameters have the same
  /// names, shapes and groups. Throws ValueError that names what does not fit, before anything is
  /// changed. The parameters themselves are the model's business.
  void load_state_dict(const State& state, Site site = {}) { prepare_load(state, site)(); }
  /// The check alone: throws, or returns what loads the state. For what holds several states, of
  /// which all have to fit before one is loaded.
  virtual std::function<void()> prepare_load(const State& state, Site site = {});

 protected:
  /// How an optimizer takes row-sparse gradients. A rule for rows without gradient has to give
  /// what the dense computation gives.
  enum class Rows { refused, taken };

  /// `name` is a literal.
  Optimizer(const char* name, std::span<const OptionField> fields, Keeps keeps = {},
            Rows rows = Rows::refused);

  /// What a step makes of one parameter: its new elements. Runs without recording. Throws
  /// ValueError unless overridden.
  virtual Tensor propose(ParameterStep& step) const;
  /// What option_field() cannot say of the options of a group: throws ValueError.
  virtual void check_group(std::size_t group, const Site& site) const;
  /// What tensor `which` of those kept for parameter `i` looks like: as the parameter.
  virtual Spec state_spec(std::size_t i, std::size_t which) const;

  /// What an optimizer asks of its parameters besides: throws ValueError or ShapeError. `title` is
  /// "Muon: parameter hidden.weight".
  virtual void check_parameter(const Tensor& parameter, const std::string& title,
                               const Site& site) const;

  /// Checks and keeps parameters as a new group; returns its number.
  std::size_t add_parameters(const Parameters& parameters, std::shared_ptr<void> options,
                             const Site& site);
  /// Moves the parameters whose names fit into a new group; returns its number.
  std::size_t split_parameters(std::string_view pattern, std::shared_ptr<void> options,
                               const Site& site);
  void* options_at(std::size_t group, const Site& site) const;
  /// What is kept as tensor `which` for parameter `i`, up to date; undefined if nothing is.
  Tensor kept(std::size_t i, std::size_t which) const;
  /// Keeps another one, or nothing.
  void keep(std::size_t i, std::size_t which, Tensor tensor);
  /// The steps that parameter `i` has made.
  std::int64_t count_of(std::size_t i) const;
  /// "SGD: parameter 2 (hidden.weight)", for messages.
  std::string title(std::size_t i) const;

 private:
  struct Slot;
  const OptionField& field(std::string_view option, const Site& site) const;
  Tensor gradient(std::size_t i, const Site& site) const;
  void check_groups(const Site& site) const;

  const char* name_;
  const char* step_name_;  // "SGD.step", who wrote to the parameters
  std::span<const OptionField> fields_;
  const OptionField* maximize_ = nullptr;  // of the fields, if there
  Keeps keeps_;
  Rows rows_;
  Tensors parameters_;
  std::vector<std::shared_ptr<Slot>> slots_;
  std::vector<std::shared_ptr<void>> groups_;  // their options
};

/// Groups whose options are a struct.
template <class Options>
class OptionGroups : public Optimizer {
 public:
  /// Adds parameters as a group with options of its own; returns its number.
  std::size_t add_group(const Parameters& parameters, Options options = {}, Site site = {}) {
    check(options, site);
    return add_parameters(parameters, std::make_shared<Options>(std::move(options)), site);
  }
  /// Moves the parameters whose names fit the pattern (`*` is any text, `?` one character) out of
  /// their groups into a new one with these options; returns its number. Throws ValueError that
  /// lists the names if none fits.
  ///
  ///     optim::AdamW adamw(net, {.lr = 1e-3, .weight_decay = 0.01});
  ///     adamw.split_group("*.bias", {.lr = 1e-3});
  std::size_t split_group(std::string_view pattern, Options options = {}, Site site = {}) {
    check(options, site);
    return split_parameters(pattern, std::make_shared<Options>(std::move(options)), site);
  }
  /// Options of a group; change them between steps, for instance the learning rate.
  Options& options(std::size_t group = 0, Site site = {}) {
    return *static_cast<Options*>(options_at(group, site));
  }
  const Options& options(std::size_t group = 0, Site site = {}) const {
    return *static_cast<const Options*>(options_at(group, site));
  }

 protected:
  explicit OptionGroups(const char* name, Keeps keeps = {}, Rows rows = Rows::refused)
      : Optimizer(name, fields_of<Options>(), std::move(keeps), rows) {}

  /// Throws ValueError for options that do not go together.
  virtual void check_together(const Options& options, const Site& site) const {
    (void)options, (void)site;
  }
  /// The options that parameter `i` is updated with.
  const Options& options_of(std::size_t i) const { return options(group_of(i)); }

 private:
  void check_group(std::size_t group, const Site& site) const final { check(options(group), site); }
  void check(const Options& options, const Site& site) const {
    check_options(name(), fields_of<Options>(), &options, site);
    check_together(options, site);
  }
};

/// An optimizer with options: one struct for each group of parameters. What remains to be written
/// is `update`:
///
///     struct SignOptions {
///       double lr = 1e-3;
///       static std::span<const optim::OptionField> fields() {
///         static constexpr optim::OptionField all[] = {
///             optim::option_field<&SignOptions::lr>("lr", optim::Range::not_negative)};
///         return all;
///       }
///     };
///     class SignDescent : public optim::GroupedOptimizer<SignOptions> {
///      public:
///       explicit SignDescent(const optim::Parameters& parameters, SignOptions options = {})
///           : GroupedOptimizer("SignDescent") {
///         add_group(parameters, options);
///       }
///      protected:
///       Tensor update(optim::ParameterStep& step, const SignOptions& o) const override {
///         return step.parameter() - o.lr * sign(step.gradient());
///       }
///     };
template <class Options>
class GroupedOptimizer : public OptionGroups<Options> {
 protected:
  using OptionGroups<Options>::OptionGroups;

  /// What a step makes of one parameter: its new elements, from those, the gradient, what is kept
  /// and the options of the parameter's group.
  virtual Tensor update(ParameterStep& step, const Options& options) const = 0;

 private:
  Tensor propose(ParameterStep& step) const final {
    return update(step, this->options_of(step.index()));
  }
};

}  // namespace cinta::optim
#pragma GCC visibility pop
