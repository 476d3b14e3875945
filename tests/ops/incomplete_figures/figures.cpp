// The incomplete gamma and beta functions and Student's distribution against figures of many
// digits: see figures.py.

#include <cinta/cinta.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Line {
  std::string name;
  std::vector<double> arguments, values;
};

std::vector<Line> lines() {
  const std::map<std::string, std::size_t> counts = {{"gammainc", 2}, {"betainc", 3}, {"stdtr", 2}};
  std::ifstream file(CINTA_SOURCE_DIR "/tests/ops/incomplete_figures/figures.txt");
  std::vector<Line> all;
  for (std::string text; std::getline(file, text);) {
    std::istringstream in(text);
    Line line;
    in >> line.name;
    for (std::string word; in >> word;) {
      (line.arguments.size() < counts.at(line.name) ? line.arguments : line.values)
          .push_back(std::strtod(word.c_str(), nullptr));
    }
    all.push_back(line);
  }
  return all;
}

Tensor number(double x) { return full({}, x, float64); }

}  // namespace

TEST_CASE("shares and their derivatives are right over the whole range") {
  for (const Line& line : lines()) {
    std::ostringstream text;
    text.precision(17);
    text << line.name;
    for (const double x : line.arguments) text << ' ' << x;
    INFO(text.str());
    const auto differs = [](double got, double wanted, double relative, double absolute = 0) {
      return !(std::abs(got - wanted) <= relative * std::abs(wanted) + absolute);
    };
    std::vector<Tensor> x;
    for (const double v : line.arguments) x.push_back(number(v).requires_grad_());
    const bool gamma = line.name == "gammainc", beta = line.name == "betainc";
    const Tensor y = gamma  ? gammainc(x[0], x[1])
                     : beta ? betainc(x[0], x[1], x[2])
                            : stdtr(x[0], x[1]);
    CHECK_FALSE(differs(y.item(), line.values[0], 1e-12));
    if (gamma) CHECK_FALSE(differs(gammaincc(x[0], x[1]).item(), line.values[1], 1e-12));
    const std::size_t parameters = beta ? 2 : 1;
    const Tensors wanted(x.begin(), x.begin() + std::ptrdiff_t(parameters));
    const Tensors first = grad({y}, wanted, {.create_graph = true});
    std::size_t at = gamma ? 2 : 1;
    for (std::size_t i = 0; i < parameters; ++i, ++at) {
      // The rounding of the share, beside which a slope may be small.
      const double rounding = 4e-15 * (1 + 1 / line.arguments[i]);
      CAPTURE(i, first[i].item(), line.values[at]);
      CHECK_FALSE(differs(first[i].item(), line.values[at], 1e-9, rounding));
    }
    for (std::size_t i = 0; i < parameters; ++i) {
      const Tensors second = grad({first[i]}, wanted, {.retain_graph = true});
      for (std::size_t k = i; k < parameters; ++k, ++at) {
        const double rounding = 4e-15 * (1 + 1 / (line.arguments[i] * line.arguments[k]));
        CAPTURE(i, k, second[k].item(), line.values[at]);
        CHECK_FALSE(differs(second[k].item(), line.values[at], 2e-8, rounding));
      }
    }
  }
}

TEST_CASE("shares at the ends of their ranges") {
  const auto gamma = [](double a, double x) { return gammainc(number(a), number(x)).item(); };
  const auto rest = [](double a, double x) { return gammaincc(number(a), number(x)).item(); };
  const auto beta = [](double a, double b, double x) {
    return betainc(number(a), number(b), number(x)).item();
  };
  CHECK(gamma(2, 0) == 0);
  CHECK(rest(2, 0) == 1);
  CHECK(gamma(2, infinity) == 1);
  CHECK(rest(2, infinity) == 0);
  CHECK(gamma(0, 3) == 1);
  CHECK(rest(0, 3) == 0);
  CHECK(gamma(infinity, 3) == 0);
  for (const auto& [a, x] : {std::pair(-1.0, 1.0), {1.0, -1.0}, {0.0, 0.0}, {infinity, infinity}}) {
    CHECK(std::isnan(gamma(a, x)));
    CHECK(std::isnan(rest(a, x)));
  }
  CHECK(beta(2, 3, 0) == 0);
  CHECK(beta(2, 3, 1) == 1);
  CHECK(beta(0, 3, 0.5) == 1);
  CHECK(beta(2, 0, 0.5) == 0);
  for (const double x : {-0.1, 1.1, std::nan("")}) CHECK(std::isnan(beta(2, 3, x)));
  CHECK(stdtr(number(3), number(0)).item() == 0.5);
  CHECK(stdtr(number(3), number(-infinity)).item() == 0);
  CHECK(stdtr(number(infinity), number(-2)).item() ==
        Approx(ndtr(number(-2)).item()).epsilon(1e-14));
  CHECK(std::isnan(stdtr(number(0), number(1)).item()));
  // Slopes in x at the ends are the density there, and their slopes one-sided.
  const auto slopes = [](auto f, double at) {
    const Tensor x = number(at).requires_grad_();
    const Tensor first = grad({f(x)}, {x}, {.create_graph = true})[0];
    return std::pair(first.item(), grad({first}, {x})[0].item());
  };
  for (const auto& [a, wanted] :
       {std::pair(1.0, std::pair(1.0, -1.0)), {2.0, {0.0, 1.0}}, {3.0, {0.0, 0.0}}})
    CHECK(slopes([a = a](const Tensor& x) { return gammainc(number(a), x); }, 0) == wanted);
  for (const auto& [a, wanted] :
       {std::pair(1.0, std::pair(3.0, -6.0)), {2.0, {0.0, 12.0}}, {3.0, {0.0, 0.0}}}) {
    CHECK(slopes([a = a](const Tensor& x) { return betainc(number(a), 3.0, x); }, 0) == wanted);
    CHECK(slopes([a = a](const Tensor& x) { return betainc(3.0, number(a), x); }, 1) ==
          std::pair(wanted.first, -wanted.second));
  }
  CHECK(slopes([](const Tensor& x) { return stdtr(number(1), x); }, 0).first ==
        Approx(1 / M_PI).epsilon(1e-14));
}

TEST_CASE("what has no value has no slope either") {
  const double nan = std::nan("");
  const auto slopes = [](const auto& f, const std::vector<double>& at) {
    Tensors x;
    for (const double value : at) x.push_back(full({1}, value, float64).requires_grad_());
    std::vector<double> all;
    for (const Tensor& slope : grad({sum(f(x))}, x)) all.push_back(slope.item());
    return all;
  };
  const auto all_are_nan = [](const std::vector<double>& values) {
    for (const double value : values)
      if (!std::isnan(value)) return false;
    return true;
  };
  const auto student = [](const Tensors& x) { return stdtr(x[0], x[1]); };
  const auto gamma = [](const Tensors& x) { return gammainc(x[0], x[1]); };
  const auto beta = [](const Tensors& x) { return betainc(x[0], x[1], x[2]); };
  for (const auto& at : {std::vector<double>{nan, 1}, {2, nan}, {-1, 1}})
    CHECK(all_are_nan(slopes(student, at)));
  for (const auto& at : {std::vector<double>{nan, 1}, {2, nan}, {-1, 1}})
    CHECK(all_are_nan(slopes(gamma, at)));
  for (const auto& at : {std::vector<double>{nan, 1, 0.5}, {1, nan, 0.5}, {1, 1, nan}, {1, 1, 2}})
    CHECK(all_are_nan(slopes(beta, at)));
}
