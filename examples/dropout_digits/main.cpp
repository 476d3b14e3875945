// A network that learns 8x8 digits by heart, and what dropout and L2 do about it: the same network,
// the same few training rows, several seeds, validation curves.

#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cinta/train/fit.hpp>
#include <cinta/train/metrics/mean_std.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cmath>
#include <set>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"

namespace {

using namespace cinta;
using example::Json;
using example::number;

struct Options : example::RunOptions {
  std::string data = example::data_file("digits.csv");
  std::string target = "digit";
  io::CsvOptions csv;
  std::int64_t rows = 300;  // of training
  std::int64_t hidden = 128;
  double dropout = 0.5;
  double l2 = 3e-3;
  int epochs = 60;
  std::int64_t batch = 20;
  double lr = 3e-3;
  std::vector<std::int64_t> seeds{1, 2, 3};
  std::string test_data;  // of a trial: file of rows that no search has seen
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app(
      "Trains one network on few images without regularization, with dropout, with L2 and with "
      "both.",
      "dropout_digits");
  app.add_option("--data", o.data, "CSV file of numbers with a column of classes 0, 1, ...")
      ->option_text("FILE [examples/data/digits.csv]");
  app.add_option("--target", o.target, "column of the classes")->option_text("COLUMN [digit]");
  const example::CsvFlags csv(app);
  app.add_option("--rows", o.rows, "rows to train on; all others validate")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N [300]");
  app.add_option("--hidden", o.hidden, "units of the two hidden layers")
      ->check(CLI::Range(1, 1 << 20))
      ->option_text("N [128]");
  app.add_option("--dropout", o.dropout, "probability of dropping a hidden unit")
      ->option_text("P [0.5]");
  app.add_option("--l2", o.l2, "L2 penalty on all weights but the biases: l2 / 2 * sum w^2")
      ->option_text("X [0.003]");
  app.add_option("--epochs", o.epochs, "passes over the training rows")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [60]");
  app.add_option("--batch", o.batch, "rows in a step")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N [20]");
  app.add_option("--lr", o.lr, "learning rate of Adam")->option_text("X [0.003]");
  app.add_option("--seeds", o.seeds, "one run each: rows, initial weights, order, dropout")
      ->delimiter(',')
      ->check(example::seed_range())
      ->option_text("N,N,... [1,2,3]");
  o.add_to(app, "curves and results");
  app.add_option_function<std::int64_t>(
         "--seed", [&](std::int64_t seed) { o.seeds = {seed}; }, "one seed, instead of --seeds")
      ->check(example::seed_range())
      ->option_text("N");
  app.add_option("--test-data", o.test_data,
                 "of a trial: rows that no search has seen, for the figures test_...")
      ->option_text("FILE");
  train::Hyperparameters space("dropout_digits");
  space.add("lr", o.lr, {.low = 1e-4, .high = 1e-1, .log = true}, "learning rate of Adam");
  space.add("hidden", o.hidden, {.low = 8, .high = 256, .log = true},
            "units of the two hidden layers");
  space.add("dropout", o.dropout, {.low = 0, .high = 0.8}, "probability of dropping a hidden unit");
  space.add("l2", o.l2, {.low = 1e-6, .high = 1e-1, .log = true}, "L2 penalty");
  space.add("batch", o.batch, {.low = 8, .high = 256, .log = true}, "rows in a step");
  space.objective("validation_loss", train::Direction::minimize);
  space.objective("parameters", train::Direction::minimize);
  space.steps(o.epochs);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  example::require(o.test_data.empty() || o.is_trial(), "--test-data goes with --trial");
  o.csv = csv.options();
  example::require(o.dropout >= 0 && o.dropout < 1, "--dropout: at least 0 and below 1");
  example::require(std::isfinite(o.l2) && o.l2 >= 0, "--l2: a number that is not negative");
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(std::set(o.seeds.begin(), o.seeds.end()).size() == o.seeds.size(),
                   "--seeds: each seed once");
  return true;
}

struct Images {
  Tensor pixels;  // float32 (rows, columns), largest value 1
  Tensor labels;  // int64 (rows,)
  std::vector<std::int64_t> classes_of;
  std::int64_t classes;
};

Images load(const Options& o) {
  const io::CsvTable table = io::read_csv(o.data, o.csv);
  const std::size_t target = table.index(o.target);
  const auto rows = static_cast<std::int64_t>(table.rows());
  const auto columns = static_cast<std::int64_t>(table.header.size()) - 1;
  example::require(columns > 0, o.data + ": no column besides the target");
  example::require(rows > o.rows, "--rows: the file has " + std::to_string(rows) +
                                      " rows, which leaves none to validate on");
  Images images;
  std::set<std::int64_t> classes;
  const std::vector<double> labels = train::numeric_column(table, o.target);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (!(labels[row] >= 0 && labels[row] < 1000 && labels[row] == std::floor(labels[row])))
      throw IoError(table.where(row, target) + ": " + io::quoted(table.columns[target][row]) +
                    " is not a class 0, 1, ... below 1000");
    images.classes_of.push_back(std::int64_t(labels[row]));
    classes.insert(images.classes_of.back());
  }
  example::require(classes.size() > 1, o.data + ": all rows are of one class");
  images.classes = *classes.rbegin() + 1;
  images.labels = from_data(images.classes_of, {rows});
  std::vector<float> pixels(std::size_t(rows * columns));
  double largest = 0;
  std::size_t c = 0;
  for (const std::string& name : table.header) {
    if (name == o.target) continue;
    const std::vector<double> values = train::numeric_column(table, name);
    for (std::size_t row = 0; row < values.size(); ++row) {
      pixels[row * std::size_t(columns) + c] = float(values[row]);
      largest = std::max(largest, std::abs(values[row]));
    }
    ++c;
  }
  images.pixels = from_data(pixels, {rows, columns}) / (largest > 0 ? largest : 1);
  return images;
}

struct Net : nn::Module {
  Net(std::int64_t in, std::int64_t hidden, std::int64_t classes, double p)
      : first(add("first", nn::Linear(in, hidden))),
        second(add("second", nn::Linear(hidden, hidden))),
        out(add("out", nn::Linear(hidden, classes))),
        drop(add("drop", nn::Dropout(p))) {}

  Tensor forward(const Tensor& x) const { return out(drop(relu(second(drop(relu(first(x))))))); }

  nn::Linear first, second, out;
  nn::Dropout drop;
};

/// One way to train, and what came of it with each seed.
struct Variant {
  std::string name;
  double dropout, l2;
  std::vector<std::vector<double>> validation;                     // loss by seed and epoch
  std::vector<double> train_loss, last_loss, best_loss, accuracy;  // by seed
};

double share_right(const Net& net, const Tensor& x, const Tensor& labels) {
  const NoGrad guard;
  return mean(to(eq(argmax(net.forward(x), 1), labels), float64)).item();
}

void train_one(Variant& variant, const Images& images, const Options& o, std::uint64_t seed,
               example::Steps& progress) {
  progress.note("seed " + std::to_string(seed) + ", " + variant.name);
  const double share = double(o.rows) / double(images.labels.numel());
  const train::Split split = train::stratified_split(
      images.classes_of, seed, {.train = share, .validation = 1 - share, .test = 0});
  const Tensor x = train::take(images.pixels, split.train),
               y = train::take(images.labels, split.train);
  const Tensor vx = train::take(images.pixels, split.validation),
               vy = train::take(images.labels, split.validation);
  manual_seed(seed);
  const Net net(images.pixels.shape()[1], o.hidden, images.classes, variant.dropout);
  const Tensors weights = nn::matching(net.named_parameters(), "*", nn::without_biases);
  optim::Adam optimizer(net.parameters(), {.lr = o.lr});
  train::DataLoader loader({x, y}, {.batch_size = o.batch, .shuffle = true, .seed = seed});
  const auto result = train::fit(
      net, optimizer, loader,
      [&](const Tensor& in, const Tensor& labels) {
        const Tensor loss = cross_entropy(net.forward(in), labels);
        return variant.l2 > 0 ? loss + nn::l2_penalty(weights, variant.l2) : loss;
      },
      [&] { return cross_entropy(net.forward(vx), vy).item(); },
      {.epochs = o.epochs, .keep_best = false, .callbacks = {{.on_epoch = [&](train::FitStatus&) {
                                                 progress.advance();
                                               }}}});
  std::vector<double> curve;
  for (const auto& record : result.history) curve.push_back(record.validation_loss);
  const NoGrad guard;
  variant.train_loss.push_back(cross_entropy(net.forward(x), y).item());
  variant.last_loss.push_back(curve.back());
  variant.best_loss.push_back(*std::min_element(curve.begin(), curve.end()));
  variant.accuracy.push_back(share_right(net, vx, vy));
  variant.validation.push_back(std::move(curve));
}

/// One network as a trial of a search (docs/tuning.md).
void run_trial(const Images& images, const Options& o) {
  train::Trial trial(std::cout);
  const double share = double(o.rows) / double(images.labels.numel());
  // The same rows validate every trial.
  const train::Split split = train::stratified_split(
      images.classes_of, 1, {.train = share, .validation = 1 - share, .test = 0});
  const Tensor x = train::take(images.pixels, split.train),
               y = train::take(images.labels, split.train);
  const Tensor vx = train::take(images.pixels, split.validation),
               vy = train::take(images.labels, split.validation);
  const auto seed = std::uint64_t(o.seeds.front());
  manual_seed(seed);
  const Net net(images.pixels.shape()[1], o.hidden, images.classes, o.dropout);
  const Tensors weights = nn::matching(net.named_parameters(), "*", nn::without_biases);
  optim::Adam optimizer(net.parameters(), {.lr = o.lr});
  train::DataLoader loader({x, y}, {.batch_size = o.batch, .shuffle = true, .seed = seed});
  const auto result = trial.run([&] {
    return train::fit(
        net, optimizer, loader,
        [&](const Tensor& in, const Tensor& labels) {
          return cross_entropy(net.forward(in), labels) + nn::l2_penalty(weights, o.l2);
        },
        [&] { return cross_entropy(net.forward(vx), vy).item(); },
        {.epochs = o.epochs,
         .checkpoints = {.folder = o.trial + "/fit", .last = 1},
         // A search may go on from a checkpoint of other values: those of this run count.
         .callbacks = {{.on_start = [&](train::FitStatus&) { optimizer.set_option("lr", o.lr); }},
                       trial.callback()}});
  });
  double parameters = 0;
  for (const Tensor& parameter : net.parameters()) parameters += double(parameter.numel());
  train::Figures figures{{"validation_loss", result.best_figure}, {"parameters", parameters}};
  if (!o.test_data.empty()) {
    Options of_test = o;
    of_test.data = o.test_data;
    of_test.rows = 0;
    const Images test = load(of_test);
    const NoGrad guard;
    figures.emplace_back("test_loss", cross_entropy(net.forward(test.pixels), test.labels).item());
  }
  trial.finish(result.best_epoch, figures);
}

std::string mean_and_std(const std::vector<double>& values, int digits) {
  const train::MeanStd s = train::mean_std(values);
  return number(s.mean, digits) + (values.size() > 1 ? " ± " + number(s.std, digits) : "");
}

void print(const std::vector<Variant>& variants) {
  example::TextTable table;
  table.add({"", "training loss", "validation, last", "best", "last / best", "accuracy"});
  for (const Variant& v : variants) {
    std::vector<double> rise;
    for (std::size_t i = 0; i < v.last_loss.size(); ++i)
      rise.push_back(v.last_loss[i] / v.best_loss[i]);
    table.add({v.name, mean_and_std(v.train_loss, 5), mean_and_std(v.last_loss, 4),
               mean_and_std(v.best_loss, 4), mean_and_std(rise, 2), mean_and_std(v.accuracy, 4)});
  }
  table.print(std::cout);
}

void write(train::OutputFolder& folder, const Options& o, const std::vector<Variant>& variants) {
  io::CsvTable csv;
  csv.header = {"variant", "seed", "epoch", "validation_loss"};
  csv.columns.resize(4);
  std::vector<train::Curve> curves;
  Json models;
  for (std::size_t k = 0; k < variants.size(); ++k) {
    const Variant& v = variants[k];
    train::Curve curve{
        .name = v.name, .y = std::vector<double>(v.validation[0].size()), .color = int(k) + 1};
    for (std::size_t s = 0; s < o.seeds.size(); ++s) {
      for (std::size_t e = 0; e < v.validation[s].size(); ++e) {
        const std::string cells[] = {v.name, std::to_string(o.seeds[s]), std::to_string(e + 1),
                                     Json(v.validation[s][e]).dump()};
        for (std::size_t c = 0; c < 4; ++c) csv.columns[c].push_back(cells[c]);
        curve.y[e] += v.validation[s][e] / double(o.seeds.size());
      }
    }
    curves.push_back(curve);
    models.push_back({{"name", v.name},
                      {"dropout", v.dropout},
                      {"l2", v.l2},
                      {"train_loss", v.train_loss},
                      {"last_validation_loss", v.last_loss},
                      {"best_validation_loss", v.best_loss},
                      {"accuracy", v.accuracy}});
  }
  io::write_csv(folder.file("validation_curves.csv"), csv);
  example::plot(folder, "validation_curves.png", curves,
                {.title = "Validation loss with " + std::to_string(o.rows) +
                          " training rows, mean of " + std::to_string(o.seeds.size()) + " seeds",
                 .x_label = "epoch",
                 .y_label = "cross-entropy",
                 .log_y = true});
  example::write_json(folder, {{"request",
                                {{"data", o.data},
                                 {"rows", o.rows},
                                 {"hidden", o.hidden},
                                 {"epochs", o.epochs},
                                 {"batch", o.batch},
                                 {"lr", o.lr},
                                 {"seeds", o.seeds}}},
                               {"models", models}});
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("dropout_digits", [&] {
    Options options;
    options.output = "dropout_digits_results";
    if (!parse(options, argc, argv)) return;
    if (options.is_trial()) return run_trial(load(options), options);
    train::OutputFolder folder(options.output, "results.json");
    const Images images = load(options);
    std::vector<Variant> variants = {
        {"plain", 0, 0, {}, {}, {}, {}, {}},
        {"dropout", options.dropout, 0, {}, {}, {}, {}, {}},
        {"L2", 0, options.l2, {}, {}, {}, {}, {}},
        {"dropout and L2", options.dropout, options.l2, {}, {}, {}, {}, {}}};
    example::Steps progress(options.quiet, std::int64_t(options.epochs) * std::ssize(variants) *
                                               std::ssize(options.seeds));
    for (const std::int64_t seed : options.seeds)
      for (Variant& variant : variants)
        train_one(variant, images, options, std::uint64_t(seed), progress);
    print(variants);
    write(folder, options, variants);
    example::commit(folder, "\ncurves and results");
  });
}
