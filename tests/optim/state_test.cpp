// Groups, options by name, and states: saved, loaded, refused.

#include <cinta/cinta.hpp>
#include <cinta/optim/state.hpp>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

struct Net : nn::Module {
  nn::Linear hidden = add("hidden", nn::Linear(3, 4));
  nn::Linear out = add("out", nn::Linear(4, 1));
};

// The text of an error, without its place.
template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [state_test.cpp:"));
}

}  // namespace

TEST_CASE("groups are made of lists, of modules and of patterns") {
  const Net net;
  optim::AdamW optimizer(net, {.lr = 0.1, .weight_decay = 0.5});
  REQUIRE(optimizer.parameters().size() == 4);
  CHECK(optimizer.name_of(0) == "hidden.weight");
  CHECK(optimizer.split_group("*.bias", {.lr = 0.1}) == 1);
  CHECK(optimizer.group_count() == 2);
  CHECK(optimizer.group_of(0) == 0);
  CHECK(optimizer.group_of(1) == 1);
  CHECK(optimizer.options(0).weight_decay == 0.5);
  CHECK(optimizer.options(1).weight_decay == 0);
  CHECK(refusal([&] { optimizer.split_group("*.wieght"); }) ==
        "AdamW: no parameter's name fits \"*.wieght\"; there are: hidden.weight, hidden.bias, "
        "out.weight, out.bias");
  CHECK(refusal([&] { optimizer.split_group("*", {.lr = -1}); }) ==
        "AdamW: lr must not be negative, got -1");

  optim::SGD numbered(net.parameters());
  CHECK(numbered.name_of(3) == "3");
  Tensor extra = ones({1}).requires_grad_();
  numbered.add_group({extra}, {.lr = 0.5});
  CHECK(numbered.name_of(4) == "4");
  CHECK(numbered.options(numbered.group_of(4)).lr == 0.5);
  CHECK(refusal([&] { numbered.add_group({extra}); }) == "SGD: parameter 0 is given twice");
  Tensor other = ones({1}).requires_grad_();
  CHECK(refusal([&] {
          numbered.add_group(NamedTensors{{"4", other}});
        }) == "SGD: parameter 4: another parameter is called 4");
  CHECK(numbered.parameters().size() == 5);
}

TEST_CASE("options have names") {
  Tensor a = ones({1}).requires_grad_(), b = ones({1}).requires_grad_();
  optim::SGD optimizer({a}, {.lr = 0.1, .momentum = 0.9});
  optimizer.add_group({b}, {.lr = 0.2});
  CHECK(optimizer.option_names() == std::vector<std::string>{"lr", "momentum", "dampening",
                                                             "weight_decay", "l1", "nesterov",
                                                             "maximize"});
  CHECK(optimizer.option("momentum") == 0.9);
  CHECK(optimizer.option("lr", 1) == 0.2);
  optimizer.set_option("weight_decay", 0.25);
  CHECK(optimizer.options(0).weight_decay == 0.25);
  CHECK(optimizer.options(1).weight_decay == 0.25);
  optimizer.set_option("nesterov", 1, 0);
  CHECK(optimizer.options(0).nesterov);
  CHECK_FALSE(optimizer.options(1).nesterov);
  CHECK(refusal([&] { optimizer.set_option("lrr", 1); }) ==
        "SGD: there is no option \"lrr\"; there are: lr, momentum, dampening, weight_decay, l1, "
        "nesterov, maximize");
  CHECK(refusal([&] { optimizer.set_option("lr", -1); }) == "SGD: lr must not be negative, got -1");
  CHECK(refusal([&] { (void)optimizer.option("lr", 2); }) ==
        "SGD: there is no group 2, there are 2");
  optimizer.options().lr = std::numeric_limits<double>::infinity();
  CHECK(refusal([&] { optimizer.step(); }) == "SGD: lr must be finite, got inf");
}

TEST_CASE("a state is matched by name and refused before anything is changed") {
  const Net net;
  optim::Adam optimizer(net, {.lr = 0.1});
  const auto step = [&] {
    optimizer.zero_grad();
    sum(net.out(net.hidden(ones({2, 3})))).backward();
    optimizer.step();
  };
  step();
  const optim::State state = optimizer.state_dict();
  CHECK(state.tensors.at("hidden.weight/mean").shape() == Shape{4, 3});
  CHECK(std::get<double>(state.values.at("group.0/lr")) == 0.1);
  CHECK(std::get<std::int64_t>(state.values.at("out.bias/steps")) == 1);
  step();

  // Another order of the same parameters is the same.
  NamedTensors reversed = net.named_parameters();
  std::reverse(reversed.begin(), reversed.end());
  optim::Adam other(reversed, {.lr = 0.5});
  other.load_state_dict(state);
  CHECK(other.options().lr == 0.1);
  const optim::State again = other.state_dict();
  CHECK(again.values == state.values);
  for (const auto& [name, tensor] : state.tensors)
    CHECK(again.tensors.at(name).to_vector<float>() == tensor.to_vector<float>());

  const auto load = [&](optim::State changed) {
    return refusal([&] { optimizer.load_state_dict(changed); });
  };
  const optim::State before = optimizer.state_dict();
  optim::State bad = state;
  bad.values.erase("out.bias/steps");
  CHECK(load(bad) == "Adam: load_state_dict: out.bias/steps is missing in the state");
  bad = state;
  bad.values["more"] = 1.0;
  CHECK(load(bad) == "Adam: load_state_dict: more is in the state, and nothing here has that name");
  bad = state;
  bad.tensors["out.bias/\x7f\nmean"] = ones({2});  // of a file, say
  CHECK(load(bad) ==
        "Adam: load_state_dict: out.bias/\\x7f\\nmean is in the state, and nothing here has that "
        "name");
  bad = state;
  bad.tensors["out.bias/mean"] = ones({2});
  CHECK(load(bad) ==
        "Adam: load_state_dict: out.bias/mean is float32 (2,) in the state and float32 (1,) here");
  bad = state;
  bad.values["out.bias/shape"] = std::vector<double>{2};
  CHECK(load(bad) ==
        "Adam: load_state_dict: parameter out.bias is float32 (2,) in the state and float32 (1,) "
        "here");
  bad = state;
  bad.values["group.0/lr"] = -1.0;
  CHECK(load(bad) == "Adam: lr must not be negative, got -1");
  bad.values["group.0/lr"] = std::string("fast");
  CHECK(load(bad) == "Adam: load_state_dict: group.0/lr is a text in the state, and not a number");
  bad = state;
  bad.values["groups"] = std::int64_t(2);
  CHECK(load(bad) == "Adam: load_state_dict: the state has 2 groups, there are 1 here");
  bad = optimizer.state_dict();
  bad.values["out.bias/steps"] = std::int64_t(-1);
  CHECK(load(bad) == "Adam: load_state_dict: out.bias/steps is -1 in the state");
  CHECK(load({}) == "Adam: load_state_dict: the state is one of unknown kind");
  CHECK(load(optim::SGD(net).state_dict()) == "Adam: load_state_dict: the state is one of SGD");
  optim::Adam split(net, {.lr = 0.1});
  split.split_group("*.bias");
  optim::State grouped = split.state_dict();
  grouped.values["groups"] = std::int64_t(1);
  CHECK(load(grouped) ==
        "Adam: load_state_dict: parameter hidden.bias is in group 1 in the state and in group 0 "
        "here");
  CHECK(optimizer.state_dict().values == before.values);
}

TEST_CASE("a state keeps whether steps climb, and one of before descends") {
  Tensor w = ones({2}).requires_grad_();
  optim::SGD climbs({w}, {.maximize = true});
  optim::State state = climbs.state_dict();
  optim::SGD other({w});
  other.load_state_dict(state);
  CHECK(other.options().maximize);
  state.values.erase("group.0/maximize");
  other.load_state_dict(state);
  CHECK_FALSE(other.options().maximize);
}

TEST_CASE("a scheduler begins at no step before the first") {
  const Net net;
  optim::SGD optimizer(net, {.lr = 0.1});
  optim::Scheduler scheduler(optimizer, optim::schedule::step(3));
  optim::State bad = scheduler.state_dict();
  bad.values["step"] = std::int64_t(-5);
  CHECK(refusal([&] { scheduler.load_state_dict(bad); }) ==
        "Scheduler: load_state_dict: step is -5 in the state");
  CHECK(scheduler.count() == 0);
  CHECK(optimizer.options(0).lr == 0.1);
}

TEST_CASE("a parameter may be called as the parts of a wrapper's state are") {
  using Made = std::unique_ptr<optim::Optimizer>;
  const auto check = [](Made (*make)(optim::Optimizer&)) {
    Tensor w = ones({3}).requires_grad_(), v = ones({2}).requires_grad_();
    const NamedTensors named = {{"inner", w}, {"own", v}};
    optim::SGD sgd(named, {.lr = 0.1, .momentum = 0.9}), other(named);
    const Made optimizer = make(sgd), loaded = make(other);
    (sum(w * w) + sum(v * v)).backward();
    optimizer->step();
    const optim::State state = optimizer->state_dict();
    loaded->load_state_dict(state);
    const optim::State back = loaded->state_dict();
    CHECK(back.values == state.values);
    REQUIRE(back.tensors.size() == state.tensors.size());
    for (const auto& [name, tensor] : state.tensors)
      CHECK(back.tensors.at(name).to_vector<float>() == tensor.to_vector<float>());
  };
  check([](optim::Optimizer& inner) { return Made(new optim::Lookahead(inner)); });
  check([](optim::Optimizer& inner) { return Made(new optim::Accumulate(inner)); });
  check([](optim::Optimizer& inner) {
    auto proximal = std::make_unique<optim::Proximal>(inner);
    proximal->add_group(inner.named_parameters(), {.l1 = 0.5});
    return Made(std::move(proximal));
  });
}

TEST_CASE("a parameter may be called as a group is") {
  const Tensor w = ones({3}).requires_grad_();
  const NamedTensors named = {{"group.0", w}};
  optim::SGD sgd(named, {.lr = 0.1, .momentum = 0.9}), other(named);
  other.load_state_dict(sgd.state_dict());
  CHECK(other.options().momentum == 0.9);
}

TEST_CASE("a wrapper's state without a prefix of its own, as in files of before, is loaded") {
  Tensor w = ones({3}).requires_grad_();
  optim::SGD sgd({w}, {.lr = 0.1});
  optim::Lookahead lookahead(sgd);
  sum(w * w).backward();
  lookahead.step();
  const optim::State state = lookahead.state_dict();
  optim::State before;
  for (const auto& [name, value] : state.values)
    before.values[name.starts_with("own/") ? name.substr(4) : name] = value;
  for (const auto& [name, tensor] : state.tensors)
    before.tensors[name.starts_with("own/") ? name.substr(4) : name] = tensor;
  REQUIRE(before.tensors.contains("0/slow"));
  lookahead.step();
  lookahead.load_state_dict(before);
  CHECK(lookahead.state_dict().values == state.values);
}

TEST_CASE("a wrapper loads its own state and the inner one, or neither") {
  Tensor w = ones({3}).requires_grad_();
  optim::SGD sgd({w}, {.lr = 0.1, .momentum = 0.9});
  optim::Proximal optimizer(sgd);
  optimizer.add_group({w}, {.l1 = 0.5});
  optim::State state = optimizer.state_dict();
  optimizer.options().l1 = 0.25;
  sgd.options().lr = 0.2;
  optim::State bad = state;
  bad.values.erase("inner/group.0/lr");
  CHECK(refusal([&] { optimizer.load_state_dict(bad); }) ==
        "SGD: load_state_dict: group.0/lr is missing in the state");
  CHECK(optimizer.options().l1 == 0.25);
  optimizer.load_state_dict(state);
  CHECK(optimizer.options().l1 == 0.5);
  CHECK(sgd.options().lr == 0.1);
}
