// Language models of characters: an LSTM and a causal Transformer on any text, beside counts of
// n-grams, with what they write.

#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"
#include "ngram.hpp"

namespace {

using namespace cinta;
using example::Json;
using example::number;

// Licences that every Debian has. The last one, which is held out, has hardly a line in common with
// the others: its older version would give it away.
std::vector<std::string> licences() {
  std::vector<std::string> files;
  for (const char* name :
       {"GPL-2", "GPL-3", "LGPL-2.1", "GFDL-1.3", "Apache-2.0", "Artistic", "CC0-1.0", "MPL-2.0"})
    files.push_back(std::string("/usr/share/common-licenses/") + name);
  return files;
}

struct Options : example::RunOptions {
  std::vector<std::string> data = licences();
  std::int64_t width = 128, context = 64, batch = 32;
  int steps = 1500, order = 5, length = 300;
  double lr = 3e-3, dropout = 0.1, temperature = 0.7;
  std::int64_t seed = 1;
  std::string model = "lstm";  // of a trial
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app("Trains an LSTM and a causal Transformer to predict the next character of a text.",
               "char_lm");
  app.add_option("--data", o.data,
                 "texts, of which the last, or a single one's last tenth, is held out")
      ->option_text("FILE ... [eight licences of /usr/share/common-licenses]");
  app.add_option("--width", o.width,
                 "units of the LSTM; width of the Transformer, which has 4 heads")
      ->check(CLI::Range(4, 1 << 14))
      ->option_text("N [128]");
  app.add_option("--context", o.context, "characters that a model sees")
      ->check(CLI::Range(2, 1 << 14))
      ->option_text("N [64]");
  app.add_option("--batch", o.batch, "pieces of text in a step")
      ->check(CLI::Range(1, 1 << 20))
      ->option_text("N [32]");
  app.add_option("--steps", o.steps, "of training, for each model")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N [1500]");
  app.add_option("--lr", o.lr, "learning rate of Adam, which falls to 0")->option_text("X [0.003]");
  app.add_option("--dropout", o.dropout, "of what layers hand on")->option_text("P [0.1]");
  app.add_option("--order", o.order, "of the n-grams: characters with the predicted one")
      ->check(CLI::Range(1, 20))
      ->option_text("N [5]");
  app.add_option("--length", o.length, "characters of a sample")
      ->check(CLI::Range(0, 1 << 20))
      ->option_text("N [300]");
  app.add_option("--temperature", o.temperature, "of samples; below 1 prefers the likely")
      ->option_text("X [0.7]");
  example::add_seed(app, o.seed, "initial values, pieces and samples");
  o.add_to(app, "curves, samples and results");
  train::Hyperparameters space("char_lm");
  space.add("lr", o.lr, {.low = 1e-4, .high = 3e-2, .log = true}, "learning rate of Adam");
  space.add("model", o.model, {.names = {"lstm", "transformer"}}, "of a trial");
  space.add("width", o.width, {.low = 32, .high = 256, .step = 4}, "of the model");
  space.add("batch", o.batch, {.low = 8, .high = 128, .log = true}, "pieces of text in a step");
  space.objective("perplexity", train::Direction::minimize);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  example::require(o.width % 4 == 0, "--width: a multiple of the 4 heads");
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(o.dropout >= 0 && o.dropout < 1, "--dropout: at least 0 and below 1");
  example::require(std::isfinite(o.temperature) && o.temperature > 0,
                   "--temperature: a positive number");
  return true;
}

struct Text {
  std::string characters;                     // that occur, in order
  std::vector<std::int64_t> train, held_out;  // their numbers
};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  if (!file || !(all << file.rdbuf())) throw IoError(path + ": cannot be read");
  return all.str();
}

Text load(const Options& o) {
  std::string trained, held_out;
  for (const std::string& path : o.data) {
    trained += held_out;
    held_out = read(path);
  }
  const auto least = std::size_t(o.context) + 2;
  if (o.data.size() == 1) {
    example::require(held_out.size() / 10 >= least,
                     o.data[0] + ": needs more than " + std::to_string(10 * least) +
                         " characters for pieces of " + std::to_string(o.context) + ", has " +
                         std::to_string(held_out.size()));
    const std::size_t first = held_out.size() - held_out.size() / 10;
    trained = held_out.substr(0, first);
    held_out = held_out.substr(first);
  }
  example::require(std::min(trained.size(), held_out.size()) >= least,
                   "--data: the last text and the others need " + std::to_string(least) +
                       " characters for pieces of " + std::to_string(o.context));
  Text found;
  found.characters = trained + held_out;
  std::sort(found.characters.begin(), found.characters.end());
  found.characters.erase(std::unique(found.characters.begin(), found.characters.end()),
                         found.characters.end());
  for (const char c : trained) found.train.push_back(std::int64_t(found.characters.find(c)));
  for (const char c : held_out) found.held_out.push_back(std::int64_t(found.characters.find(c)));
  return found;
}

// ---- Models: ids (batch, length) give logits (batch, length, characters) ----

struct LstmModel : nn::Module {
  LstmModel(std::int64_t characters, const Options& o)
      : table(add("table", nn::Embedding(characters, o.width))),
        lstm(add("lstm", nn::LSTM(o.width, o.width, {.batch_first = true}))),
        dropout(add("dropout", nn::Dropout(o.dropout))),
        out(add("out", nn::Linear(o.width, characters))) {}
  Tensor forward(const Tensor& ids) const { return out(dropout(lstm(dropout(table(ids))).output)); }

  nn::Embedding table;
  nn::LSTM lstm;
  nn::Dropout dropout;
  nn::Linear out;
};

struct TransformerModel : nn::Module {
  TransformerModel(std::int64_t characters, const Options& o)
      : table(add("table", nn::Embedding(characters, o.width))),
        positions(add("positions", nn::PositionalEncoding(o.dropout, true))),
        encoder(add("encoder", nn::TransformerEncoder(o.width, 4, 2,
                                                      {.dim_feedforward = 4 * o.width,
                                                       .dropout = o.dropout,
                                                       .batch_first = true,
                                                       .norm_first = true},
                                                      true))),
        out(add("out", nn::Linear(o.width, characters))) {}
  Tensor forward(const Tensor& ids) const {
    return out(encoder(positions(table(ids)), {.is_causal = true}));
  }

  nn::Embedding table;
  nn::PositionalEncoding positions;
  nn::TransformerEncoder encoder;
  nn::Linear out;
};

// Pieces of a text, from each of these places on.
Tensor pieces(const std::vector<std::int64_t>& text, const std::vector<std::int64_t>& places,
              std::int64_t length) {
  std::vector<std::int64_t> ids;
  for (const std::int64_t place : places)
    ids.insert(ids.end(), text.begin() + place, text.begin() + place + length);
  return from_data(ids, {std::int64_t(places.size()), length});
}

/// Sum of the losses of a piece's characters from number `first` on.
template <class Model>
double loss_from(const Model& net, const Tensor& piece, std::int64_t first) {
  const Tensor logits = net.forward(slice(piece, 1, 0, -1));
  return cross_entropy(flatten(slice(logits, 1, first), 0, 1), flatten(slice(piece, 1, first + 1)),
                       Reduction::sum)
      .item();
}

/// exp of the mean loss over a text. Pieces overlap by half, so that each character but the first
/// ones has at least half a context before it.
template <class Model>
double perplexity(const Model& net, const std::vector<std::int64_t>& text, std::int64_t context) {
  const NoGrad guard;
  const nn::EvalGuard evaluation(net);
  double total = 0, count = 0;
  const std::int64_t half = context / 2, size = std::int64_t(text.size());
  for (std::int64_t place = 0; place + 1 < size; place += half) {
    const std::int64_t length = std::min(context + 1, size - place),
                       first = place == 0 ? 0 : context - half;
    if (length - 1 <= first) break;
    total += loss_from(net, pieces(text, {place}, length), first);
    count += double(length - 1 - first);
  }
  return std::exp(total / count);
}

struct Result {
  std::string name;
  double perplexity = 0;
  std::int64_t parameters = 0;
  std::vector<double> steps = {}, curve = {};  // of perplexity
  std::string sample = {};
};

template <class Model>
std::string write_on(const Model& net, const Text& text, const Options& o) {
  const NoGrad guard;
  const nn::EvalGuard evaluation(net);
  std::vector<std::int64_t> ids(text.held_out.begin(), text.held_out.begin() + 20);
  std::string written;
  for (int i = 0; i < o.length; ++i) {
    const std::int64_t from = std::max<std::int64_t>(0, std::ssize(ids) - o.context);
    const Tensor logits = net.forward(pieces(ids, {from}, std::ssize(ids) - from));
    const auto p =
        softmax(select(select(logits, 0, 0), 0, -1) / o.temperature, 0).to_vector<float>();
    double left = rand({}, float64).item();
    std::size_t next = 0;
    while (next + 1 < p.size() && (left -= double(p[next])) >= 0) ++next;
    ids.push_back(std::int64_t(next));
    written += text.characters[next];
  }
  return written;
}

template <class Model>
Result train_one(const std::string& name, const Text& text, const Options& o,
                 example::Steps& progress, example::Reports& reports) {
  progress.note(name);
  manual_seed(std::uint64_t(o.seed));
  const Model net(std::ssize(text.characters), o);
  optim::Adam optimizer(net.parameters(), {.lr = o.lr});
  Result result{.name = name};
  for (const Tensor& parameter : net.parameters()) result.parameters += parameter.numel();
  const std::int64_t last_place = std::ssize(text.train) - o.context - 1;
  const int every = std::max(1, o.steps / 20);
  for (int step = 1; step <= o.steps; ++step) {
    optimizer.set_option("lr", o.lr * (1 - double(step - 1) / o.steps));
    const Tensor piece = pieces(
        text.train, randint(0, last_place + 1, {o.batch}).to_vector<std::int64_t>(), o.context + 1);
    optimizer.zero_grad();
    cross_entropy(flatten(net.forward(slice(piece, 1, 0, -1)), 0, 1), flatten(slice(piece, 1, 1)))
        .backward();
    optim::clip_grad_norm(net, 1);
    optimizer.step();
    progress.advance();
    if (step % every != 0 && step != o.steps) continue;
    result.steps.push_back(step);
    result.curve.push_back(perplexity(net, text.held_out, o.context));
    reports.step({{"perplexity", result.curve.back()}});
  }
  result.perplexity = result.curve.back();
  if (!o.is_trial()) result.sample = write_on(net, text, o);
  return result;
}

Result count_ngrams(const Text& text, const Options& o) {
  const NGram model(o.order, std::ssize(text.characters), text.train);
  double total = 0;
  for (std::size_t i = 0; i < text.held_out.size(); ++i)
    total -= std::log(model.probability(text.held_out, i));
  return {.name = std::to_string(o.order) + "-grams",
          .perplexity = std::exp(total / double(text.held_out.size()))};
}

void write(train::OutputFolder& folder, const Options& o, const std::vector<Result>& results) {
  io::CsvTable csv;
  csv.header = {"model", "step", "perplexity"};
  csv.columns.resize(3);
  std::vector<train::Curve> curves;
  Json models;
  std::string samples;
  for (const Result& r : results) {
    const bool counted = r.curve.empty();
    train::Curve curve{.name = r.name, .x = r.steps, .y = r.curve, .color = int(curves.size()) + 1};
    if (counted) {
      curve.x = {0, double(o.steps)};
      curve.y = {r.perplexity, r.perplexity};
      curve.dashed = true;
    }
    for (std::size_t i = 0; i < r.curve.size(); ++i) {
      csv.columns[0].push_back(r.name);
      csv.columns[1].push_back(std::to_string(int(r.steps[i])));
      csv.columns[2].push_back(Json(r.curve[i]).dump());
    }
    curves.push_back(curve);
    models.push_back(
        {{"name", r.name}, {"perplexity", r.perplexity}, {"parameters", r.parameters}});
    if (!counted) samples += "== " + r.name + "\n" + r.sample + "\n\n";
  }
  io::write_csv(folder.file("perplexity.csv"), csv);
  example::plot(folder, "perplexity.png", curves,
                {.title = "Perplexity on the text that is held out",
                 .x_label = "step",
                 .y_label = "perplexity",
                 .log_y = true});
  io::OutputFile text(folder.file("samples.txt"));
  text.write(samples);
  text.commit();
  example::write_json(folder, {{"request",
                                {{"data", o.data},
                                 {"width", o.width},
                                 {"context", o.context},
                                 {"batch", o.batch},
                                 {"steps", o.steps},
                                 {"lr", o.lr},
                                 {"dropout", o.dropout},
                                 {"seed", o.seed}}},
                               {"models", models}});
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("char_lm", [&] {
    Options options;
    options.output = "char_lm_results";
    if (!parse(options, argc, argv)) return;
    auto folder = example::output_folder(options, "results.json");
    const Text text = load(options);
    example::Steps progress(options.quiet,
                            (options.is_trial() ? 1 : 2) * std::int64_t(options.steps));
    example::Reports reports(options);
    if (options.is_trial()) {
      const bool lstm = options.model == "lstm";
      (lstm ? train_one<LstmModel> : train_one<TransformerModel>)(options.model, text, options,
                                                                  progress, reports);
      return reports.finish();
    }
    const std::vector<Result> results{
        count_ngrams(text, options), train_one<LstmModel>("LSTM", text, options, progress, reports),
        train_one<TransformerModel>("Transformer", text, options, progress, reports)};
    example::TextTable table;
    table.add({"", "perplexity", "bits a character", "parameters"});
    for (const Result& r : results)
      table.add({r.name, number(r.perplexity, 3), number(std::log2(r.perplexity), 3),
                 r.parameters ? std::to_string(r.parameters) : ""});
    table.print(std::cout);
    write(*folder, options, results);
    example::commit(*folder, "\ncurves, samples and results");
  });
}
