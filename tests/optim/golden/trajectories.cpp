// Every optimizer against other libraries' in float64: see trajectories.py.

#include <cmath>
#include <fstream>
#include <sstream>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

// sin(start + i), as in trajectories.py.
Tensor numbers(const Shape& shape, double start) {
  std::vector<double> list;
  for (std::int64_t i = 0; i < shape.numel(); ++i) list.push_back(std::sin(start + double(i)));
  return from_data(list, shape);
}

struct Problem {
  Tensors parameters;
  std::function<Tensor(const Tensors&)> loss;
};

Tensor net_loss(const Tensors& p) {
  const Tensor hidden = tanh(matmul(numbers({8, 3}, 7), transpose(p[0])) + p[1]);
  return mean(square(matmul(hidden, transpose(p[2])) + p[3] - numbers({8, 1}, 8)));
}

Problem problem_of(const std::string& name) {
  if (name == "Quadratic") {
    return {{numbers({4}, 1)}, [](const Tensors& p) {
              const Tensor scales = tensor({1, 2, 5, 10}, float64);
              return sum(scales * square(p[0] - 0.5)) / 2 + 0.25 * square(sum(p[0]));
            }};
  }
  if (name == "Rosenbrock") {
    return {{numbers({4}, 2)}, [](const Tensors& p) {
              const Tensor x = slice(p[0], 0, 0, 3), y = slice(p[0], 0, 1, 4);
              return sum(10 * square(y - x * x) + square(1 - x));
            }};
  }
  if (name == "Net")
    return {{numbers({4, 3}, 3), numbers({4}, 4), numbers({1, 4}, 5), numbers({1}, 6)}, net_loss};
  REQUIRE(name == "Matrices");
  return {{numbers({4, 3}, 3), numbers({1, 4}, 5)}, [](const Tensors& p) {
            return net_loss({p[0], numbers({4}, 4), p[1], numbers({1}, 6)});
          }};
}

// "lr=0.1,beta1=0.9"
every::Options options_of(const std::string& text) {
  every::Options options;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    const auto equals = part.find('=');
    options[part.substr(0, equals)] = std::stod(part.substr(equals + 1));
  }
  return options;
}

void append(std::vector<double>& list, const Tensor& x) {
  const auto more = x.to_vector<double>();
  list.insert(list.end(), more.begin(), more.end());
}

// All parameters, and what an optimizer has besides to evaluate with.
std::vector<double> seen(optim::Optimizer& optimizer) {
  std::vector<double> list;
  for (const Tensor& p : optimizer.parameters()) append(list, p);
  if (const auto* asgd = dynamic_cast<const optim::ASGD*>(&optimizer))
    for (std::size_t i = 0; i < asgd->parameters().size(); ++i) append(list, asgd->average(i));
  if (dynamic_cast<const optim::ScheduleFreeAdamW*>(&optimizer)) {
    optimizer.eval();
    for (const Tensor& p : optimizer.parameters()) append(list, p);
    optimizer.train();
  }
  return list;
}

}  // namespace

TEST_CASE("every optimizer goes where other libraries' go") {
  std::ifstream in(CINTA_SOURCE_DIR "/tests/optim/golden/trajectories.txt");
  REQUIRE(in);
  std::string last;
  std::unique_ptr<optim::Optimizer> optimizer;
  Problem problem;
  int step = 0, lines = 0;
  double worst = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    std::istringstream words(line);
    std::string name, options, kind;
    int shown = 0;
    words >> name >> options >> kind >> shown;
    INFO(name << " " << options << " " << kind << " step " << shown);
    const std::string run = name + options + kind;
    if (run != last) {
      last = run;
      step = 0;
      problem = problem_of(kind);
      for (Tensor& p : problem.parameters) p.requires_grad_();
      optimizer = every::make(name, problem.parameters, options_of(options));
    }
    while (step < shown) {
      optimizer->zero_grad();
      problem.loss(problem.parameters).backward();
      optimizer->step();
      if (++step == 100) optimizer->set_option("lr", optimizer->option("lr") / 2);
    }
    const std::vector<double> got = seen(*optimizer);
    double largest = 0, difference = 0;
    std::size_t count = 0;
    for (double expected; words >> expected; ++count) {
      REQUIRE(count < got.size());
      largest = std::max(largest, std::abs(expected));
      difference = std::max(difference, std::abs(got[count] - expected));
    }
    CHECK(count == got.size());
    CHECK(difference <= 1e-10 * std::max(1.0, largest));
    worst = std::max(worst, difference / std::max(1.0, largest));
  }
  CHECK(lines > 500);
  std::printf("%d points of trajectories, largest difference %.1e\n", lines, worst);
}
