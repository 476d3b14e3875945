// A table of millions of rows with L2 and L1, trained at the cost of the rows that a step touches:
// the same numbers as the dense computation, whatever the table's size.

#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cmath>
#include <fstream>
#include <functional>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"

namespace {

using namespace cinta;

struct Options : example::RunOptions {
  std::vector<std::int64_t> rows{100'000, 1'000'000, 10'000'000};
  std::int64_t width = 32, batch = 4096;
  int steps = 300, dense_steps = 5;
  double lr = 0.01, l2 = 0.1, l1 = 0.002;
  std::uint64_t seed = 1;
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app(
      "Trains embedding tables of growing size with L2 and proximal L1 on row-sparse gradients, "
      "and "
      "beside each the dense computation: time per step, memory, and by how much they differ.",
      "big_table");
  app.add_option("--rows", o.rows, "sizes of the tables")
      ->delimiter(',')
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 33))
      ->option_text("N,N,... [100000,1000000,10000000]");
  app.add_option("--width", o.width, "width of the tables")
      ->check(CLI::Range(1, 1 << 16))
      ->option_text("N [32]");
  app.add_option("--batch", o.batch, "lookups in a step")
      ->check(CLI::Range(1, 1 << 24))
      ->option_text("N [4096]");
  app.add_option("--steps", o.steps, "row-sparse steps that are timed")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [300]");
  app.add_option("--dense-steps", o.dense_steps,
                 "dense steps beside them, and steps after which both tables are compared; 0 none. "
                 "They need three times the memory of the table")
      ->check(CLI::Range(0, 1000000))
      ->option_text("N [5]");
  app.add_option("--lr", o.lr, "first learning rate; it falls as 1 / (1 + step / 100)")
      ->option_text("X [0.01]");
  app.add_option("--l2", o.l2, "weight decay on all rows")->option_text("X [0.1]");
  app.add_option("--l1", o.l1, "proximal L1 on all rows")->option_text("X [0.002]");
  app.add_option("--seed", o.seed, "of the tables and the lookups")
      ->check(example::seed_range())
      ->option_text("N [1]");
  o.add_to(app, "the figures and their plot");
  train::Hyperparameters space("big_table");
  space.add("lr", o.lr, {.low = 1e-4, .high = 0.1, .log = true}, "first learning rate");
  space.add("l2", o.l2, {.low = 0, .high = 1}, "weight decay on all rows");
  space.add("l1", o.l1, {.low = 0, .high = 0.1}, "proximal L1 on all rows");
  space.objective("loss", train::Direction::minimize);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  const auto positive = [](double x) { return std::isfinite(x) && x >= 0; };
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(positive(o.l2), "--l2: a number that is not negative");
  example::require(positive(o.l1), "--l1: a number that is not negative");
  return true;
}

/// Megabytes that the process holds, or has held at most: a line of /proc/self/status; NaN where
/// there is none.
double megabytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024;
  return std::nan("");
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What a fifth of the steps stay below: quieter than the median where other programs run.
double lower_fifth(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  return values[values.size() / 5];
}

/// One table, its optimizer, and a stream of lookups that is the same for every instance.
class Training {
 public:
  Training(const Options& o, std::int64_t rows, bool row_sparse)
      : options_(o),
        rows_(rows),
        seed_(o.seed),
        table_((manual_seed(o.seed), make(o, rows, row_sparse))),
        optimizer_(table_.parameters(), {.weight_decay = o.l2, .l1 = o.l1}) {}

  /// Every id wants its row to sum to a number of its own. Returns the seconds that the step took.
  double step() {
    manual_seed(seed_ + std::uint64_t(++count_) * 1000);
    const Tensor ids = randint(0, rows_, {options_.batch});
    const Tensor wanted = sin(to(ids, float32));
    const double start = seconds();
    optimizer_.options().lr = options_.lr / (1 + count_ / 100.0);
    optimizer_.zero_grad();
    sum(square(sum(table_(ids), 1) - wanted)).backward();
    optimizer_.step();
    return seconds() - start;
  }

  /// Mean squared error of the same rows each time, most of which a step has not seen.
  double error() const {
    const NoGrad no_grad;
    const Tensor ids = arange(std::min<std::int64_t>(rows_, 10000));
    return mse_loss(sum(table_(ids), 1), sin(to(ids, float32))).item();
  }

  /// All rows, brought up to date.
  Tensor table() const { return table_.weight.detach(); }

 private:
  static nn::Embedding make(const Options& o, std::int64_t rows, bool row_sparse) {
    return nn::Embedding(rows, o.width, {.sparse = row_sparse});
  }

  const Options& options_;
  std::int64_t rows_;
  std::uint64_t seed_;
  int count_ = 0;
  nn::Embedding table_;
  optim::SGD optimizer_;
};

struct Result {
  std::int64_t rows;
  double table_mb, used_mb, step, catch_up, dense_step, difference;
};

Result measure(const Options& o, std::int64_t rows, example::Steps& progress) {
  const std::string name = std::to_string(rows) + " rows";
  Result result{rows, double(rows * o.width) * 4 / (1 << 20), 0, 0, 0, std::nan(""), std::nan("")};
  progress.note(name + ", row-sparse");
  Tensor early;  // the table after as many steps as the dense computation does
  {
    empty_cache();
    const double before = megabytes("VmRSS");
    Training lazy(o, rows, true);
    std::vector<double> times;
    for (int i = 0; i < o.steps; ++i) {
      times.push_back(lazy.step());
      progress.advance();
    }
    result.used_mb = megabytes("VmRSS") - before;
    result.step = lower_fifth(times);
    const double start = seconds();
    lazy.table().catch_up();
    result.catch_up = seconds() - start;
  }
  if (o.dense_steps == 0) return result;

  progress.note(name + ", dense");
  {
    Training lazy(o, rows, true);
    for (int i = 0; i < o.dense_steps; ++i) lazy.step();
    early = lazy.table();
    early.catch_up();
  }
  Training dense(o, rows, false);
  std::vector<double> times;
  for (int i = 0; i < o.dense_steps; ++i) {
    times.push_back(dense.step());
    progress.advance();
  }
  result.dense_step = lower_fifth(times);
  const Tensor other = dense.table();
  const float *a = early.data<float>(), *b = other.data<float>();
  result.difference = 0;
  for (std::int64_t i = 0; i < other.numel(); ++i) {
    const double difference = std::abs(double(a[i]) - double(b[i]));
    if (!std::isfinite(difference))
      throw ValueError("the tables are no longer finite after " + std::to_string(o.dense_steps) +
                       " steps; a smaller --lr may help");
    result.difference = std::max(result.difference, difference);
  }
  return result;
}

/// A trial of a search: one table, row-sparse; a report for a tenth of the steps.
void run_trial(const Options& o) {
  Training training(o, o.rows.front(), true);
  example::Reports reports(o);
  for (int i = 1; i <= o.steps; ++i) {
    training.step();
    if (i % std::max(1, o.steps / 10) == 0) reports.step({{"loss", training.error()}});
  }
  reports.finish();
}

std::string power(double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  return text;
}

void print(const std::vector<Result>& results) {
  using example::number;
  example::TextTable table;
  table.add({"rows", "table MB", "used MB", "step ms", "ratio", "dense ms", "times faster",
             "catch up ms", "difference"});
  for (const Result& r : results) {
    table.add({std::to_string(r.rows), number(r.table_mb, 1), number(r.used_mb, 1),
               number(r.step * 1e3, 3), number(r.step / results[0].step, 2),
               number(r.dense_step * 1e3, 2), number(r.dense_step / r.step, 0),
               number(r.catch_up * 1e3, 1), power(r.difference)});
  }
  table.print(std::cout);
}

void write(train::OutputFolder& folder, const std::vector<Result>& results) {
  io::CsvTable csv;
  csv.header = {"rows",         "table_mb",         "used_mb",
                "step_seconds", "catch_up_seconds", "dense_step_seconds",
                "difference"};
  csv.columns.resize(csv.header.size());
  train::Curve lazy{.name = "row-sparse", .color = 1}, dense{.name = "dense", .color = 2};
  for (const Result& r : results) {
    const double cells[] = {double(r.rows), r.table_mb,   r.used_mb,   r.step,
                            r.catch_up,     r.dense_step, r.difference};
    for (std::size_t c = 0; c < csv.columns.size(); ++c) {
      char text[32];
      std::snprintf(text, sizeof text, "%.9g", cells[c]);
      csv.columns[c].push_back(text);
    }
    for (train::Curve* curve : {&lazy, &dense}) curve->x.push_back(std::log10(double(r.rows)));
    lazy.y.push_back(r.step * 1e3);
    dense.y.push_back(r.dense_step * 1e3);
  }
  io::write_csv(folder.file("results.csv"), csv);
  std::vector<train::Curve> curves{lazy};
  if (!std::isnan(results[0].dense_step)) curves.push_back(dense);
  example::plot(folder, "time_per_step.png", curves,
                {.title = "A step on an embedding table with L2 and L1",
                 .x_label = "log10(rows)",
                 .y_label = "milliseconds",
                 .log_y = true});
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("big_table", [&] {
    Options options;
    options.output = "big_table_results";
    if (!parse(options, argc, argv)) return;
    if (options.is_trial()) return run_trial(options);
    train::OutputFolder folder(options.output, "results.csv");
    example::Steps progress(
        options.quiet, std::int64_t(options.rows.size()) * (options.steps + options.dense_steps));
    std::vector<Result> results;
    for (const std::int64_t rows : options.rows)
      results.push_back(measure(options, rows, progress));
    print(results);
    write(folder, results);
    example::commit(folder, "figures and their plot");
  });
}
