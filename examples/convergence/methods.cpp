#include "methods.hpp"

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cmath>
#include <map>
#include <memory>

namespace convergence {

using namespace cinta;
namespace m = optim::minimize;

namespace {

using Made = std::unique_ptr<optim::Optimizer>;
using Make = std::function<Made(const NamedTensors&)>;

template <class Optimizer>
Made plain(const NamedTensors& parameters) {
  return std::make_unique<Optimizer>(parameters);
}

const std::vector<std::pair<std::string, Make>>& makers() {
  static const std::vector<std::pair<std::string, Make>> all = {
      {"SGD", plain<optim::SGD>},
      {"SGD, Nesterov",
       [](const NamedTensors& p) {
         return std::make_unique<optim::SGD>(p,
                                             optim::SGDOptions{.momentum = 0.9, .nesterov = true});
       }},
      {"ASGD", plain<optim::ASGD>},
      {"Rprop", plain<optim::Rprop>},
      {"Lion", plain<optim::Lion>},
      {"LARS", plain<optim::LARS>},
      {"Muon", plain<optim::Muon>},
      {"Adam", plain<optim::Adam>},
      {"AdamW", plain<optim::AdamW>},
      {"NAdam", plain<optim::NAdam>},
      {"RAdam", plain<optim::RAdam>},
      {"Adamax", plain<optim::Adamax>},
      {"ScheduleFreeAdamW", plain<optim::ScheduleFreeAdamW>},
      {"LAMB", plain<optim::LAMB>},
      {"Adagrad", plain<optim::Adagrad>},
      {"Adadelta", plain<optim::Adadelta>},
      {"RMSprop", plain<optim::RMSprop>},
      {"Adafactor", plain<optim::Adafactor>},
      {"FTRL", plain<optim::FTRL>},
  };
  return all;
}

// One run, the loss before each step and at the end; cut where it is no longer finite.
Way run(const std::string& name, const Make& make, const Problem& problem, double lr, int steps) {
  Instance at = problem.make();
  const Made optimizer = make(at.parameters);
  optimizer->set_option("lr", lr);
  // The one that has other weights to judge by than those that it takes gradients at.
  const bool has_others = name == "ScheduleFreeAdamW";
  Way way{.method = name, .lr = lr};
  for (int step = 0; step <= steps; ++step) {
    const Tensor loss = at.loss();
    double value = loss.item();
    if (has_others) {
      const NoGrad no_grad;
      optimizer->eval();
      value = at.loss().item();
      optimizer->train();
    }
    if (!std::isfinite(value)) break;
    way.passes.push_back(step + 1);
    way.values.push_back(value);
    if (step == steps) break;
    optimizer->zero_grad();
    (has_others ? at.loss() : loss).backward();
    optimizer->step();
  }
  return way;
}

template <class Options>
Way run(const std::string& name,
        m::Result (*minimizer)(const m::Closure&, const optim::Parameters&, Options, Site),
        const Instance& at, const m::Closure& function) {
  Way way{.method = name, .minimizer = true};
  {
    const NoGrad no_grad;
    way.values.push_back(at.loss().item());
    way.passes.push_back(1);
  }
  Options options;
  options.tolerance_grad = 1e-9;
  options.tolerance_change = 0;
  options.max_eval = 20000;
  options.on_iteration = [&](const m::Progress& p) {
    way.passes.push_back(double(p.evaluations + p.products));
    way.values.push_back(p.value);
    return true;
  };
  way.end = text_of(minimizer(function, at.parameters, options, {}).reason);
  return way;
}

}  // namespace

double Way::lowest() const { return *std::min_element(values.begin(), values.end()); }

std::vector<std::string> optimizers() {
  std::vector<std::string> names;
  for (const auto& [name, make] : makers()) names.push_back(name);
  return names;
}

std::vector<std::string> minimizers() {
  return {"lbfgs", "lbfgsb", "conjugate_gradient", "newton_cg", "fista", "least_squares"};
}

Way optimize(const std::string& name, const Problem& problem, int steps) {
  const auto& all = makers();
  const Make& make =
      std::find_if(all.begin(), all.end(), [&](const auto& m) { return m.first == name; })->second;
  Way best{.method = name};
  try {
    make(problem.make().parameters);
  } catch (const ShapeError&) {
    return best;
  } catch (const ValueError&) {
    return best;
  }
  // Half decades. The last value counts: a rate with which it jumps about is none to train with.
  for (int k = -8; k <= 4; ++k) {
    Way way = run(name, make, problem, std::pow(10, k / 2.0), steps);
    const bool whole = way.values.size() == std::size_t(steps) + 1;
    if (whole && (!best.ran() || way.values.back() < best.values.back())) best = std::move(way);
  }
  return best;
}

Way minimize(const std::string& name, const Problem& problem) {
  Instance at = problem.make();
  if (name == "lbfgs") return run<m::LbfgsOptions>(name, m::lbfgs, at, at.loss);
  if (name == "lbfgsb") return run<m::LbfgsbOptions>(name, m::lbfgsb, at, at.loss);
  if (name == "conjugate_gradient")
    return run<m::ConjugateGradientOptions>(name, m::conjugate_gradient, at, at.loss);
  if (name == "newton_cg") return run<m::NewtonCgOptions>(name, m::newton_cg, at, at.loss);
  if (name == "fista") return run<m::FistaOptions>(name, m::fista, at, at.loss);
  if (!at.residuals) return {.method = name, .minimizer = true};
  return run<m::LeastSquaresOptions>(name, m::least_squares, at, at.residuals);
}

}  // namespace convergence
