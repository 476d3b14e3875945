#pragma once
// Hyperparameters of a program, each declared once: flags, files and searches read them from there.

#include <cinta/autograd/core/site.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

#pragma GCC visibility push(default)
namespace cinta::train {

namespace detail {
struct HyperparameterTable;
}

/// That a hyperparameter counts only where another, a choice or a flag, has one of these values.
struct When {
  std::string name;             ///< empty: it always counts
  std::vector<std::string> is;  ///< names of choices, or "true" and "false"
};

/// Real numbers from low to high, both included.
struct RealRange {
  double low, high;
  bool log = false;  ///< even in the logarithm; then low is positive and there is no step
  double step = 0;   ///< low, low + step, ..., high; 0: every number between
  When when = {};
};

/// Whole numbers from low to high, both included.
struct WholeRange {
  std::int64_t low, high;
  bool log = false;       ///< even in the logarithm; then low is positive and step is 1
  std::int64_t step = 1;  ///< low, low + step, ..., high
  When when = {};
};

/// One of some names; the program knows what each stands for.
struct Choices {
  std::vector<std::string> names;
  When when = {};
};

enum class Direction { minimize, maximize };

/// What may be tuned. Each hyperparameter stands for a variable of the program, whose value at the
/// time is the default:
///
///     double lr = 3e-3;
///     std::string optimizer = "adam";
///     double momentum = 0.9;
///     train::Hyperparameters space("digits");
///     space.add("lr", lr, {.low = 1e-5, .high = 1e-1, .log = true}, "learning rate");
///     space.add("optimizer", optimizer, {.names = {"adam", "sgd"}}, "who takes the steps");
///     space.add("momentum", momentum, {.low = 0, .high = 0.99, .when = {"optimizer", {"sgd"}}},
///               "of SGD");
///     space.objective("validation_loss", train::Direction::minimize);
///     space.add_to(app);
///
/// Declare what matters most first: guided searches begin there. docs/tuning.md is the contract
/// with what tunes. Every member throws ValueError for what cannot be: names taken or of other
/// characters than letters, digits, - and _, empty or infinite ranges, a step beside log or one
/// that misses high, a default or a condition outside of what was declared.
class Hyperparameters {
 public:
  explicit Hyperparameters(std::string program);
  ~Hyperparameters();
  Hyperparameters(const Hyperparameters&) = delete;
  Hyperparameters& operator=(const Hyperparameters&) = delete;

  /// The variable must outlive this object.
  void add(const std::string& name, double& value, const RealRange& range, const std::string& help,
           Site site = {});
  void add(const std::string& name, std::int64_t& value, const WholeRange& range,
           const std::string& help, Site site = {});
  void add(const std::string& name, int& value, const WholeRange& range, const std::string& help,
           Site site = {});
  void add(const std::string& name, std::string& value, const Choices& choices,
           const std::string& help, Site site = {});
  void add(const std::string& name, bool& value, const std::string& help, const When& when = {},
           Site site = {});

  /// A figure that trials report and searches improve; the first one is what is pruned by.
  void objective(const std::string& name, Direction direction, Site site = {});
  /// The variable that holds how many steps a trial reports, such as its epochs.
  void steps(const int& count);

  /// Gives the program a flag for each hyperparameter, `--config FILE`, `--describe-space` and
  /// `--trial FOLDER`. A flag of that name which is there already stays what it is, with the
  /// program's own limits; it has to set the same variable. When `app` has parsed, the variables
  /// have their values: the flag's, else the file's, else the default. What is wrong is thrown as
  /// CLI's errors are, and --describe-space as CLI::CallForVersion with the space as its text. Uses
  /// the app's parse_complete_callback.
  void add_to(CLI::App& app);

  /// The values of a configuration, a JSON object by names. Those left out stay as they are. Throws
  /// ValueError naming `source` for what is no such object, has a name twice or an unknown one,
  /// a value of another type or out of range, or one whose condition does not hold; then no
  /// variable has changed.
  void set(const std::string& json, const std::string& source);
  /// The values that count now, as set() takes them.
  std::string configuration() const;

  /// The space as JSON, on one line (docs/tuning.md). `flags`: others that the program has.
  std::string describe(const std::vector<std::string>& flags = {}) const;

  /// Where this run is to keep its checkpoint; empty when it is not a trial.
  const std::string& trial_folder() const;

 private:
  std::unique_ptr<detail::HyperparameterTable> table_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
