#include "mixed_model.hpp"

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cmath>

namespace mixed {

using namespace cinta;

std::vector<double> Factor::rows_of_levels() const {
  std::vector<double> rows(levels(), 0.0);
  for (const std::int64_t l : level) ++rows[std::size_t(l)];
  return rows;
}

std::size_t unknowns(const Data& data) {
  std::size_t count = data.fixed.size();
  for (const Factor& factor : data.factors) count += factor.levels();
  return count;
}

Solution fit_embeddings(const Data& data, const FitOptions& options,
                        const std::function<void(double)>& report, int* steps) {
  const auto n = std::int64_t(data.y.size()), p = std::int64_t(data.fixed.size());
  Tensors columns;
  for (const auto& column : data.fixed) columns.push_back(from_data(column, {n}));
  const Tensor x = stack(columns, 1), y = from_data(data.y, {n});

  // Steps that are safe for every block, as the curvature of the whole is at most `blocks` times
  // that of its blocks.
  const double blocks = 1 + double(data.factors.size());
  const auto options_for = [&](double curvature, double lambda) {
    return optim::SGDOptions{.lr = 1 / (blocks * curvature + lambda),
                             .momentum = options.momentum,
                             .weight_decay = lambda,
                             .nesterov = options.momentum > 0};
  };
  Tensor beta = zeros({p}, float64).requires_grad_();
  optim::SGD optimizer({beta}, options_for(sum(x * x).item(), 0));
  std::vector<nn::Embedding> effects;
  Tensors ids;
  for (const Factor& factor : data.factors) {
    const auto levels = std::int64_t(factor.levels());
    effects.emplace_back(levels, 1, nn::EmbeddingOptions{.sparse = true, .dtype = float64});
    fill_(effects.back().weight.detach(), 0);
    ids.push_back(from_data(factor.level, {n}));
    const std::vector<double> rows = factor.rows_of_levels();
    optimizer.add_group({effects.back().weight},
                        options_for(*std::max_element(rows.begin(), rows.end()), factor.lambda));
  }

  const double spread = std::sqrt(mean(square(y - mean(y))).item());
  if (!std::isnormal(spread))
    throw ValueError(
        "the target's squares are beyond the range of a double; another unit may help");
  // The change that a plain step would make to group g.
  const auto change = [&](std::size_t g, const Tensor& w) {
    const optim::SGDOptions& o = optimizer.options(g);
    return o.lr * max(abs(to_dense(w.grad()) + o.weight_decay * w.detach())).item();
  };
  double first = 0;  // the largest change before any step
  for (int step = 0;; ++step) {
    optimizer.zero_grad();
    Tensor predicted = matmul(x, beta);
    for (std::size_t k = 0; k < effects.size(); ++k)
      predicted = predicted + squeeze(effects[k](ids[k]), 1);
    (sum(square(y - predicted)) / 2).backward();
    if (step % 20 == 0) {
      double largest = change(0, beta);
      for (std::size_t k = 0; k < effects.size(); ++k)
        largest = std::max(largest, change(k + 1, effects[k].weight));
      if (!std::isfinite(largest))
        throw ValueError("the steps leave the range of a double; a smaller --momentum may help");
      if (step == 0) first = largest;
      const double goal = options.tolerance * spread;
      report(largest > goal ? std::log(first / largest) / std::log(first / goal) : 1);
      if (!(largest > goal)) {
        *steps = step;
        break;
      }
    }
    if (step == options.max_steps) {
      throw ValueError("no minimum after " + std::to_string(step) +
                       " steps; more --max-steps or another --momentum may help");
    }
    optimizer.step();
  }
  Solution solution{beta.to_vector<double>(), {}};
  for (const nn::Embedding& table : effects)
    solution.effects.push_back(table.weight.to_vector<double>());
  return solution;
}

Solution henderson(const Data& data) {
  const std::size_t p = data.fixed.size(), size = unknowns(data);
  std::vector<double> a(size * size, 0.0), b(size, 0.0);
  // Each row of the data has its fixed columns and a one for each of its levels.
  std::vector<std::size_t> place(p + data.factors.size());
  std::vector<double> value(place.size(), 1.0);
  for (std::size_t i = 0; i < data.y.size(); ++i) {
    std::size_t first = p;
    for (std::size_t j = 0; j < p; ++j) place[j] = j, value[j] = data.fixed[j][i];
    for (std::size_t k = 0; k < data.factors.size(); ++k) {
      place[p + k] = first + std::size_t(data.factors[k].level[i]);
      first += data.factors[k].levels();
    }
    for (std::size_t r = 0; r < place.size(); ++r) {
      b[place[r]] += value[r] * data.y[i];
      for (std::size_t c = 0; c < place.size(); ++c)
        a[place[r] * size + place[c]] += value[r] * value[c];
    }
  }
  std::size_t first = p;
  for (const Factor& factor : data.factors) {
    for (std::size_t l = 0; l < factor.levels(); ++l, ++first)
      a[first * size + first] += factor.lambda;
  }
  // a = L L', then L z = b and L' solution = z.
  for (std::size_t j = 0; j < size; ++j) {
    const double whole = a[j * size + j];
    for (std::size_t i = j; i < size; ++i) {
      double sum = a[i * size + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * size + k] * a[j * size + k];
      if (i > j) {
        a[i * size + j] = sum / a[j * size + j];
      } else {
        if (!(sum > 1e-12 * whole))
          throw ValueError("the columns determine no solution: one follows from the others");
        a[j * size + j] = std::sqrt(sum);
      }
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * size + k] * b[k];
    b[i] /= a[i * size + i];
  }
  for (std::size_t i = size; i-- > 0;) {
    for (std::size_t k = i + 1; k < size; ++k) b[i] -= a[k * size + i] * b[k];
    b[i] /= a[i * size + i];
  }
  auto next = b.begin() + std::ptrdiff_t(p);
  Solution solution{{b.begin(), next}, {}};
  for (const Factor& factor : data.factors) {
    const auto end = next + std::ptrdiff_t(factor.levels());
    solution.effects.emplace_back(next, end);
    next = end;
  }
  return solution;
}

std::vector<double> raw_means(const Data& data, const Solution& solution, std::size_t factor) {
  std::vector<double> sums(data.factors[factor].levels(), 0.0);
  for (std::size_t i = 0; i < data.y.size(); ++i) {
    double rest = data.y[i];
    for (std::size_t j = 0; j < data.fixed.size(); ++j) rest -= data.fixed[j][i] * solution.beta[j];
    for (std::size_t k = 0; k < data.factors.size(); ++k)
      if (k != factor) rest -= solution.effects[k][std::size_t(data.factors[k].level[i])];
    sums[std::size_t(data.factors[factor].level[i])] += rest;
  }
  const std::vector<double> rows = data.factors[factor].rows_of_levels();
  for (std::size_t l = 0; l < sums.size(); ++l) sums[l] /= rows[l];
  return sums;
}

double difference(const Solution& a, const Solution& b) {
  double largest = 0;
  const auto compare = [&](const std::vector<double>& u, const std::vector<double>& v) {
    for (std::size_t i = 0; i < u.size(); ++i) largest = std::max(largest, std::abs(u[i] - v[i]));
  };
  compare(a.beta, b.beta);
  for (std::size_t k = 0; k < a.effects.size(); ++k) compare(a.effects[k], b.effects[k]);
  return largest;
}

}  // namespace mixed
