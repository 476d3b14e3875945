// Every optimizer: row-sparse steps against its own dense ones, while options change.

#include "optim/every.hpp"
#include "optim/lazy/dense.hpp"

namespace lazy {

namespace {

// Some option gets another value now and then, in both: near the one that it had at first, because
// an optimizer with a short memory makes every rounding grow.
void change_an_option(optim::Optimizer& a, optim::Optimizer& b, const every::Options& first,
                      Draws& draws) {
  auto option = first.begin();
  std::advance(option, draws.next() % first.size());
  const auto& [name, start] = *option;
  const double u = draws.unit();
  double value = start;
  if (name == "weight_decay")
    value = u < 0.3 ? 0 : 0.02 * u;
  else if (start > 0.5 && start < 1)  // a share of what was before
    value = 1 - (1 - start) * (1 + u);
  else if (name != "lr" && start != 1 && name != "warmup_steps" && name != "step_max")
    value = start * (1 + u);
  a.set_option(name, value);
  b.set_option(name, value);
}

void compare_with_dense(const std::string& name, const every::Options& options, int steps,
                        Dtype dtype, double tolerance) {
  Tensor sparse = to(from_data(start(), {rows, width}), dtype).requires_grad_();
  Tensor dense = to(from_data(start(), {rows, width}), dtype).requires_grad_();
  const auto a = every::make(name, Tensors{sparse}, options);
  const auto b = every::make(name, Tensors{dense}, options);
  const double lr = options.at("lr");
  every::Options first;
  for (const std::string& option : a->option_names())
    if (option != "maximize") first[option] = a->option(option);  // up, the loss has no end
  Draws draws;
  for (int step = 0; step < steps; ++step) {
    const Ids ids = draw_ids(draws);
    const double now = lr_at(step, lr) + (name == "FTRL" ? lr / 100 : 0);  // which divides by it
    if (name != "Rprop") a->set_option("lr", now), b->set_option("lr", now);
    if (step % 61 == 60) change_an_option(*a, *b, first, draws);
    for (const bool is_sparse : {true, false}) {
      const Tensor& w = is_sparse ? sparse : dense;
      optim::Optimizer& optimizer = is_sparse ? *a : *b;
      optimizer.zero_grad();
      loss_of(embedding(w, ids_of(ids), {.sparse = is_sparse})).backward();
      REQUIRE(w.grad().is_row_sparse() == is_sparse);
      optimizer.step();
    }
    if (step % 613 == 600) REQUIRE(distance(values(sparse), values(dense), 1e-4) < tolerance);
  }
  const double off = distance(values(sparse), values(dense), 1e-4);
  INFO("distance " << off);
  CHECK(off < tolerance);
}

}  // namespace

TEST_CASE("lazy steps of every optimizer equal its dense ones, while options change") {
  int compared = 0;
  for (const auto& [name, options] : every::cases()) {
    if (every::refuses_rows(name)) continue;
    std::string text = name;
    for (const auto& [option, value] : options) text += " " + option + "=" + std::to_string(value);
    INFO(text);
    const bool closed = name == "FTRL" || name == "Lion" || name == "Rprop";
    compare_with_dense(name, options, sanitized ? 1000 : 4000, float64, closed ? 1e-12 : 1e-9);
    ++compared;
  }
  CHECK(compared > 30);
}

TEST_CASE("what an optimizer keeps for rows is as in dense steps, too") {
  for (const auto& [name, options] : every::cases()) {
    if (every::refuses_rows(name)) continue;
    INFO(name);
    Tensor sparse = from_data(start(), {rows, width}).requires_grad_();
    Tensor dense = from_data(start(), {rows, width}).requires_grad_();
    const auto a = every::make(name, Tensors{sparse}, options);
    const auto b = every::make(name, Tensors{dense}, options);
    Draws draws;
    for (int step = 0; step < 200; ++step) {
      const Ids ids = draw_ids(draws);
      for (const bool is_sparse : {true, false}) {
        const Tensor& w = is_sparse ? sparse : dense;
        optim::Optimizer& optimizer = is_sparse ? *a : *b;
        optimizer.zero_grad();
        loss_of(embedding(w, ids_of(ids), {.sparse = is_sparse})).backward();
        optimizer.step();
      }
    }
    const optim::State one = a->state_dict(), other = b->state_dict();
    REQUIRE(one.tensors.size() == other.tensors.size());
    CHECK(one.values == other.values);
    for (const auto& [what, tensor] : other.tensors) {
      INFO(what);
      CHECK(max(abs(one.tensors.at(what) - tensor)).item() <=
            1e-9 * (max(abs(tensor)).item() + 1e-300));
    }
  }
}

TEST_CASE("optimizers of whole parameters refuse row-sparse gradients") {
  for (const std::string name : {"LAMB", "LARS", "Adafactor", "Muon"}) {
    Tensor w = ones({4, 3}).requires_grad_();
    const auto optimizer = every::make(name, Tensors{w}, {});
    sum(embedding(w, ids_of({0}), {.sparse = true})).backward();
    CHECK_THAT(
        error_of([&] { optimizer->step(); }),
        StartsWith(name + ": parameter 0 has a row-sparse gradient, and this optimizer has no "
                          "exact rule for the rows that it leaves out"));
    CHECK(max(w).item() == 1);
  }
}

}  // namespace lazy
