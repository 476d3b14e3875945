// A convolutional network on 8x8 digits: what it gets right of images that it has not seen, the
// curve of its training, and which digits it takes for which.

#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cmath>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"

namespace {

using namespace cinta;
using example::number;

constexpr std::int64_t side = 8, classes = 10;

struct Options : example::RunOptions {
  std::string data = example::data_file("digits.csv");
  io::CsvOptions csv;
  int epochs = 40;
  std::int64_t batch = 64, seed = 1;
  double lr = 3e-3, dropout = 0.3, test = 0.2;
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app("Trains a convolutional network on images of digits.", "mnist_like");
  app.add_option("--data", o.data, "CSV file of 64 columns of pixels, row by row, and one 'digit'")
      ->option_text("FILE [examples/data/digits.csv]");
  const example::CsvFlags csv(app);
  app.add_option("--epochs", o.epochs, "passes over the training images")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [40]");
  app.add_option("--batch", o.batch, "images in a step")
      ->check(CLI::Range(2, 1 << 30))
      ->option_text("N [64]");
  app.add_option("--lr", o.lr, "learning rate of Adam, which falls to 0 along a cosine")
      ->option_text("X [0.003]");
  app.add_option("--dropout", o.dropout, "probability of dropping what the last layer reads")
      ->check(CLI::Range(0.0, 0.99))
      ->option_text("P [0.3]");
  app.add_option("--test", o.test, "share of the images that are not trained on")
      ->option_text("SHARE [0.2]");
  example::add_seed(app, o.seed, "the split, the weights, the order, the shifts and dropout");
  o.add_to(app, "the curve and the results");
  train::Hyperparameters space("mnist_like");
  space.add("lr", o.lr, {.low = 1e-4, .high = 3e-2, .log = true}, "learning rate of Adam");
  space.add("dropout", o.dropout, {.low = 0, .high = 0.7}, "before the last layer");
  space.add("batch", o.batch, {.low = 16, .high = 256, .log = true}, "images in a step");
  space.objective("validation_loss", train::Direction::minimize);
  space.steps(o.epochs);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  o.csv = csv.options();
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(o.test > 0 && o.test < 1, "--test: above 0 and below 1");
  return true;
}

struct Images {
  Tensor pixels;  // (count, 1, side, side), from 0 to 1
  Tensor labels;  // int64 (count,)
  std::vector<std::int64_t> classes_of;
};

Images load(const Options& o) {
  const io::CsvTable table = io::read_csv(o.data, o.csv);
  const std::size_t target = table.index("digit");
  const auto rows = std::int64_t(table.rows());
  example::require(table.header.size() == side * side + 1,
                   o.data + ": needs 64 columns of pixels beside 'digit', has " +
                       std::to_string(table.header.size() - 1));
  Images images;
  const std::vector<double> labels = train::numeric_column(table, "digit");
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (!(labels[row] >= 0 && labels[row] < classes && labels[row] == std::floor(labels[row])))
      throw IoError(table.where(row, target) + ": " + io::quoted(table.columns[target][row]) +
                    " is no digit");
    images.classes_of.push_back(std::int64_t(labels[row]));
  }
  std::vector<float> pixels(std::size_t(rows * side * side));
  double largest = 1;
  std::size_t place = 0;
  for (const std::string& name : table.header) {
    if (name == "digit") continue;
    const std::vector<double> values = train::numeric_column(table, name);
    for (std::size_t row = 0; row < values.size(); ++row) {
      pixels[row * side * side + place] = float(values[row]);
      largest = std::max(largest, std::fabs(values[row]));
    }
    ++place;
  }
  images.pixels = from_data(pixels, {rows, 1, side, side}) / largest;
  images.labels = from_data(images.classes_of, {rows});
  return images;
}

struct Net : nn::Module {
  explicit Net(double dropout) : drop(add("drop", nn::Dropout(dropout))) {}

  nn::Conv2d conv1 = add("conv1", nn::Conv2d(1, 32, 3, {.padding = 1}));
  nn::BatchNorm2d norm1 = add("norm1", nn::BatchNorm2d(32));
  nn::Conv2d conv2 = add("conv2", nn::Conv2d(32, 64, 3, {.padding = 1}));
  nn::BatchNorm2d norm2 = add("norm2", nn::BatchNorm2d(64));
  nn::Conv2d conv3 = add("conv3", nn::Conv2d(64, 64, 3, {.padding = 1}));
  nn::BatchNorm2d norm3 = add("norm3", nn::BatchNorm2d(64));
  nn::Dropout drop;
  nn::Linear out = add("out", nn::Linear(64 * 2 * 2, classes));

  Tensor forward(const Tensor& x) const {
    const Tensor first = relu(norm1(conv1(x)));
    const Tensor second = max_pool2d(relu(norm2(conv2(first))), 2);
    const Tensor third = max_pool2d(relu(norm3(conv3(second))), 2);
    return out(drop(flatten(third, 1)));
  }
};

// The images a pixel aside, or not, in each direction: a digit stays what it is.
Tensor shifted(const Tensor& x) {
  const std::vector<std::int64_t> by = randint(0, 3, {2}).to_vector<std::int64_t>();
  const Tensor wide = pad(x, {1, 1, 1, 1});
  return slice(slice(wide, 2, by[0], by[0] + side), 3, by[1], by[1] + side);
}

struct Score {
  double loss, right;
  std::vector<std::int64_t> answers;
};

Score evaluate(const Net& net, const Tensor& x, const Tensor& labels) {
  const NoGrad constants;
  const nn::EvalGuard evaluation(net);
  const Tensor logits = net.forward(x), answers = argmax(logits, 1);
  return {cross_entropy(logits, labels).item(), mean(to(eq(answers, labels), float64)).item(),
          answers.to_vector<std::int64_t>()};
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("mnist_like", [&] {
    Options o;
    o.output = "mnist_like_results";
    if (!parse(o, argc, argv)) return;
    auto folder = example::output_folder(o, "results.json");
    const Images images = load(o);
    // A search does not look at the test part: it validates on a fifth of the rest.
    const double validation = o.is_trial() ? (1 - o.test) / 5 : 0;
    const train::Split split = train::stratified_split(
        images.classes_of, std::uint64_t(o.seed),
        {.train = 1 - o.test - validation, .validation = validation, .test = o.test});
    const train::Rows& held_out = o.is_trial() ? split.validation : split.test;
    const Tensor x = train::take(images.pixels, split.train),
                 y = train::take(images.labels, split.train),
                 test_x = train::take(images.pixels, held_out),
                 test_y = train::take(images.labels, held_out);
    example::require(x.size(0) >= o.batch && test_x.size(0) > 0,
                     "--batch, --test: too few images for a batch and a test");

    manual_seed(std::uint64_t(o.seed));
    const Net net(o.dropout);
    optim::Adam optimizer(net.parameters(), {.lr = o.lr});
    train::DataLoader loader(
        {x, y},
        {.batch_size = o.batch, .shuffle = true, .drop_last = true, .seed = std::uint64_t(o.seed)});
    optim::Scheduler schedule(optimizer, optim::schedule::cosine(o.epochs * (x.size(0) / o.batch)));
    example::Steps progress(o.quiet, o.epochs);
    example::Reports reports(o);
    train::Curve training{.name = "training", .color = 1}, test{.name = "test", .color = 2};
    for (int epoch = 0; epoch < o.epochs; ++epoch) {
      for (const auto& batch : loader) {
        optimizer.zero_grad();
        cross_entropy(net.forward(shifted(batch[0])), batch[1]).backward();
        optimizer.step();
        schedule.step();
      }
      training.y.push_back(evaluate(net, x, y).loss);
      test.y.push_back(evaluate(net, test_x, test_y).loss);
      reports.step({{"validation_loss", test.y.back()}});
      example::require_number(test.y.back(), "the loss");
      progress.advance();
    }
    if (o.is_trial()) return reports.finish();

    const Score seen = evaluate(net, x, y), unseen = evaluate(net, test_x, test_y);
    std::vector<std::vector<int>> confusion(classes, std::vector<int>(classes));
    for (std::size_t i = 0; i < unseen.answers.size(); ++i) {
      const auto truth = std::size_t(images.classes_of[std::size_t(split.test[i])]);
      ++confusion[truth][std::size_t(unseen.answers[i])];
    }
    example::TextTable table;
    table.add({"", "images", "loss", "right"});
    table.add({"training", std::to_string(x.size(0)), number(seen.loss, 4), number(seen.right, 4)});
    table.add(
        {"test", std::to_string(test_x.size(0)), number(unseen.loss, 4), number(unseen.right, 4)});
    table.print(std::cout);
    for (std::size_t a = 0; a < classes; ++a)
      for (std::size_t b = 0; b < classes; ++b)
        if (a != b && confusion[a][b] > 0)
          std::cout << confusion[a][b] << " of " << a << " taken for " << b << '\n';

    example::plot(*folder, "curve.png", {training, test},
                  {.title = "Digits of 8 x 8",
                   .x_label = "epoch",
                   .y_label = "cross-entropy",
                   .log_y = true});
    example::write_json(*folder, {{"epochs", o.epochs},
                                  {"seed", o.seed},
                                  {"training_loss", training.y},
                                  {"test_loss", test.y},
                                  {"training_right", seen.right},
                                  {"test_right", unseen.right},
                                  {"confusion", confusion}});
    example::commit(*folder, "\ncurve and results");
  });
}
