// A network that sees a graph: nodes of a stochastic block model are told apart by their own noisy
// features and by their neighbours'. The same network without the graph, and the best that features
// alone allow, stand beside it.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/io/file.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"

namespace {

using namespace cinta;
using Json = nlohmann::ordered_json;
using example::number;

struct Options {
  std::int64_t nodes = 1000, classes = 4, features = 16, labelled = 10;
  double inside = 10, outside = 5, strength = 1.2;
  std::int64_t hidden = 16;
  double dropout = 0.5, lr = 0.01, weight_decay = 5e-4;
  int epochs = 200, graphs = 5;
  std::int64_t seed = 1;
  std::string output = "graph_convolution_results";
  bool quiet = false;
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app(
      "Tells the blocks of generated graphs apart, by a graph convolution and without the graph.",
      "graph_convolution");
  app.add_option("--nodes", o.nodes, "nodes of a graph")
      ->check(CLI::Range(2, 20000))
      ->option_text("N [1000]");
  app.add_option("--classes", o.classes, "blocks of equal size")
      ->check(CLI::Range(2, 100))
      ->option_text("N [4]");
  app.add_option("--inside", o.inside, "neighbours of its own block that a node has on the average")
      ->option_text("X [10]");
  app.add_option("--outside", o.outside, "and of all other blocks together")->option_text("X [5]");
  app.add_option("--features", o.features, "numbers that a node has")
      ->check(CLI::Range(1, 10000))
      ->option_text("N [16]");
  app.add_option("--strength", o.strength,
                 "how far the means of the blocks are from 0, in deviations of the features")
      ->option_text("X [1.2]");
  app.add_option("--labelled", o.labelled, "nodes of each block whose block is known in training")
      ->check(CLI::Range(1, 10000))
      ->option_text("N [10]");
  app.add_option("--hidden", o.hidden, "width of the hidden layer")
      ->check(CLI::Range(1, 10000))
      ->option_text("N [16]");
  app.add_option("--dropout", o.dropout, "share of the hidden layer that is left out in training")
      ->check(CLI::Range(0., 0.99))
      ->option_text("P [0.5]");
  app.add_option("--lr", o.lr, "learning rate of Adam")->option_text("X [0.01]");
  app.add_option("--weight-decay", o.weight_decay, "of all weights")->option_text("X [0.0005]");
  app.add_option("--epochs", o.epochs, "steps, each on the whole graph")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [200]");
  app.add_option("--graphs", o.graphs, "graphs that are drawn; figures are means")
      ->check(CLI::Range(1, 1000))
      ->option_text("N [5]");
  app.add_option("--seed", o.seed, "of the first graph and its networks; the next one has the next")
      ->check(example::seed_range())
      ->option_text("N [1]");
  app.add_option("--out", o.output, "folder for the plot and results")
      ->option_text("FOLDER [graph_convolution_results]");
  app.add_flag("--quiet", o.quiet, "no progress on standard error");
  if (!example::parse(app, argc, argv)) return false;
  const auto positive = [](double x) { return std::isfinite(x) && x > 0; };
  example::require(positive(o.lr), "--lr: a positive number");
  example::require(std::isfinite(o.weight_decay) && o.weight_decay >= 0,
                   "--weight-decay: a number from 0 on");
  example::require(std::isfinite(o.strength), "--strength: a number");
  example::require(o.labelled * o.classes < o.nodes,
                   "--labelled: leaves no node of " + std::to_string(o.nodes) + " to be guessed");
  const double size = double(o.nodes) / double(o.classes);
  example::require(
      o.inside >= 0 && o.inside <= size && o.outside >= 0 && o.outside <= double(o.nodes) - size,
      "--inside, --outside: a node cannot have so many neighbours");
  return true;
}

/// Node i is of block i % classes; the first ones have known labels.
struct Graph {
  SparseCsr adjacency;        // with ones, each node its own neighbour
  Tensor x, labels;           // (nodes, features), (nodes)
  double features_alone = 0;  // accuracy of who knows the means of the blocks, and no graph
};

// The share of the nodes behind the labelled ones whose largest score is that of their block.
double accuracy(const Tensor& scores, const Tensor& labels, std::int64_t labelled) {
  const Tensor right = argmax(scores, 1) == labels;
  return mean(to(slice(right, 0, labelled), float64)).item();
}

Graph draw(const Options& o) {
  const Tensor labels = remainder(arange(o.nodes), o.classes);
  const Tensor same = unsqueeze(labels, 1) == labels;
  const double size = double(o.nodes) / double(o.classes);
  const Tensor chance = where(same, o.inside / size, o.outside / (double(o.nodes) - size));
  // Each pair is drawn once, above the diagonal.
  const Tensor number = arange(o.nodes);
  const Tensor linked = logical_and(uniform({o.nodes, o.nodes}, 0, 1) < to(chance, float32),
                                    number > unsqueeze(number, 1));
  const Tensor above = to(linked, float32);
  const Tensor means = randn({o.classes, o.features});
  const Tensor centres = o.strength * means / sqrt(sum(square(means), 1, true));
  const Tensor x = index_select(centres, 0, labels) + randn({o.nodes, o.features});
  // Of equally likely normal distributions, the likeliest is that of the nearest mean.
  const Tensor scores = matmul(x, transpose(centres)) - 0.5 * sum(square(centres), 1);
  return {to_sparse_csr(above + transpose(above) + eye(o.nodes)), x, labels,
          accuracy(scores, labels, o.labelled * o.classes)};
}

/// D^-1/2 A D^-1/2 for the numbers of neighbours D (Kipf and Welling, arXiv:1609.02907).
SparseCsr normalized(const SparseCsr& a) {
  const Tensor scale = 1 / sqrt(matmul(a, ones({a.size(1)})));
  return a.with_values(a.values() * index_select(scale, 0, a.row_indices()) *
                       index_select(scale, 0, a.col_indices()));
}

/// Two layers, each of which mixes what neighbours have. Without neighbours it is a perceptron.
struct Network : nn::Module {
  explicit Network(const Options& o)
      : hidden(add("hidden", nn::Linear(o.features, o.hidden))),
        output(add("output", nn::Linear(o.hidden, o.classes))),
        dropout(add("dropout", nn::Dropout(o.dropout))) {}

  Tensor operator()(const SparseCsr& graph, const Tensor& x) const {
    const Tensor h = dropout(relu(matmul(graph, hidden(x))));
    return matmul(graph, output(h));
  }

  nn::Linear hidden, output;
  nn::Dropout dropout;
};

/// Test accuracy after each epoch.
std::vector<double> train_on(const SparseCsr& graph, const Graph& data, const Options& o,
                             std::uint64_t seed, example::Steps& progress) {
  manual_seed(seed);
  const Network network(o);
  optim::Adam optimizer(network, {.lr = o.lr, .weight_decay = o.weight_decay});
  const std::int64_t labelled = o.labelled * o.classes;
  const Tensor known = slice(data.labels, 0, 0, labelled);
  std::vector<double> accuracies;
  for (int epoch = 0; epoch < o.epochs; ++epoch) {
    network.train();
    network.zero_grad();
    const Tensor loss = cross_entropy(slice(network(graph, data.x), 0, 0, labelled), known);
    example::require_number(loss.item(), "the loss");
    loss.backward();
    optimizer.step();
    network.eval();
    const NoGrad no_grad;
    accuracies.push_back(accuracy(network(graph, data.x), data.labels, labelled));
    progress.advance();
  }
  return accuracies;
}

struct Runs {
  std::string name;
  std::vector<std::vector<double>> accuracies;  // of each graph, after each epoch

  double last(std::size_t graph) const { return accuracies[graph].back(); }
  std::vector<double> at(std::size_t epoch) const {
    std::vector<double> all;
    for (const auto& run : accuracies) all.push_back(run[epoch]);
    return all;
  }
};

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / double(values.size());
}

train::Curve curve_of(const Runs& runs, int color) {
  train::Curve curve{.name = runs.name, .color = color};
  for (std::size_t epoch = 0; epoch < runs.accuracies.front().size(); ++epoch) {
    const std::vector<double> all = runs.at(epoch);
    curve.y.push_back(mean_of(all));
    curve.low.push_back(*std::min_element(all.begin(), all.end()));
    curve.high.push_back(*std::max_element(all.begin(), all.end()));
  }
  return curve;
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("graph_convolution", [&] {
    Options o;
    if (!parse(o, argc, argv)) return;
    train::OutputFolder folder(o.output, "results.json");
    example::Steps progress(o.quiet, std::int64_t{2} * o.graphs * o.epochs);
    Runs convolution{"graph convolution", {}}, perceptron{"the same without the graph", {}};
    std::vector<double> alone;
    for (int i = 0; i < o.graphs; ++i) {
      progress.note("graph " + std::to_string(i + 1));
      const std::uint64_t seed = std::uint64_t(o.seed) + std::uint64_t(i);
      manual_seed(seed);
      const Graph graph = draw(o);
      alone.push_back(graph.features_alone);
      convolution.accuracies.push_back(
          train_on(normalized(graph.adjacency), graph, o, seed, progress));
      perceptron.accuracies.push_back(
          train_on(to_sparse_csr(eye(o.nodes)), graph, o, seed, progress));
    }

    const Runs* const both[] = {&perceptron, &convolution};
    example::TextTable table;
    table.add({"", "accuracy", "least", "most"});
    table.add({"by chance", number(1 / double(o.classes), 3)});
    Json results = {{"chance", 1 / double(o.classes)}, {"features_alone", alone}};
    for (const Runs* runs : both) {
      const std::vector<double> last = runs->at(std::size_t(o.epochs) - 1);
      table.add({runs->name, number(mean_of(last), 3),
                 number(*std::min_element(last.begin(), last.end()), 3),
                 number(*std::max_element(last.begin(), last.end()), 3)});
      results["accuracies"][runs->name] = last;
    }
    table.add({"the best by features alone", number(mean_of(alone), 3),
               number(*std::min_element(alone.begin(), alone.end()), 3),
               number(*std::max_element(alone.begin(), alone.end()), 3)});
    table.print(std::cout);

    example::plot(
        folder, "accuracy.png",
        {curve_of(convolution, 1),
         curve_of(perceptron, 2),
         {.name = "the best by features alone",
          .x = {1, double(std::max(2, o.epochs))},
          .y = {mean_of(alone), mean_of(alone)},
          .color = 3,
          .dashed = true}},
        {.title = "Nodes whose block is guessed right",
         .x_label = "epoch",
         .y_label = "accuracy (mean and range of " + std::to_string(o.graphs) + " graphs)",
         .legend_outside = true});
    io::OutputFile file(folder.file("results.json"));
    file.write(results.dump(2) + "\n");
    file.commit();
    example::check_interrupt();
    folder.commit();
    std::cout << "\nplot and results are in " << folder.path() << '\n';
  });
}
