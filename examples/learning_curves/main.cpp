// Three models of the same data, of which one is too simple, one too free and one right, and what
// their learning curves say.

#include <cinta/cinta.hpp>
#include <cinta/train/curves/cross_validation.hpp>
#include <cinta/train/curves/diagnosis.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cinta/train/metrics/regression.hpp>
#include <cinta/train/report/curve_plot.hpp>
#include <numbers>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"

namespace {

using namespace cinta;
using example::Json;
using train::Rows;
using train::Scores;

/// How a network is trained.
struct Model {
  std::string name;
  std::int64_t width;  // of both hidden layers; 0 for none
  double l2;
  int steps;
  double lr = 0.01;
};

struct Options : example::RunOptions {
  std::int64_t rows = 400;
  std::int64_t seeds = 20;
  Model searched{"searched", 16, 0.01, 400};
};

constexpr int folds = 4;

bool parse(Options& o, int argc, char** argv) {
  CLI::App app(
      "Draws the learning curves of three models of the same data and diagnoses underfitting, "
      "overfitting and a good fit.",
      "learning_curves");
  app.add_option("--rows", o.rows, "rows of data")
      ->check(CLI::Range(100, 100000))
      ->option_text("N [400]");
  app.add_option("--seeds", o.seeds, "for each model, diagnoses of folds and weights of their own")
      ->check(CLI::Range(1, 1000))
      ->option_text("N [20]");
  o.add_to(app, "figures and pictures");
  train::Hyperparameters space("learning_curves");
  Model& model = o.searched;
  space.add("lr", model.lr, {.low = 1e-3, .high = 0.1, .log = true}, "learning rate of Adam");
  space.add("l2", model.l2, {.low = 1e-5, .high = 0.1, .log = true}, "L2 penalty");
  space.add("width", model.width, {.low = 4, .high = 64, .log = true}, "of both hidden layers");
  space.add("steps", model.steps, {.low = 50, .high = 800, .log = true}, "of training");
  space.objective("r2", train::Direction::maximize);
  space.steps(folds);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  return true;
}

/// The first of J. Friedman's functions ("Multivariate adaptive regression splines", Annals of
/// Statistics 19, 1991): five features that count, five that do not, and noise. As the noise is
/// known, so is the best R2 that any model can have.
struct Data {
  Tensor x, y;
  double ideal;
};

Data make_data(std::int64_t rows) {
  manual_seed(1);
  const Tensor x = rand({rows, 10});
  const auto f = [&](std::int64_t i) { return slice(x, 1, i, i + 1); };
  const Tensor clean =
      sin(f(0) * f(1) * std::numbers::pi) * 10 + square(f(2) - 0.5) * 20 + f(3) * 10 + f(4) * 5;
  constexpr double noise = 1;
  const Tensor y = clean + randn({rows, 1}) * noise;
  const double spread = var(y).item();
  return {(x - 0.5) * std::sqrt(12.0), (y - mean(y)) / std::sqrt(spread),
          1 - noise * noise / spread};
}

const std::vector<Model> models{
    {"linear", 0, 0, 300}, {"large", 48, 0, 400}, {"regularized", 16, 0.01, 400}};

struct Net : nn::Module {
  explicit Net(std::int64_t width)
      : first(add("first", nn::Linear(10, width ? width : 1))),
        second(add("second", nn::Linear(width ? width : 1, width ? width : 1))),
        last(add("last", nn::Linear(width ? width : 1, 1))),
        deep(width > 0) {}
  Tensor operator()(const Tensor& x) const {
    return deep ? last(tanh(second(tanh(first(x))))) : last(second(first(x)));
  }
  nn::Linear first, second, last;
  bool deep;
};

double r2(const Net& net, const Data& data, const Rows& rows) {
  const NoGrad guard;
  return train::r2_score(to(train::take(data.y, rows), float64).to_vector<double>(),
                         to(net(train::take(data.x, rows)), float64).to_vector<double>());
}

Scores train_and_score(const Model& model, const Data& data, const Rows& rows,
                       const Rows& validation, std::uint64_t seed) {
  manual_seed(seed);
  const Net net(model.width);
  optim::Adam optimizer(net, {.lr = model.lr});
  const Tensors weights = nn::matching(net.named_parameters(), "*", nn::without_biases);
  optim::Scheduler schedule(optimizer, optim::schedule::cosine(model.steps));
  const Tensor x = train::take(data.x, rows), y = train::take(data.y, rows);
  for (int step = 0; step < model.steps; ++step) {
    optimizer.zero_grad();
    const Tensor loss = mse_loss(net(x), y);
    (model.l2 > 0 ? loss + nn::l2_penalty(weights, model.l2) : loss).backward();
    optimizer.step();
    schedule.step();
  }
  example::check_interrupt();
  return {r2(net, data, rows), r2(net, data, validation)};
}

Json json_of(const train::Band& band) { return {band.mean, band.low, band.high}; }

/// A trial of a search: small data, so each fold is a step, and the result their mean.
void cross_validate(const Data& data, const Options& o) {
  example::Reports reports(o);
  double total = 0;
  for (const auto& [rows, validation] : train::k_fold(o.rows, folds, 0)) {
    const double r2 = train_and_score(o.searched, data, rows, validation, 0).validation;
    total += r2;
    reports.step({{"r2", r2}});
  }
  reports.finish({{"r2", total / folds}});
}

void run(const Options& o) {
  auto out = example::output_folder(o, "results.json");
  const Data data = make_data(o.rows);
  if (o.is_trial()) return cross_validate(data, o);
  const train::DiagnosisOptions options{
      .ideal = data.ideal, .ideal_tolerance = 0.1, .validation_tolerance = 0.1};
  train::LearningCurveOptions sizes;
  sizes.shares = {0.15, 0.35, 0.65, 1};
  example::Steps progress(
      o.quiet, std::int64_t(models.size()) * o.seeds * folds * std::int64_t(sizes.shares.size()));
  sizes.on_run = [&](int) { progress.advance(); };

  Json results{{"rows", o.rows}, {"seeds", o.seeds}, {"ideal", data.ideal}};
  example::TextTable table;
  table.add({"", "R2 training", "validation", "underfitting", "overfitting", "good fit"});
  std::string texts;
  for (const Model& model : models) {
    progress.note(model.name);
    // A curve for each seed, diagnosed by itself; together they are the picture.
    train::ScoreCurve all;
    int verdicts[3] = {0, 0, 0};
    for (std::int64_t seed = 0; seed < o.seeds; ++seed) {
      sizes.seed = std::uint64_t(seed);
      train::ScoreCurve curve = train::learning_curve(
          train::k_fold(o.rows, folds, std::uint64_t(seed)),
          [&](const Rows& rows, const Rows& validation, std::uint64_t own) {
            return train_and_score(model, data, rows, validation, own);
          },
          sizes);
      ++verdicts[int(train::diagnose(curve, options).verdict)];
      if (seed == 0) {
        all = std::move(curve);
        continue;
      }
      for (std::size_t i = 0; i < curve.x.size(); ++i)
        all.scores[i].insert(all.scores[i].end(), curve.scores[i].begin(), curve.scores[i].end());
    }
    const train::Diagnosis diagnosis = train::diagnose(all, options);
    const std::size_t last = all.x.size() - 1;
    table.add({model.name, example::number(train::band_of(all.train(last)).mean, 3),
               example::number(train::band_of(all.validation(last)).mean, 3),
               std::to_string(verdicts[0]), std::to_string(verdicts[1]),
               std::to_string(verdicts[2])});
    texts += model.name + ": " + diagnosis.text + "\n";
    results["models"].push_back({{"name", model.name},
                                 {"diagnosis", train::name_of(diagnosis.verdict)},
                                 {"certain", diagnosis.certain},
                                 {"ideal_gap", json_of(diagnosis.ideal_gap)},
                                 {"validation_gap", json_of(diagnosis.validation_gap)},
                                 {"more_data_helps", diagnosis.more_data_helps},
                                 {"underfitting", verdicts[0]},
                                 {"overfitting", verdicts[1]},
                                 {"good_fit", verdicts[2]}});
    train::plot_score_curve(out->file(model.name + ".png"), all, data.ideal,
                            {.title = model.name + ": " + train::name_of(diagnosis.verdict),
                             .x_label = "training rows",
                             .y_label = "R2"});
  }
  std::cout << "Diagnoses of " << o.seeds << (o.seeds == 1 ? " seed" : " seeds")
            << " for each model; the ideal R2 is " << example::number(data.ideal, 3) << "\n\n";
  table.print(std::cout);
  std::cout << '\n' << texts;
  example::write_json(*out, results);
  out->commit();
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("learning_curves", [&] {
    Options o;
    o.output = "learning_curves_results";
    if (parse(o, argc, argv)) run(o);
  });
}
