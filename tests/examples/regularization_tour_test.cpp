// examples/regularization_tour: its figures, and the files behind them computed again.

#include <cinta/io/csv.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace {

using program::refusal;
using program::Workplace;
using Doubles = std::vector<double>;

const std::string name = "regularization_tour";

Doubles column(const cinta::io::CsvTable& table, const std::string& header) {
  Doubles values;
  for (const std::string& cell : table[header]) values.push_back(std::stod(cell));
  return values;
}

// (X'X + lambda I)^-1 X'y by Gauss and Jordan with pivots; columns of x.
Doubles ridge(std::vector<Doubles> x, Doubles y, double lambda) {
  const double n = double(y.size());
  const std::size_t p = x.size();
  const auto centre = [n](Doubles& v) {
    double mean = 0;
    for (const double value : v) mean += value / n;
    for (double& value : v) value -= mean;
  };
  const auto dot = [](const Doubles& a, const Doubles& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  centre(y);
  for (Doubles& v : x) {
    centre(v);
    const double std = std::sqrt(dot(v, v) / n);
    for (double& value : v) value /= std;
  }
  std::vector<Doubles> a(p, Doubles(p + 1));
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j) a[i][j] = dot(x[i], x[j]) + (i == j ? lambda : 0);
    a[i][p] = dot(x[i], y);
  }
  for (std::size_t k = 0; k < p; ++k) {
    std::size_t best = k;
    for (std::size_t i = k; i < p; ++i)
      if (std::abs(a[i][k]) > std::abs(a[best][k])) best = i;
    std::swap(a[k], a[best]);
    for (std::size_t i = 0; i < p; ++i) {
      if (i == k) continue;
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j <= p; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  Doubles w(p);
  for (std::size_t i = 0; i < p; ++i) w[i] = a[i][p] / a[i][i];
  return w;
}

}  // namespace

TEST_CASE("regularization_tour: every page agrees with its closed form") {
  const Workplace place;
  const auto p = program::run(name, place, {"--quiet"});
  CAPTURE(p.out, p.err);
  REQUIRE(p.code == 0);
  CHECK(p.err.empty());
  const auto results = nlohmann::json::parse(program::read(place.out() + "/results.json"));

  // 1. SGD with a node, SGD with decay and AdamW shrink by 1 - lr * lambda, Adam does not.
  const auto steps = cinta::io::read_csv(place.out() + "/1_shrink.csv");
  REQUIRE(steps.rows() == 4 * 31);
  const Doubles w = column(steps, "w0");
  for (std::size_t step = 0; step <= 30; ++step) {
    const double expected = 3 * std::pow(1 - 0.1 * 0.5, double(step));
    for (const std::size_t way : {0, 1, 3})
      CHECK(w[way * 31 + step] == Approx(expected).epsilon(1e-13));
    if (step > 0) CHECK(std::abs(w[2 * 31 + step] - expected) > 1e-3);
  }

  // 2. The constant step; the proximal one ends at zero.
  const auto constant = cinta::io::read_csv(place.out() + "/2_constant_step.csv");
  for (const char* header : {"w0", "w1", "w2"}) {
    const Doubles v = column(constant, header);
    for (const std::size_t way : {0, 1}) {
      for (std::size_t step = 1; step <= 30; ++step) {
        const double before = v[way * 31 + step - 1], now = v[way * 31 + step];
        const double reduced = std::abs(before) - 0.05;
        if (reduced > 0)
          CHECK(std::abs(now) == Approx(reduced).epsilon(1e-13));
        else if (way == 1)
          CHECK(now == 0);
        else
          CHECK(now != 0);
      }
    }
  }

  // 3. Ridge.
  const auto data = cinta::io::read_csv(CINTA_SOURCE_DIR "/examples/data/diabetes.csv");
  const auto table = cinta::io::read_csv(place.out() + "/3_ridge.csv");
  std::vector<Doubles> x;
  for (const std::string& feature : table["feature"]) x.push_back(column(data, feature));
  REQUIRE(x.size() == 10);
  const Doubles closed = ridge(x, column(data, "progression"), 44.2);
  const Doubles descent = column(table, "descent");
  for (std::size_t i = 0; i < 10; ++i) CHECK(std::abs(descent[i] - closed[i]) < 1e-8);

  // 4. and 5.
  CHECK(results["covariance"]["largest_difference"] < 1e-12);
  CHECK(results["covariance"]["lasso_reaches_axis"] == true);
  CHECK(results["dropout"]["largest_error_of_mean"] < 0.02);
  CHECK(results["dropout"]["off_is_identity"] == true);
  const double expected = results["dropout"]["loss_expected"];
  CHECK(results["dropout"]["loss_on"] == Approx(expected).epsilon(0.02));

  for (const char* plot : {"1_shrink", "2_constant_step", "3_ridge", "4_covariance", "5_dropout"})
    CHECK(std::filesystem::file_size(place.out() + "/" + plot + ".png") > 10000);
}

TEST_CASE("regularization_tour: bad input is refused in one line and leaves nothing") {
  const Workplace place("a,b,y\n1,2,3\n2,4,5\n4,8,1\n");
  CHECK(refusal(name, place, {"--lr", "0"}) == "--lr: a positive number");
  CHECK(refusal(name, place, {"--lambda", "-1"}) == "--lambda: a positive number");
  CHECK(refusal(name, place, {"--lr", "2"}) == "--lr, --lambda: their product must be below 1");
  CHECK(refusal(name, place, {"--ridge", "nan"}) == "--ridge: a positive number");
  CHECK(refusal(name, place, {"--dropout", "1"}) == "--dropout: above 0 and below 1");
  CHECK(refusal(name, place, {"--quiet", "--data", place.data(), "--target", "z"}) ==
        "t.csv:1: no column 'z'; the columns are 'a', 'b', 'y'");
  CHECK(refusal(name, place, {"--quiet", "--data", place.data(), "--target", "y"}) ==
        "the features are linearly dependent");
  CHECK_THAT(refusal(name, place, {"--seed", "99999999999999999999"}), StartsWith("--seed: "));
  CHECK_THAT(refusal(name, place, {"--colour", "red"}), ContainsSubstring("--colour"));
}
