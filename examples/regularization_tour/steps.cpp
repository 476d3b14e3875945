// Pages 1 and 2: what single steps do to a weight.

#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cmath>
#include <functional>

#include "../common/text_table.hpp"
#include "pages.hpp"

namespace tour {

using namespace cinta;
using example::number;

namespace {

constexpr int steps = 30;
const std::vector<double> start = {3, -1, 0.43};

/// A weight's way under one kind of regularization, without any loss beside it.
struct Way {
  std::string name;
  std::vector<std::vector<double>> weights;  // by step, from the start
};

using MakeOptimizer = std::function<std::unique_ptr<optim::Optimizer>(const Tensor& w)>;
using Penalty = std::function<Tensor(const Tensor& w)>;

Tensor nothing(const Tensor& w) { return 0 * sum(w); }

Way walk(const std::string& name, const MakeOptimizer& make, const Penalty& penalty,
         const optim::ProximalOptions& proximal = {}) {
  Tensor w = from_data(start, {std::int64_t(start.size())}).requires_grad_();
  const auto inner = make(w);
  optim::Proximal optimizer(*inner);
  optimizer.add_group({w}, proximal);
  Way way{name, {start}};
  for (int step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    penalty(w).backward();
    optimizer.step();
    way.weights.push_back(w.detach().to_vector<double>());
  }
  return way;
}

void write_ways(Context& context, const std::string& file, const std::vector<Way>& ways) {
  io::CsvTable csv;
  csv.header = {"way", "step"};
  for (std::size_t i = 0; i < start.size(); ++i) csv.header.push_back("w" + std::to_string(i));
  csv.columns.resize(csv.header.size());
  for (const Way& way : ways) {
    for (std::size_t step = 0; step < way.weights.size(); ++step) {
      csv.columns[0].push_back(way.name);
      csv.columns[1].push_back(std::to_string(step));
      for (std::size_t i = 0; i < start.size(); ++i)
        csv.columns[2 + i].push_back(Json(way.weights[step][i]).dump());
    }
  }
  io::write_csv(context.folder.file(file), csv);
}

void plot_ways(Context& context, const std::string& file, const std::vector<Way>& ways,
               const std::string& title) {
  std::vector<train::Curve> curves;
  for (std::size_t k = 0; k < ways.size(); ++k) {
    for (std::size_t i = 0; i < start.size(); ++i) {
      train::Curve curve{
          .name = i == 0 ? ways[k].name : "", .color = int(k) + 1, .dashed = k % 2 == 1};
      for (std::size_t step = 0; step < ways[k].weights.size(); ++step) {
        curve.x.push_back(double(step));
        curve.y.push_back(ways[k].weights[step][i]);
      }
      curves.push_back(curve);
    }
  }
  example::plot(context.folder, file, curves,
                {.title = title, .x_label = "step", .y_label = "weight"});
}

}  // namespace

Json shrink_factor(Context& context) {
  const Options& o = context.options;
  const double lr = o.lr, lambda = o.lambda, expected = 1 - lr * lambda;
  const auto sgd = [&](double decay) {
    return [=](const Tensor& w) {
      return std::make_unique<optim::SGD>(Tensors{w},
                                          optim::SGDOptions{.lr = lr, .weight_decay = decay});
    };
  };
  const auto adam = [&](const Tensor& w) {
    return std::make_unique<optim::Adam>(Tensors{w}, optim::AdamOptions{.lr = lr});
  };
  const auto adamw = [&](const Tensor& w) {
    return std::make_unique<optim::AdamW>(Tensors{w},
                                          optim::AdamOptions{.lr = lr, .weight_decay = lambda});
  };
  const auto l2 = [&](const Tensor& w) { return nn::l2_penalty(w, lambda); };
  const std::vector<Way> ways = {
      walk("SGD, penalty node", sgd(0), l2), walk("SGD, weight decay", sgd(lambda), nothing),
      walk("Adam, penalty node", adam, l2), walk("AdamW, decoupled decay", adamw, nothing)};

  context.out << "1. L2 shrinks by the factor 1 - lr * lambda = " << number(expected, 4) << "\n\n";
  example::TextTable table;
  table.add({"", "first step: 3 -> ", "factor", "0.43 -> ", "factor"});
  Json figures{{"expected", expected}};
  for (const Way& way : ways) {
    const double large = way.weights[1][0], small = way.weights[1][2];
    table.add({way.name, number(large, 6), number(large / start[0], 6), number(small, 6),
               number(small / start[2], 6)});
    double worst = 0;
    for (std::size_t step = 1; step < way.weights.size(); ++step)
      for (std::size_t i = 0; i < start.size(); ++i)
        worst =
            std::max(worst, std::abs(way.weights[step][i] / way.weights[step - 1][i] - expected));
    figures["ways"].push_back({{"name", way.name}, {"largest_distance_from_expected", worst}});
  }
  table.print(context.out);
  context.out << "\nWith Adam the node's gradient is divided by its own size: a step of lr for "
                 "every weight.\n\n";
  write_ways(context, "1_shrink.csv", ways);
  plot_ways(context, "1_shrink.png", ways,
            "L2 alone: shrinking by " + number(expected, 4) + " a step, and Adam's step");
  return figures;
}

Json constant_step(Context& context) {
  const Options& o = context.options;
  const double step = o.lr * o.lambda;
  const auto sgd = [&](const Tensor& w) {
    return std::make_unique<optim::SGD>(Tensors{w}, optim::SGDOptions{.lr = o.lr});
  };
  const auto l1 = [&](const Tensor& w) { return nn::l1_penalty(w, o.lambda); };
  const std::vector<Way> ways = {walk("L1, penalty node", sgd, l1),
                                 walk("L1, proximal step", sgd, nothing, {.l1 = o.lambda})};

  context.out << "2. L1 takes off lr * lambda = " << number(step, 4) << " whatever the size\n\n";
  example::TextTable table;
  table.add({"step", "node: w = 3", "w = 0.43", "proximal: w = 3", "w = 0.43"});
  for (const std::size_t k : {0, 1, 2, 5, 8, 9, 10, 11, 30}) {
    table.add({std::to_string(k), number(ways[0].weights[k][0], 4),
               number(ways[0].weights[k][2], 4), number(ways[1].weights[k][0], 4),
               number(ways[1].weights[k][2], 4)});
  }
  table.print(context.out);
  context.out << '\n';
  write_ways(context, "2_constant_step.csv", ways);
  plot_ways(context, "2_constant_step.png", ways, "L1 alone: steps of " + number(step, 4));

  // The largest deviation from the constant step while a weight is still on its side of zero.
  Json figures{{"expected", step}};
  for (const Way& way : ways) {
    double worst = 0;
    for (std::size_t k = 1; k < way.weights.size(); ++k)
      for (std::size_t i = 0; i < start.size(); ++i)
        if (std::abs(way.weights[k - 1][i]) > step)
          worst = std::max(worst, std::abs(std::abs(way.weights[k - 1][i]) -
                                           std::abs(way.weights[k][i]) - step));
    const auto& last = way.weights.back();
    figures["ways"].push_back({{"name", way.name},
                               {"largest_distance_from_expected", worst},
                               {"zeros", std::count(last.begin(), last.end(), 0.0)}});
  }
  return figures;
}

}  // namespace tour
