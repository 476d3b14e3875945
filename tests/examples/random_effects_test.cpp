// examples/random_effects against Henderson's equations, set up and solved here on plain arrays.

#include <cinta/io/csv.hpp>
#include <cmath>
#include <map>

#include "support/program.hpp"

namespace {

using program::operator+;  // NOLINT(misc-unused-using-decls): it is used
using program::refusal;
using program::run;
using program::Workplace;
using Doubles = std::vector<double>;

const std::string name = "random_effects";

// Gauss-Jordan elimination with pivots.
Doubles solve(std::vector<Doubles> a, Doubles b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {
    std::size_t pivot = j;
    for (std::size_t i = j; i < n; ++i)
      if (std::abs(a[i][j]) > std::abs(a[pivot][j])) pivot = i;
    std::swap(a[j], a[pivot]);
    std::swap(b[j], b[pivot]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == j) continue;
      const double factor = a[i][j] / a[j][j];
      for (std::size_t k = j; k < n; ++k) a[i][k] -= factor * a[j][k];
      b[i] -= factor * b[j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) b[i] /= a[i][i];
  return b;
}

}  // namespace

TEST_CASE("random_effects: embeddings with L2 are the best linear unbiased predictor") {
  // 400 rows of a school and a teacher with many levels, some of one row only.
  std::string csv = "school,teacher,hours,score\n";
  std::map<std::string, std::size_t> place;  // of unknowns: 0 intercept, 1 hours, then effects
  std::vector<std::array<std::size_t, 2>> levels;
  Doubles hours, score;
  std::uint64_t state = 1;
  for (int i = 0; i < 400; ++i) {
    const auto draw = [&](std::uint64_t below) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return (state >> 33) % below;
    };
    const std::string school = "s" + std::to_string(draw(6) * draw(8)),
                      teacher = "t" + std::to_string(draw(90));
    hours.push_back(double(draw(1000)) / 100);
    score.push_back(std::round(100 * (3 + 0.4 * hours.back() + std::sin(double(school[1])) +
                                      double(draw(1000)) / 500 + (teacher.back() - '4') * 0.1)) /
                    100);
    csv += school + "," + teacher + "," + std::to_string(hours.back()) + "," +
           std::to_string(score.back()) + "\n";
    levels.push_back({place.try_emplace("school " + school, place.size() + 2).first->second,
                      place.try_emplace("teacher " + teacher, place.size() + 2).first->second});
  }
  const Workplace data(csv);
  const program::Process p =
      run(name, data,
          {"--data", data.data(), "--target", "score", "--groups", "school,teacher", "--fixed",
           "hours", "--lambda", "1.5,4", "--quiet"});
  INFO(p.err);
  REQUIRE(p.code == 0);
  CHECK(p.err.empty());

  double mean = 0, spread = 0;
  for (const double h : hours) mean += h / 400;
  for (const double h : hours) spread += (h - mean) * (h - mean) / 400;
  const std::size_t size = place.size() + 2;
  std::vector<Doubles> a(size, Doubles(size, 0.0));
  Doubles b(size, 0.0);
  for (std::size_t i = 0; i < 400; ++i) {
    const std::size_t at[] = {0, 1, levels[i][0], levels[i][1]};
    const double value[] = {1, (hours[i] - mean) / std::sqrt(spread), 1, 1};
    for (int r = 0; r < 4; ++r) {
      b[at[r]] += value[r] * score[i];
      for (int c = 0; c < 4; ++c) a[at[r]][at[c]] += value[r] * value[c];
    }
  }
  for (const auto& [level, at] : place) a[at][at] += level.starts_with("school") ? 1.5 : 4;
  const Doubles expected = solve(a, b);

  const auto fixed = cinta::io::read_csv(data.out() + "/fixed.csv");
  REQUIRE(fixed["name"] == std::vector<std::string>{"intercept", "hours (standardised)"});
  CHECK(std::stod(fixed["estimate"][0]) == Approx(expected[0]).margin(1e-6));
  CHECK(std::stod(fixed["estimate"][1]) == Approx(expected[1]).margin(1e-6));
  const auto effects = cinta::io::read_csv(data.out() + "/effects.csv");
  REQUIRE(effects.rows() == place.size());
  for (std::size_t row = 0; row < effects.rows(); ++row) {
    const std::string group = effects["group"][row];
    const double effect = std::stod(effects["effect"][row]);
    CHECK(effect == Approx(expected[place.at(group + " " + effects["level"][row])]).margin(1e-6));
    CHECK(std::stod(effects["closed_form"][row]) == Approx(effect).margin(1e-6));
    // What L2 keeps of the mean of n rows: n / (n + lambda).
    const double n = std::stod(effects["rows"][row]), lambda = group == "school" ? 1.5 : 4;
    CHECK(effect == Approx(n / (n + lambda) * std::stod(effects["raw_mean"][row])).margin(1e-6));
  }
}

TEST_CASE("random_effects: generated data, where shrinking brings effects nearer to the truth") {
  const Workplace place;
  const program::Process p = run(name, place, {"--rows", "1500", "--levels", "150,60"});
  INFO(p.err);
  REQUIRE(p.code == 0);
  CHECK_THAT(p.out, ContainsSubstring("largest difference to the closed form: "));
  CHECK_THAT(p.err, ContainsSubstring("100 %"));
  const auto effects = cinta::io::read_csv(place.out() + "/effects.csv");
  double raw = 0, shrunk = 0;
  for (std::size_t row = 0; row < effects.rows(); ++row) {
    const double truth = std::stod(effects["truth"][row]);
    raw += std::pow(std::stod(effects["raw_mean"][row]) - truth, 2);
    shrunk += std::pow(std::stod(effects["effect"][row]) - truth, 2);
    CHECK(std::stod(effects["closed_form"][row]) ==
          Approx(std::stod(effects["effect"][row])).margin(1e-6));
  }
  CHECK(shrunk < raw);
}

TEST_CASE("random_effects: a target far from zero has the same effects") {
  std::string near = "g,x,y\n", far = near;
  for (int i = 0; i < 60; ++i) {
    const std::string begin = "k" + std::to_string(i * i % 7) + "," + std::to_string(i % 13) + ",";
    const int y = i * 37 % 101;
    near += begin + std::to_string(y) + "\n";
    far += begin + std::to_string(1000000000000 + y) + "\n";
  }
  std::vector<cinta::io::CsvTable> fixed, effects;
  for (const std::string& csv : {near, far}) {
    const Workplace place(csv);
    const program::Process p = run(name, place,
                                   {"--data", place.data(), "--target", "y", "--groups", "g",
                                    "--fixed", "x", "--lambda", "2", "--quiet"});
    INFO(p.err);
    REQUIRE(p.code == 0);
    fixed.push_back(cinta::io::read_csv(place.out() + "/fixed.csv"));
    effects.push_back(cinta::io::read_csv(place.out() + "/effects.csv"));
  }
  for (std::size_t row = 0; row < effects[0].rows(); ++row)
    CHECK(std::stod(effects[1]["effect"][row]) ==
          Approx(std::stod(effects[0]["effect"][row])).margin(1e-3));
  CHECK(std::stod(fixed[1]["estimate"][0]) - 1e12 ==
        Approx(std::stod(fixed[0]["estimate"][0])).margin(1e-3));
}

TEST_CASE("random_effects: more unknowns than the closed form may have") {
  const Workplace place;
  const program::Process p =
      run(name, place, {"--rows", "500", "--levels", "20,10", "--largest-check", "10", "--quiet"});
  REQUIRE(p.code == 0);
  CHECK_THAT(p.out, ContainsSubstring("are too many for the closed form (--largest-check)"));
}

TEST_CASE("random_effects: bad input") {
  const std::string csv = "g,x,y\na,1,2\nb,2,3\na,3,\n";
  const program::Arguments model{"--target", "y", "--groups", "g"};
  const auto with = [&](const program::Arguments& more) {
    return refusal(name, csv, model + more);
  };
  CHECK(with({"--lambda", "-1"}) == "--lambda: positive numbers");
  CHECK(with({"--lambda", "1,2"}) == "--lambda, --sigma-groups: one for each of --groups");
  CHECK(with({}) == "--data needs either --lambda or --sigma and --sigma-groups");
  CHECK(with({"--sigma-groups", "1"}) == "--sigma-groups need --sigma");
  CHECK(refusal(name, csv, {"--target", "y", "--groups", "g,g", "--lambda", "1,1"}) ==
        "--groups: 'g' is named twice");
  CHECK(refusal(name, csv, {"--target", "y", "--groups", "y", "--lambda", "1"}) ==
        "--groups: 'y' is the target");
  CHECK(with({"--lambda", "1", "--fixed", "x,x"}) == "--fixed: 'x' is named twice");
  CHECK(with({"--lambda", "1", "--fixed", "y"}) == "--fixed: 'y' is the target");
  CHECK(refusal(name, "g,y\na,1\nb,1\n", model + program::Arguments{"--lambda", "1"}) ==
        "t.csv: column 'y' is the same in every row");
  CHECK(refusal(name, "g,y\na,1e200\nb,2e200\n", model + program::Arguments{"--lambda", "1"}) ==
        "the target's squares are beyond the range of a double; another unit may help");
  CHECK(with({"--lambda", "1", "--momentum", "1"}) == "--momentum: at least 0 and below 1");
  CHECK_THAT(with({"--lambda", "1"}), StartsWith("t.csv:4: column 3 'y': "));
  CHECK_THAT(refusal(name, csv, {"--target", "z", "--groups", "g", "--lambda", "1"}),
             StartsWith("t.csv:1: no column 'z'"));
  CHECK(refusal(name, csv, {"--target", "y"}) == "--data needs --target and --groups");
  CHECK(refusal(name, "g,y\na,1\n,2\n", model + program::Arguments{"--lambda", "1"}) ==
        "t.csv:3: column 1 'g': no value");
  const Workplace place;
  CHECK(refusal(name, place, {"--lambda", "1"}) ==
        "--target, --groups, --fixed and --lambda need --data");
  CHECK(refusal(name, place, {"--rows", "50", "--levels", "9,4", "--max-steps", "1", "--quiet"}) ==
        "no minimum after 1 steps; more --max-steps or another --momentum may help");
}
