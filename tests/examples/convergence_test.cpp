// examples/convergence with few steps.

#include <cinta/io/csv.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace {

using program::refusal;
using program::run;
using program::Workplace;

const std::string name = "convergence";

}  // namespace

TEST_CASE("convergence: minimizers reach the minima, optimizers come nearer") {
  const Workplace place;
  const program::Process p = run(name, place, {"--steps", "15", "--rows", "40", "--quiet"});
  INFO(p.err);
  REQUIRE(p.code == 0);
  CHECK_THAT(p.out, StartsWith("passes to a gap of 0.001 "));
  const auto results = nlohmann::json::parse(program::read(place.out() + "/results.json"));
  const auto& problems = results["problems"];
  REQUIRE(problems.size() == 4);
  CHECK(std::abs(problems["quadratic"]["minimum"].get<double>()) < 1e-15);
  CHECK(std::abs(problems["rosenbrock"]["minimum"].get<double>()) < 1e-15);
  for (const std::string problem : {"quadratic", "rosenbrock", "logistic"}) {
    for (const std::string method :
         {"lbfgs", "lbfgsb", "conjugate_gradient", "newton_cg", "fista", "least_squares"}) {
      INFO(problem << " " << method);
      if (problem == "logistic" && method == "least_squares") continue;  // no residuals
      const auto& found = problems[problem]["methods"][method];
      CHECK(found["gap"].get<double>() < 1e-12);
      CHECK(found["passes"].get<double>() > 1);
    }
  }
  CHECK(!problems["rosenbrock"]["methods"].contains("Muon"));  // no matrix
  CHECK(problems["logistic"]["methods"].contains("Muon"));
  for (const auto& [problem, of_problem] : problems.items()) {
    CHECK(of_problem["methods"].size() >= 23);
    for (const auto& [method, found] : of_problem["methods"].items()) {
      INFO(problem << " " << method);
      CHECK(found["gap"].get<double>() < 1);
    }
    CHECK(std::filesystem::file_size(place.out() + "/" + problem + ".png") > 10000);
  }
  // Of every way: passes rise, optimizers' by one, and the start is the same.
  const auto ways = cinta::io::read_csv(place.out() + "/ways.csv");
  std::map<std::string, std::string> starts;
  for (std::size_t i = 0; i < ways.rows(); ++i) {
    const double passes = std::stod(ways["passes"][i]);
    const auto way_of = [&](std::size_t row) {
      return std::string(ways["problem"][row]) + std::string(ways["method"][row]);
    };
    const bool first = i == 0 || way_of(i - 1) != way_of(i);
    CHECK((first ? passes == 1 : passes >= std::stod(ways["passes"][i - 1])));
    if (!first) continue;
    const auto known = starts.emplace(ways["problem"][i], ways["value"][i]).first;
    CHECK(std::stod(known->second) == Approx(std::stod(ways["value"][i])).epsilon(1e-12));
  }
}

TEST_CASE("convergence: bad flags and files") {
  const Workplace place("digit,p0\n3,1\n3.5,2\n");
  CHECK(refusal(name, place, {"--gap", "1"}) == "--gap: above 0 and below 1");
  CHECK_THAT(refusal(name, place, {"--problems", "cubic"}), ContainsSubstring("cubic"));
  CHECK_THAT(refusal(name, place, {"--steps", "1"}), ContainsSubstring("--steps"));
  CHECK(refusal(name, place, {"--digits", "no/such.csv"}) ==
        "no/such.csv: No such file or directory");
  CHECK_THAT(refusal(name, place, {"--digits", place.data()}),
             ContainsSubstring("which is no digit"));
}
