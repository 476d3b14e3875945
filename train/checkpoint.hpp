#pragma once
// The whole state of a run in one file.

#include <cinta/nn/module/module.hpp>
#include <cinta/optim/state.hpp>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// What has a state: optimizers, schedulers, averages, loaders, EarlyStopping. `prepare_load`
/// throws for a state that does not fit, and returns what loads it.
template <class T>
concept Stateful = requires(T& part, const optim::State& state, Site site) {
  { part.state_dict() } -> std::convertible_to<optim::State>;
  { part.prepare_load(state, site) } -> std::convertible_to<std::function<void()>>;
};

/// Everything that a run has to remember: its parts are added once by name, then saved and loaded
/// together, and training goes on byte for byte as if it had never stopped.
///
///     train::Checkpoint run;
///     run.add("model", net);
///     run.add("optimizer", optimizer);
///     run.add("schedule", scheduler);
///     run.add("data", loader);
///     run.add("epoch", epoch);
///     if (std::filesystem::exists("run.safetensors")) run.load("run.safetensors");
///     for (; epoch < 10; run.save("run.safetensors")) { ...; ++epoch; }
///
/// This thread's generator of random numbers is always a part, "generator". Parts must outlive the
/// checkpoint. Files are safetensors: other programs read the tensors, "model/hidden.weight", and
/// load(net, path, {.prefix = "model/"}) the model alone. docs/saving.md has the format, its
/// version, and what becomes of older files.
class Checkpoint {
 public:
  /// A part in general: its state, and the check of one, which returns what loads it.
  struct Part {
    std::function<optim::State()> state_dict;
    std::function<std::function<void()>(const optim::State&, Site)> prepare_load;
  };

  Checkpoint();

  /// All throw ValueError for a name that is empty, taken, or has a slash in it.
  void add(const std::string& name, const nn::Module& module, Site site = {});
  template <Stateful T>
  void add(const std::string& name, T& part, Site site = {}) {
    add(name,
        Part{[&part] { return part.state_dict(); },
             [&part](const optim::State& state, Site place) {
               return part.prepare_load(state, place);
             }},
        site);
  }
  void add(const std::string& name, Part part, Site site = {});

  /// A variable of the program, which load() sets: epoch, best figure, history.
  void add(const std::string& name, bool& value, Site site = {});
  void add(const std::string& name, int& value, Site site = {});
  void add(const std::string& name, std::int64_t& value, Site site = {});
  void add(const std::string& name, double& value, Site site = {});
  void add(const std::string& name, std::string& value, Site site = {});
  void add(const std::string& name, std::vector<double>& value, Site site = {});

  /// What a run is made with, such as the width of a layer: load() refuses a file in which it is
  /// another. Reads back by values(). A number, a whole number, a flag, a text or numbers.
  void fix(const std::string& name, const optim::StateValue& value, Site site = {});

  /// Writes the file, all or nothing (see io::save_safetensors); `progress` is told the bytes
  /// written and those in all, and what it throws ends the writing.
  void save(const std::string& path,
            std::function<void(std::uint64_t, std::uint64_t)> progress = {}) const;

  /// Sets all parts to what they were. Throws IoError for the file; ValueError or ShapeError, which
  /// names the file and the part, for one that is missing, unexpected or does not fit. Nothing has
  /// changed then.
  void load(const std::string& path, Site site = {}) const;

  /// The variables and constants in a file, by name: to build the model that it is of, or to choose
  /// among files.
  static std::map<std::string, optim::StateValue> values(const std::string& path);

 private:
  struct Named {
    std::string name;
    Part part;
  };
  std::vector<Named> parts_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
