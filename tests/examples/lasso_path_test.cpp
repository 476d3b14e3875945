// examples/lasso_path against a coordinate descent written here, on plain arrays.

#include <cinta/io/csv.hpp>
#include <cmath>

#include "support/program.hpp"

namespace {

using program::refusal;
using program::Workplace;
using Doubles = std::vector<double>;

const std::string name = "lasso_path";

Doubles column(const cinta::io::CsvTable& table, const std::string& header) {
  Doubles values;
  for (const std::string& cell : table[header]) values.push_back(std::stod(cell));
  return values;
}

double dot(const Doubles& a, const Doubles& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void centre(Doubles& v) {
  double mean = 0;
  for (const double value : v) mean += value / double(v.size());
  for (double& value : v) value -= mean;
}

// Cyclic coordinate descent on ||y - X w||^2 / (2 n) + lambda ||w||_1 until nothing moves.
void descend(const std::vector<Doubles>& x, Doubles residual, double lambda, Doubles& w) {
  const double n = double(residual.size());
  for (std::size_t j = 0; j < x.size(); ++j)
    for (std::size_t i = 0; i < residual.size(); ++i) residual[i] -= x[j][i] * w[j];
  for (int sweep = 0; sweep < 100000; ++sweep) {
    double largest = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double scale = dot(x[j], x[j]) / n, old = w[j];
      const double z = dot(x[j], residual) / n + scale * old;
      w[j] = z > lambda ? (z - lambda) / scale : z < -lambda ? (z + lambda) / scale : 0;
      for (std::size_t i = 0; w[j] != old && i < residual.size(); ++i)
        residual[i] -= x[j][i] * (w[j] - old);
      largest = std::max(largest, std::abs(w[j] - old));
    }
    if (largest < 1e-12) return;
  }
  FAIL("coordinate descent does not end");
}

}  // namespace

TEST_CASE("lasso_path: every coefficient and active set is that of coordinate descent") {
  const Workplace place;
  const auto p = program::run(name, place, {"--quiet"});
  CAPTURE(p.out, p.err);
  REQUIRE(p.code == 0);

  const std::string file = CINTA_SOURCE_DIR "/examples/data/diabetes.csv";
  const auto data = cinta::io::read_csv(file);
  const auto path = cinta::io::read_csv(place.out() + "/path.csv");
  std::vector<Doubles> x, found;
  for (const std::string& header : data.header) {
    if (header == "progression") continue;
    x.push_back(column(data, header));
    centre(x.back());
    const double std = std::sqrt(dot(x.back(), x.back()) / double(x.back().size()));
    for (double& value : x.back()) value /= std;
    found.push_back(column(path, header));
  }
  Doubles y = column(data, "progression");
  centre(y);

  const Doubles lambdas = column(path, "lambda");
  REQUIRE(lambdas.size() == 100);
  double largest = 0;  // from here on all coefficients are 0
  for (const Doubles& feature : x)
    largest = std::max(largest, std::abs(dot(feature, y)) / double(y.size()));
  CHECK(lambdas.front() == Approx(largest).epsilon(1e-12));
  CHECK(lambdas.back() == Approx(1e-3 * largest).epsilon(1e-12));

  Doubles w(x.size());
  double worst = 0;
  int different = 0;
  for (std::size_t k = 0; k < lambdas.size(); ++k) {
    descend(x, y, lambdas[k], w);
    for (std::size_t j = 0; j < w.size(); ++j) {
      worst = std::max(worst, std::abs(found[j][k] - w[j]));
      different += (found[j][k] != 0) != (w[j] != 0);
    }
  }
  CAPTURE(worst);
  CHECK(worst < 1e-6);
  CHECK(different == 0);
  CHECK(std::filesystem::file_size(place.out() + "/path.png") > 10000);
}

TEST_CASE("lasso_path: bad input is refused in one line and leaves nothing") {
  const std::string csv = "a,b,y\n1,2,3\n2,1,5\n4,4,1\n";
  CHECK(refusal(name, csv, {"--target", "z"}) ==
        "t.csv:1: no column 'z'; the columns are 'a', 'b', 'y'");
  CHECK(refusal(name, "a,b,y\n1,2,3\n2,x,5\n", {"--target", "y"}) ==
        "t.csv:3: column 2 'b': 'x' is not a number");
  CHECK(refusal(name, "a,b,y\n1,2,3\n2,,5\n", {"--target", "y"}) ==
        "t.csv:3: column 2 'b': missing value ''");
  CHECK(refusal(name, "a,b,y\n1,2,3\n2,2,5\n", {"--target", "y"}) ==
        "t.csv: column 'b' is the same in every row");
  CHECK(refusal(name, "y\n1\n2\n", {"--target", "y"}) == "t.csv: no column besides the target");
  CHECK(refusal(name, "a,y\n1,2\n", {"--target", "y"}) == "t.csv: needs at least two rows");
  CHECK(refusal(name, csv, {"--target", "y", "--ratio", "1"}) == "--ratio: above 0 and below 1");
  CHECK(refusal(name, csv, {"--target", "y", "--momentum", "1"}) ==
        "--momentum: at least 0 and below 1");
  CHECK(refusal(name, csv, {"--target", "y", "--tolerance", "0"}) ==
        "--tolerance: a positive number");
  for (const std::string unit : {"e200", "e-200"})
    CHECK(refusal(name, "a,y\n1,1" + unit + "\n2,2" + unit + "\n", {"--target", "y"}) ==
          "t.csv: column 'y' has squares beyond the range of a double; another unit may help");
  CHECK(refusal(name, "a,y\n1,1\n1,-1\n-1,1\n-1,-1\n", {"--target", "y"}) ==
        "t.csv: no feature goes along with the target: all coefficients are 0");
  CHECK_THAT(refusal(name, csv, {"--points", "1"}), ContainsSubstring("--points"));
  CHECK_THAT(refusal(name, csv, {"--target", "y", "--max-steps", "3", "--quiet"}),
             ContainsSubstring("no minimum after 3 steps; more --max-steps"));
  const Workplace place;
  CHECK(refusal(name, place, {"--data", "no/such.csv"}) ==
        "no/such.csv: No such file or directory");
}
