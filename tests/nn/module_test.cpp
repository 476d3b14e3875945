// The tree of modules: what is in it, by name and by pattern; containers; copies.

#include <chrono>
#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using Names = std::vector<std::string>;

namespace {

struct Encoder : nn::Module {
  Tensor forward(const Tensor& x) { return norm(relu(hidden(x))); }
  nn::Linear hidden = add("hidden", nn::Linear(3, 4));
  nn::LayerNorm norm = add("norm", nn::LayerNorm({4}));
};

struct Net : nn::Module {
  Tensor forward(const Tensor& x) { return head(encoder.forward(x)); }
  Encoder encoder = add("encoder", Encoder());
  nn::Linear head = add("head", nn::Linear(4, 2));
  Tensor steps = add_buffer("steps", zeros({}, int64));
};

template <class T>
Names names_of(const T& named) {
  Names names;
  for (const auto& [name, thing] : named) names.push_back(name);
  return names;
}

std::vector<float> values(const Tensor& x) { return x.to_vector<float>(); }

}  // namespace

TEST_CASE("modules by name, with the class they were added as") {
  const Net net;
  CHECK(names_of(net.named_children()) == Names{"encoder", "head"});
  CHECK(names_of(net.named_modules()) ==
        Names{"", "encoder", "encoder.hidden", "encoder.norm", "head"});
  Names kinds;
  for (const auto& [name, module] : net.named_modules()) kinds.push_back(module.kind());
  CHECK(kinds == Names{"Module", "Encoder", "Linear", "LayerNorm", "Linear"});
  Names order;
  net.apply([&](const nn::Module& module) { order.push_back(module.path()); });
  CHECK(order == Names{"encoder.hidden", "encoder.norm", "encoder", "head", ""});

  CHECK(net.get_submodule("encoder.norm").kind() == "LayerNorm");
  CHECK(net.get_tensor("encoder.hidden.bias").impl() == net.encoder.hidden.bias.impl());
  CHECK(error_of([&] {
          net.get_submodule("encoder.drop");
        }).find("get_submodule: the module has no module \"encoder.drop\"") == 0);
  CHECK(error_of([&] {
          net.get_tensor("head.wait");
        }).find("get_tensor: the module has no parameter or buffer \"head.wait\"") == 0);
}

TEST_CASE("initialising by apply") {
  const Net net;
  net.apply([](const nn::Module& module) {
    if (module.kind() == "Linear") {
      const NoGrad no_grad;
      fill_(module.get_tensor("weight"), 0.5);
    }
  });
  CHECK(values(net.head.weight) == std::vector<float>(8, 0.5f));
  CHECK(values(net.encoder.norm.weight) == std::vector<float>(4, 1.f));
}

TEST_CASE("parameters are frozen and unfrozen by pattern") {
  const Net net;
  net.freeze("encoder.*");
  CHECK(names_of(net.named_parameters()) == Names{"head.weight", "head.bias"});
  CHECK(net.state_dict().size() == 7);
  net.unfreeze("*.norm.*");
  CHECK(names_of(net.named_parameters()) ==
        Names{"encoder.norm.weight", "encoder.norm.bias", "head.weight", "head.bias"});
  net.unfreeze();
  CHECK(net.parameters().size() == 6);
  CHECK(error_of([&] {
          net.freeze("decoder.*");
        }).find("freeze: no parameter fits \"decoder.*\"") == 0);
  nn::Dropout().freeze();  // of a module without parameters: nothing to complain of
}

TEST_CASE("the kind of a module has no namespaces, those of its arguments neither") {
  CHECK(nn::detail::class_name(typeid(Net)) == "Net");
  CHECK(nn::detail::class_name(typeid(nn::ModuleList<nn::Linear>)) == "ModuleList<Linear>");
  CHECK(nn::detail::class_name(typeid(nn::Residual<Encoder, nn::Identity>)) ==
        "Residual<Encoder, Identity>");
  CHECK(nn::detail::class_name(typeid(nn::ModuleList<nn::ModuleList<Net>>)) ==
        "ModuleList<ModuleList<Net> >");
}

TEST_CASE("a clone takes a time that grows with the number of its layers") {
  const auto seconds_of = [](int layers) {
    const auto make = [&] {
      nn::ModuleList<nn::Linear> list;
      for (int i = 0; i < layers; ++i) list.push_back(nn::Linear(1, 1));
      return list;
    };
    const auto net = make(), copy = make();
    const auto start = std::chrono::steady_clock::now();
    clone(net, [&] { return copy; });
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // Each name was looked for among all: 64 times this.
  const double few = seconds_of(1500);
  CHECK(seconds_of(12'000) < 24 * few + 0.1);
}

TEST_CASE("a clone has the same values and shares nothing") {
  Net net;
  net.freeze("head.bias");
  net.encoder.eval();
  net.encoder.norm.to(float64);
  add_(net.steps, 5);
  const Net copy = clone(net, [] { return Net(); });
  const NamedTensors a = net.named_tensors(), b = copy.named_tensors();
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].second.spec() == b[i].second.spec());
    CHECK(a[i].second.requires_grad() == b[i].second.requires_grad());
    CHECK(a[i].second.impl()->memory != b[i].second.impl()->memory);
  }
  CHECK(copy.steps.item<std::int64_t>() == 5);
  CHECK(values(copy.head.weight) == values(net.head.weight));
  CHECK(copy.is_training());
  CHECK_FALSE(copy.encoder.hidden.is_training());
  {
    const NoGrad no_grad;
    fill_(copy.head.weight, 9);
  }
  CHECK(values(net.head.weight) != values(copy.head.weight));

  // What is made frozen and was thawed since, and names that are patterns.
  const auto frozen = [] {
    nn::Linear layer(2, 2);
    layer.freeze();
    return layer;
  };
  const nn::Linear thawed = frozen();
  thawed.unfreeze("weight");
  CHECK(clone(thawed, frozen).weight.requires_grad());
  CHECK_FALSE(clone(thawed, frozen).bias.requires_grad());
  const auto heads = [] {
    return nn::ModuleDict<nn::Linear>({{"a?", nn::Linear(1, 1)}, {"ab", nn::Linear(1, 1)}});
  };
  const auto given = heads();
  given["a?"].freeze();
  const auto got = clone(given, heads);
  CHECK(got["a?"].parameters().empty());
  CHECK(got["ab"].parameters().size() == 2);

  CHECK(error_of([&] { clone(net, [] { return Encoder(); }); })
            .find("clone: the module that was made is another one: missing steps, missing "
                  "encoder.hidden.weight, ") == 0);
  CHECK(error_of([] { clone(nn::Linear(2, 3), [] { return nn::Linear(3, 2); }); })
            .find("clone: the module that was made is another one: weight is float32 (3, 2) and "
                  "float32 (2, 3) in the module that was made") == 0);
}

TEST_CASE("Sequential takes modules, functions, and modules of the user's") {
  struct Twice : nn::Module {
    Tensor forward(const Tensor& x) { return x * factor; }
    Tensor factor = add("factor", full({}, 2.));
  };
  nn::Sequential net(
      nn::Linear(3, 2), [](const Tensor& x) { return x + 1; }, Twice(), nn::ReLU());
  CHECK(names_of(net.named_parameters()) == Names{"0.weight", "0.bias", "2.factor"});
  const Tensor x = randn({4, 3});
  const Tensor expected =
      relu((linear(x, net.get_tensor("0.weight"), net.get_tensor("0.bias")) + 1) * 2);
  CHECK(values(net(x)) == values(expected));
  CHECK(net.size() == 4);
}

TEST_CASE("a copy of a container is the same container") {
  nn::Sequential inner, outer(nn::Linear(2, 3));
  outer.push_back(inner);
  inner.push_back(nn::Linear(3, 5));
  CHECK(outer.parameters().size() == 4);
  CHECK(outer(ones({1, 2})).shape() == Shape{1, 5});

  nn::ModuleList<nn::Linear> list, same_list = list;
  list.push_back(nn::Linear(1, 2));
  same_list.push_back(nn::Linear(2, 3));
  CHECK(list.size() == 2);
  CHECK(list[1].weight.impl() == same_list[1].weight.impl());

  nn::ModuleDict<nn::Linear> heads, same_heads = heads;
  heads.insert("price", nn::Linear(1, 2));
  CHECK(same_heads.contains("price"));
}

TEST_CASE("lists and dictionaries of modules") {
  nn::ModuleList<nn::Linear> list({nn::Linear(2, 3), nn::Linear(3, 4)});
  list.push_back(nn::Linear(4, 5));
  CHECK(names_of(list.named_children()) == Names{"0", "1", "2"});
  CHECK(list[-1].weight.shape() == Shape{5, 4});
  std::int64_t in = 0;
  for (const nn::Linear& layer : list) in += layer.weight.size(1);
  CHECK(in == 9);
  CHECK(error_of([&] { list[3]; }).find("ModuleList: no module 3 among 3") == 0);
  CHECK_THROWS_AS(list[-4], IndexError);

  nn::ModuleDict<nn::Linear> heads({{"price", nn::Linear(4, 1)}, {"cut", nn::Linear(4, 5)}});
  CHECK(names_of(heads.named_parameters()) ==
        Names{"price.weight", "price.bias", "cut.weight", "cut.bias"});
  CHECK(heads["cut"].weight.size(0) == 5);
  CHECK(heads.contains("price"));
  CHECK_FALSE(heads.contains("colour"));
  CHECK(error_of([&] {
          heads["colour"];
        }).find("ModuleDict: no module \"colour\" among price cut") == 0);
  CHECK_THROWS_AS(heads.insert("cut", nn::Linear(1, 1)), ValueError);
  CHECK_THROWS_AS(heads.insert("a.b", nn::Linear(1, 1)), ValueError);
}

TEST_CASE("a residual adds what went in") {
  nn::Linear inner(3, 3);
  nn::Residual block(inner);
  const Tensor x = randn({2, 3});
  CHECK(values(block(x)) == values(inner(x) + x));
  nn::Linear wider(3, 5), shortcut(3, 5, {.bias = false});
  nn::Residual changed(wider, shortcut);
  CHECK(values(changed(x)) == values(wider(x) + shortcut(x)));
  CHECK(names_of(changed.named_parameters()) ==
        Names{"inner.weight", "inner.bias", "shortcut.weight"});
}

TEST_CASE("Flatten and Unflatten change the shape") {
  const Tensor x = randn({2, 3, 4, 5});
  CHECK(nn::Flatten()(x).shape() == Shape{2, 60});
  CHECK(nn::Flatten(2, -1)(x).shape() == Shape{2, 3, 20});
  CHECK(nn::Flatten(0, 1)(x).shape() == Shape{6, 4, 5});
  CHECK(nn::Unflatten(1, {3, 4, 5})(nn::Flatten()(x)).shape() == Shape{2, 3, 4, 5});
  CHECK(nn::Unflatten(-1, {-1, 6})(nn::Flatten()(x)).shape() == Shape{2, 10, 6});
  CHECK_THROWS_AS(nn::Unflatten(1, {7, 4})(nn::Flatten()(x)), ShapeError);
  CHECK_THROWS_AS(nn::Unflatten(2, {7, 4})(nn::Flatten()(x)), IndexError);
  CHECK(nn::Identity()(x).impl() == x.impl());
}

TEST_CASE("activations keep their numbers") {
  const Tensor x = tensor({-2.f, -0.25f, 0.f, 0.25f, 2.f});
  CHECK(values(nn::LeakyReLU(0.5)(x)) == values(leaky_relu(x, 0.5)));
  CHECK(values(nn::LeakyReLU()(x)) == values(leaky_relu(x, 0.01)));
  CHECK(values(nn::ELU(2)(x)) == values(elu(x, 2)));
  CHECK(values(nn::CELU(2)(x)) == values(celu(x, 2)));
  CHECK(values(nn::Hardshrink()(x)) == values(hardshrink(x)));
  CHECK(values(nn::Softshrink()(x)) == values(softshrink(x)));
  CHECK(values(nn::Hardtanh(-1, 0.5)(x)) == values(hardtanh(x, -1, 0.5)));
  CHECK(values(nn::Threshold(0.1, -7)(x)) == values(threshold(x, 0.1, -7)));
  CHECK(values(nn::Softmax(-1)(x)) == values(softmax(x, -1)));
  CHECK(values(nn::LogSoftmax(0)(x)) == values(log_softmax(x, 0)));
  CHECK(values(nn::Softplus()(x)) == values(softplus(x)));
  nn::PReLU slopes(3);
  CHECK(values(slopes.weight) == std::vector<float>(3, 0.25f));
  const Tensor images = randn({2, 3, 4});
  CHECK(values(slopes(images)) == values(prelu(images, slopes.weight)));
  CHECK_THROWS_AS(nn::PReLU(0), ValueError);
  struct Holder : nn::Module {
    nn::ReLU act = add("act", nn::ReLU());
    nn::LeakyReLU leaky = add("leaky", nn::LeakyReLU());
  } holder;
  CHECK(holder.act.kind() == "ReLU");
  CHECK(holder.leaky.kind() == "LeakyReLU");
}

TEST_CASE("a state with a name that is there twice is refused") {
  const nn::Linear layer(1, 1);
  NamedTensors state = layer.state_dict();
  for (auto& [name, tensor] : state) tensor = full(tensor.shape(), 3);
  state.emplace_back("weight", full({1, 1}, 7));
  const float before = layer.weight.item<float>();
  for (const bool strict : {true, false})
    CHECK(error_of([&] {
            layer.load_state_dict(state, strict);
          }).find("load_state_dict: given twice: weight") == 0);
  CHECK(layer.weight.item<float>() == before);
}
