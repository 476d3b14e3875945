// A variational autoencoder of 8x8 digits: images become a few numbers and come back, and numbers
// drawn at random become new images.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/io/formats/image.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cmath>
#include <numbers>

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
  std::int64_t latent = 8, hidden = 128;
  double beta = 1;
  int epochs = 100;
  std::int64_t batch = 64;
  double lr = 2e-3;
  std::int64_t seed = 1;
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app("Learns to draw the images of a file.", "vae");
  app.add_option("--data", o.data,
                 "CSV file, a square image in each row, its numbers not negative; each number "
                 "divided by the largest is how likely its pixel is set")
      ->option_text("FILE [examples/data/digits.csv]");
  app.add_option("--target", o.target, "column to leave out")->option_text("COLUMN [digit]");
  const example::CsvFlags csv(app);
  app.add_option("--latent", o.latent, "numbers that an image becomes")
      ->check(CLI::Range(1, 1 << 16))
      ->option_text("N [8]");
  app.add_option("--hidden", o.hidden, "units of the hidden layers")
      ->check(CLI::Range(1, 1 << 20))
      ->option_text("N [128]");
  app.add_option("--beta", o.beta, "weight of the divergence from the prior in training")
      ->option_text("X [1]");
  app.add_option("--epochs", o.epochs, "passes over the training rows")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [100]");
  app.add_option("--batch", o.batch, "rows in a step")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N [64]");
  app.add_option("--lr", o.lr, "learning rate of Adam")->option_text("X [0.002]");
  example::add_seed(app, o.seed, "split, weights, order and noise");
  o.add_to(app, "pictures and results");
  train::Hyperparameters space("vae");
  space.add("lr", o.lr, {.low = 1e-4, .high = 3e-2, .log = true}, "learning rate of Adam");
  space.add("latent", o.latent, {.low = 1, .high = 32, .log = true}, "numbers of an image");
  space.add("hidden", o.hidden, {.low = 16, .high = 512, .log = true},
            "units of the hidden layers");
  space.add("beta", o.beta, {.low = 0, .high = 2}, "weight of the divergence in training");
  space.add("batch", o.batch, {.low = 16, .high = 256, .log = true}, "rows in a step");
  space.objective("bound", train::Direction::minimize);
  space.steps(o.epochs);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  o.csv = csv.options();
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(std::isfinite(o.beta) && o.beta >= 0, "--beta: a number that is not negative");
  return true;
}

/// float32 (rows, pixels), from 0 to 1.
Tensor load(const Options& o) {
  const io::CsvTable table = io::read_csv(o.data, o.csv);
  std::vector<std::vector<double>> columns;
  double largest = 0;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    const std::string& name = table.header[c];
    if (name == o.target) continue;
    columns.push_back(train::numeric_column(table, name));
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const double value = columns.back()[row];
      if (!(value >= 0 && std::isfinite(value)))
        throw IoError(table.where(row, c) + ": " + number(value, 3) + " is no brightness");
      largest = std::max(largest, value);
    }
  }
  const auto side = std::int64_t(std::lround(std::sqrt(double(columns.size()))));
  example::require(side > 0 && side * side == std::int64_t(columns.size()),
                   o.data + ": " + std::to_string(columns.size()) +
                       " columns besides the target are no square image");
  example::require(table.rows() >= 10, o.data + ": ten images are the least");
  example::require(largest > 0, o.data + ": all images are black");
  const auto rows = std::int64_t(table.rows());
  std::vector<float> pixels;
  for (std::size_t row = 0; row < table.rows(); ++row)
    for (const auto& column : columns) pixels.push_back(float(column[row] / largest));
  return from_data(pixels, {rows, side * side});
}

struct Vae : nn::Module {
  Vae(std::int64_t pixels, std::int64_t hidden, std::int64_t latent)
      : encoder(add("encoder", nn::Sequential(nn::Linear(pixels, hidden), nn::ReLU(),
                                              nn::Linear(hidden, 2 * latent)))),
        decoder(add("decoder", nn::Sequential(nn::Linear(latent, hidden), nn::ReLU(),
                                              nn::Linear(hidden, pixels)))) {}

  struct Code {
    Tensor mean, log_var;  // (rows, latent)
  };
  Code encode(const Tensor& x) const {
    const Tensors halves = chunk(encoder(x), 2, 1);
    return {halves[0], halves[1]};
  }
  /// A draw that gradients pass: noise comes from outside.
  static Tensor draw(const Code& code) {
    return code.mean + exp(code.log_var * 0.5) * randn(code.mean.shape());
  }
  /// How likely each pixel is set.
  Tensor pixels(const Tensor& z) const { return sigmoid(decoder(z)); }

  nn::Sequential encoder, decoder;
};

/// Nats for each image: of the pixels given a drawn code, and of the codes' distribution from the
/// prior. Their sum bounds -log p(x) from above.
struct Bound {
  Tensor pixels, divergence;
};

Bound bound(const Vae& vae, const Tensor& x) {
  const Vae::Code code = vae.encode(x);
  const Tensor logits = vae.decoder(Vae::draw(code));
  return {sum(binary_cross_entropy_with_logits(logits, x, Reduction::none), 1),
          sum(square(code.mean) + exp(code.log_var) - 1 - code.log_var, 1) * 0.5};
}

/// The tighter bound of Burda et al. (2016): -log of the mean of `draws` weights, in nats.
double weighted_bound(const Vae& vae, const Tensor& x, int draws) {
  const NoGrad no_grad;
  const Vae::Code code = vae.encode(x);
  Tensors log_weights;
  for (int i = 0; i < draws; ++i) {
    const Tensor z = Vae::draw(code);
    const Tensor pixels =
        sum(binary_cross_entropy_with_logits(vae.decoder(z), x, Reduction::none), 1);
    // log p(z) - log q(z | x); what both have in common is left out.
    const Tensor prior = square(z), own = square(z - code.mean) / exp(code.log_var) + code.log_var;
    log_weights.push_back(sum(own - prior, 1) * 0.5 - pixels);
  }
  return std::log(double(draws)) - mean(logsumexp(stack(log_weights), 0)).item();
}

/// Pixels that are drawn each by itself with their mean over the training images.
double independent_pixels(const Tensor& training, const Tensor& test) {
  const Tensor p = clamp(mean(training, 0), 1e-4, 1 - 1e-4);
  return mean(sum(-(test * log(p) + (1 - test) * log(1 - p)), 1)).item();
}

/// Images (rows, pixels) as a picture of so many columns, each pixel three wide.
Tensor picture(const Tensor& images, std::int64_t columns) {
  const auto side = std::int64_t(std::lround(std::sqrt(double(images.size(1)))));
  constexpr std::int64_t zoom = 3, edge = 1;
  const std::int64_t cell = side + edge;
  const std::int64_t rows = (images.size(0) + columns - 1) / columns;
  const Tensor canvas = zeros({rows * cell, columns * cell});
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const std::int64_t top = i / columns * cell, left = i % columns * cell;
    canvas(Slice(top, top + side), Slice(left, left + side)) = reshape(images(i), {side, side});
  }
  const Tensor large = repeat_interleave(repeat_interleave(canvas, zoom, 0), zoom, 1);
  return to(clamp(large * 255 + 0.5, 0, 255), int64);
}

struct Epoch {
  double training, validation;
};

}  // namespace

int main(int argc, char** argv) {
  return example::run("vae", [&] {
    Options o;
    o.output = "vae_results";
    if (!parse(o, argc, argv)) return;
    auto folder = example::output_folder(o, "results.json");
    const Tensor images = load(o);
    const train::Split split = train::random_split(images.size(0), std::uint64_t(o.seed),
                                                   {.train = 0.8, .validation = 0.2, .test = 0});
    const Tensor training = train::take(images, split.train);
    const Tensor held_out = train::take(images, split.validation);

    manual_seed(std::uint64_t(o.seed));
    Vae vae(images.size(1), o.hidden, o.latent);
    optim::Adam optimizer(vae, {.lr = o.lr});
    train::DataLoader loader(
        {training}, {.batch_size = o.batch, .shuffle = true, .seed = std::uint64_t(o.seed)});
    example::Steps progress(o.quiet, o.epochs);
    example::Reports reports(o);
    std::vector<Epoch> epochs;
    for (int epoch = 0; epoch < o.epochs; ++epoch) {
      double total = 0;
      for (const auto& [x] : loader) {
        const Bound b = bound(vae, x);
        const Tensor loss = mean(b.pixels + b.divergence * o.beta);
        vae.zero_grad();
        loss.backward();
        optimizer.step();
        total += loss.item() * double(x.size(0));
      }
      const NoGrad no_grad;
      const Bound b = bound(vae, held_out);
      epochs.push_back({total / double(training.size(0)), mean(b.pixels + b.divergence).item()});
      reports.step({{"bound", epochs.back().validation}});
      example::require_number(epochs.back().validation, "the bound");
      progress.advance();
    }
    if (o.is_trial()) return reports.finish();

    const NoGrad no_grad;
    const Bound b = bound(vae, held_out);
    const Tensor by_number =
        mean(square(vae.encode(held_out).mean) + exp(vae.encode(held_out).log_var) - 1 -
                 vae.encode(held_out).log_var,
             0) *
        0.5;
    const auto used = sum(to(gt(by_number, 0.1), int64)).item<std::int64_t>();
    const double tight = weighted_bound(vae, held_out, 200);
    const double alone = independent_pixels(training, held_out);
    example::TextTable table;
    table.add({"held-out images, nats each", ""});
    table.add({"pixels by themselves", number(alone, 2)});
    table.add({"bound of the autoencoder", number(epochs.back().validation, 2)});
    table.add({"  of which pixels", number(mean(b.pixels).item(), 2)});
    table.add({"  of which divergence", number(mean(b.divergence).item(), 2)});
    table.add({"bound with 200 draws", number(tight, 2)});
    table.print(std::cout);
    std::cout << used << " of " << o.latent << " numbers carry more than 0.1 nats\n";

    io::save_image(folder->file("samples.png"), picture(vae.pixels(randn({100, o.latent})), 10));
    const Tensor some = held_out(Slice(0, 10));
    io::save_image(folder->file("reconstructions.png"),
                   picture(cat({some, vae.pixels(vae.encode(some).mean)}), 10));
    std::vector<train::Curve> curves = {{.name = "training", .color = 1},
                                        {.name = "held out", .color = 2}};
    Json losses;
    for (const Epoch& epoch : epochs) {
      curves[0].y.push_back(epoch.training);
      curves[1].y.push_back(epoch.validation);
      losses.push_back({epoch.training, epoch.validation});
    }
    example::plot(*folder, "loss.png", curves,
                  {.title = "Bound on -log p(image)",
                   .x_label = "epoch",
                   .y_label = "nats",
                   .legend_outside = true});
    example::write_json(*folder, {{"independent_pixels", alone},
                                  {"bound", epochs.back().validation},
                                  {"weighted_bound", tight},
                                  {"numbers_in_use", used},
                                  {"losses", losses}});
    example::commit(*folder, "\npictures and results");
  });
}
