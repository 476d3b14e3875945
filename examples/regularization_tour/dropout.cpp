// Page 5: dropout on and off.

#include <cinta/cinta.hpp>
#include <cmath>

#include "../common/text_table.hpp"
#include "pages.hpp"

namespace tour {

using namespace cinta;
using example::number;

Json dropout_on_and_off(Context& context) {
  const Options& o = context.options;
  manual_seed(o.seed);
  nn::Dropout drop(o.p);
  const Tensor x = tensor({1, 2, 3, 4, 5, 6}, float64);

  context.out << "5. Dropout with p = " << number(o.p, 2) << ", on and off\n\n";
  example::TextTable table;
  const auto row = [&](const std::string& name, const Tensor& y, int digits) {
    std::vector<std::string> cells{name};
    for (const double value : y.to_vector<double>()) cells.push_back(number(value, digits));
    table.add(cells);
  };
  row("input", x, 3);
  for (int call = 1; call <= 3; ++call) row("on, call " + std::to_string(call), drop(x), 3);
  const int calls = 20000;
  const Tensor many = dropout(broadcast_to(x, {calls, 6}), o.p, true);
  const Tensor average = mean(many, 0), spread = var(many, 0);
  row("mean of 20000", average, 3);
  row("variance", spread, 3);
  row("p / (1 - p) x^2", o.p / (1 - o.p) * square(x), 3);
  drop.eval();
  row("off", drop(x), 3);
  table.print(context.out);

  // A regression with noise from dropout on its features: on average the loss has the penalty
  // p / (1 - p) * sum_j (X'X)_jj w_j^2.
  const std::int64_t n = 50;
  const Tensor features = randn({n, 4}, float64), w = tensor({1, -2, 0.5, 3}, float64);
  const Tensor y = matmul(features, w) + 0.3 * randn({n}, float64);
  const auto loss = [&](const Tensor& in) { return sum(square(y - matmul(in, w))).item(); };
  const double off = loss(features);
  const double penalty = o.p / (1 - o.p) * sum(sum(square(features), 0) * square(w)).item();
  train::Curve on_curve{.name = "on, mean so far"}, off_curve{.name = "off", .color = 2},
      expected_curve{.name = "off + penalty", .color = 3, .dashed = true};
  double total = 0;
  for (int call = 1; call <= calls; ++call) {
    total += loss(dropout(features, o.p, true));
    if (call > 200 && call % 50 != 0) continue;
    on_curve.x.push_back(std::log10(call));
    on_curve.y.push_back(total / call);
    for (train::Curve* flat : {&off_curve, &expected_curve}) {
      flat->x.push_back(std::log10(call));
      flat->y.push_back(flat == &off_curve ? off : off + penalty);
    }
    example::check_interrupt();
  }
  const double on = total / calls;
  context.out << "\nloss of a regression off " << number(off, 3) << ", on (mean of " << calls
              << ") " << number(on, 3) << ", off + p / (1 - p) sum (X'X)_jj w_j^2 "
              << number(off + penalty, 3) << "\n\n";
  example::plot(context.folder, "5_dropout.png", {on_curve, off_curve, expected_curve},
                {.title = "Dropout on the features of a regression is an L2 penalty on average",
                 .x_label = "log10(calls)",
                 .y_label = "squared error"});
  return {{"p", o.p},
          {"largest_error_of_mean", max(abs(average / x - 1)).item()},
          {"loss_off", off},
          {"loss_on", on},
          {"loss_expected", off + penalty},
          {"off_is_identity", drop(x).impl() == x.impl()}};
}

}  // namespace tour
