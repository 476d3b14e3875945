// One declaration: the command line, the file, the description, and what each refuses.

#include <CLI/CLI.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/trial/hyperparameters.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/catch_compat.hpp"

using namespace cinta;
using nlohmann::json;
using train::Hyperparameters;

namespace {

struct Program {
  double lr = 3e-3, momentum = 0.9;
  std::int64_t hidden = 64;
  int batch = 128, epochs = 15, data = 0;
  std::string optimizer = "adam";
  bool nesterov = false;
  Hyperparameters space{"program"};
  CLI::App app;

  Program() {
    space.add("lr", lr, {.low = 1e-5, .high = 1e-1, .log = true}, "learning rate");
    space.add("hidden", hidden, {.low = 16, .high = 256, .log = true}, "width");
    space.add("batch", batch, {.low = 32, .high = 256, .step = 32}, "rows in a step");
    space.add("optimizer", optimizer, {.names = {"adam", "sgd"}}, "who steps");
    space.add("momentum", momentum,
              {.low = 0, .high = 0.9, .step = 0.1, .when = {"optimizer", {"sgd"}}}, "of SGD");
    space.add("nesterov", nesterov, "looks ahead", {"optimizer", {"sgd"}});
    space.objective("loss", train::Direction::minimize);
    space.objective("accuracy", train::Direction::maximize);
    space.steps(epochs);
    app.add_option("--data", data);
    app.add_option("--epochs", epochs);
    space.add_to(app);
  }
  void parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
  }
  std::string error(const std::vector<std::string>& arguments) {
    try {
      parse(arguments);
    } catch (const CLI::CallForVersion& call) {
      return std::string("described: ") + call.what();
    } catch (const CLI::ParseError& refused) {
      return refused.what();
    }
    return "accepted";
  }
};

std::string file(const std::string& text) {
  static const auto folder =
      std::filesystem::temp_directory_path() / ("hyperparameters_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder / "config.json";
  std::ofstream(path) << text;
  return path;
}

template <class Add>
std::string declaring(const Add& add) {
  Hyperparameters space("program");
  bool flag = false;
  std::string choice = "a";
  space.add("flag", flag, "");
  space.add("choice", choice, {.names = {"a", "b"}}, "");
  try {
    add(space);
  } catch (const ValueError& error) {
    const std::string text = error.what();
    return text.substr(0, text.rfind(" ["));
  }
  return "accepted";
}

}  // namespace

TEST_CASE("flags win over the file, the file over the default") {
  Program p;
  p.parse({"--lr", "0.01", "--config", file(R"({"lr": 1e-4, "hidden": 32, "optimizer": "sgd",
                                               "momentum": 0.3, "nesterov": true})"),
           "--data", "7"});
  CHECK(p.lr == 0.01);
  CHECK(p.hidden == 32);
  CHECK(p.batch == 128);
  CHECK(p.optimizer == "sgd");
  CHECK(p.momentum == 0.3);
  CHECK(p.nesterov);
  CHECK(p.data == 7);
  CHECK(json::parse(p.space.configuration()) == json({{"lr", 0.01},
                                                      {"hidden", 32},
                                                      {"batch", 128},
                                                      {"optimizer", "sgd"},
                                                      {"momentum", 0.3},
                                                      {"nesterov", true}}));
}

TEST_CASE("both ends of a range are in it") {
  for (const char* lr : {"1e-05", "0.1"}) {
    Program p;
    CHECK(p.error({"--lr", lr}) == "accepted");
  }
  for (const char* batch : {"32", "256"}) {
    Program p;
    CHECK(p.error({"--batch", batch}) == "accepted");
  }
  Program p;
  CHECK(p.error({"--optimizer", "sgd", "--momentum", "0.9"}) == "accepted");
}

TEST_CASE("every double reads back as it was") {
  for (const double lr : {1e-5, 0.1, 0.012345678901234567, std::nextafter(1e-3, 1)}) {
    Program p, q;
    p.lr = lr;
    q.space.set(p.space.configuration(), "copy");
    CHECK(q.lr == lr);
  }
}

TEST_CASE("bad command lines and files are one line that says why") {
  const auto refused = [](const std::vector<std::string>& arguments) {
    Program p;
    const std::string text = p.error(arguments);
    CHECK(p.lr == 3e-3);
    CHECK(p.hidden == 64);
    return text;
  };
  CHECK(refused({"--lr", "0.2"}) == "--lr: 0.2 is not between 1e-05 and 0.1");
  CHECK(refused({"--lr", "nan"}) == "--lr: nan is not between 1e-05 and 0.1");
  CHECK(refused({"--lr", "fast"}) == "--lr: 'fast' is not a real number");
  CHECK(refused({"--lr", "0,01"}) == "--lr: '0,01' is not a real number");
  CHECK(refused({"--hidden", "64.5"}) == "--hidden: '64.5' is not a whole number");
  CHECK(refused({"--batch", "100"}) == "--batch: 100 is not 32 and a multiple of 32");
  CHECK(refused({"--optimizer", "lion"}) == "--optimizer: 'lion' is not one of adam, sgd");
  CHECK(refused({"--config", file(R"({"momentum": 0.5})")})
            .starts_with("--config: momentum: counts"));
  CHECK(refused({"--momentum", "0.5"}) == "--momentum: counts only where optimizer is sgd");
  CHECK(refused({"--unknown", "1"}) == "The following arguments were not expected: 1 --unknown");
  const auto bad_file = [&](const std::string& text) {
    const std::string path = file(text), words = refused({"--config", path});
    REQUIRE(words.rfind("--config: " + path + ": ", 0) == 0);
    return words.substr(path.size() + 12);
  };
  CHECK(bad_file(R"({"lrr": 1})") == "there is no hyperparameter 'lrr'");
  CHECK(bad_file(R"({"lr": 1e-3, "hidden": 32, "lr": 1e-2})") == "'lr' stands twice");
  CHECK(bad_file(R"({"lr": 7})") == "lr: 7 is not between 1e-05 and 0.1");
  CHECK(bad_file(R"({"lr": "0.01"})") == "lr: is to be a real number, not \"0.01\"");
  CHECK(bad_file(R"({"hidden": 64.0})") == "hidden: is to be a whole number, not 64.0");
  CHECK(bad_file(R"({"hidden": 18446744073709551615})") ==
        "hidden: 18446744073709551615 is too large");
  CHECK(bad_file(R"({"optimizer": 1})") == "optimizer: is to be a name, not 1");
  CHECK(bad_file(R"({"nesterov": 1})") == "nesterov: is to be true or false, not 1");
  CHECK(bad_file("[1]") == "is no JSON object");
  CHECK(bad_file(std::string((1 << 20) + 1, ' ')) == "is larger than any configuration");
  CHECK_THAT(bad_file("{\"lr\": 0.01"), ContainsSubstring("parse error"));
  CHECK_THAT(bad_file(""), ContainsSubstring("parse error"));
  CHECK_THAT(refused({"--config", "/nowhere/config.json"}),
             ContainsSubstring("/nowhere/config.json"));
}

TEST_CASE("a program's own flag stays, and wins over the file") {
  double lr = 3e-3;
  Hyperparameters space("program");
  CLI::App app;
  app.add_option("--lr", lr);
  space.add("lr", lr, {.low = 1e-5, .high = 1e-1, .log = true}, "learning rate");
  space.add_to(app);
  const std::string path = file(R"({"lr": 0.01})");
  SECTION("file") {
    app.parse("--config " + path);
    CHECK(lr == 0.01);
  }
  SECTION("flag") {
    app.parse("--config " + path + " --lr 5");
    CHECK(lr == 5);
  }
}

TEST_CASE("a flag does not excuse what is wrong in the file") {
  Program p;
  CHECK_THAT(p.error({"--config", file(R"({"lr": 7})"), "--lr", "0.01"}),
             ContainsSubstring("lr: 7 is not between"));
}

TEST_CASE("a refused configuration changes nothing") {
  Program p;
  CHECK_THROWS_AS(p.space.set(R"({"lr": 0.01, "hidden": 1000})", "here"), ValueError);
  CHECK(p.lr == 3e-3);
}

TEST_CASE("the space describes itself") {
  Program p;
  const std::string text = p.error({"--epochs", "9", "--describe-space"});
  REQUIRE(text.rfind("described: ", 0) == 0);
  const json space = json::parse(text.substr(11));
  CHECK(space["contract"] == 1);
  CHECK(space["program"] == "program");
  CHECK(space["steps"] == 9);
  CHECK(space["flags"] == json({"help", "data", "epochs"}));
  CHECK(space["objectives"] == json::parse(R"([{"name": "loss", "direction": "minimize"},
                                               {"name": "accuracy", "direction": "maximize"}])"));
  REQUIRE(space["hyperparameters"].size() == 6);
  CHECK(space["hyperparameters"][0] ==
        json::parse(R"({"name": "lr", "type": "real", "low": 1e-05, "high": 0.1, "log": true,
                        "default": 0.003, "help": "learning rate"})"));
  CHECK(space["hyperparameters"][2] ==
        json::parse(R"({"name": "batch", "type": "whole", "low": 32, "high": 256, "log": false,
                        "step": 32, "default": 128, "help": "rows in a step"})"));
  CHECK(space["hyperparameters"][3]["choices"] == json({"adam", "sgd"}));
  CHECK(space["hyperparameters"][4]["step"] == 0.1);
  CHECK(space["hyperparameters"][5] ==
        json::parse(R"({"name": "nesterov", "type": "flag", "default": false,
                        "when": {"name": "optimizer", "is": ["sgd"]}, "help": "looks ahead"})"));
}

TEST_CASE("conditions reach through conditions") {
  std::string a = "x", b = "u";
  double c = 1;
  Hyperparameters space("program");
  space.add("a", a, {.names = {"x", "y"}}, "");
  space.add("b", b, {.names = {"u", "v"}, .when = {"a", {"y"}}}, "");
  space.add("c", c, {.low = 0, .high = 2, .when = {"b", {"u"}}}, "");
  CHECK(json::parse(space.configuration()) == json({{"a", "x"}}));
  CHECK_THROWS_AS(space.set(R"({"c": 2})", ""), ValueError);
  space.set(R"({"c": 2, "a": "y"})", "");
  CHECK(c == 2);
}

TEST_CASE("what cannot be declared") {
  double real = 1;
  std::int64_t whole = 1;
  std::string name = "a";
  bool flag = false;
  const auto real_range = [&](train::RealRange range) {
    return declaring([&](auto& space) { space.add("x", real, range, ""); });
  };
  const std::string x = "Hyperparameters: 'x': ";
  CHECK(real_range({.low = 1, .high = 1}) == x + "low must be below high, both finite");
  CHECK(real_range({.low = 0, .high = INFINITY}) == x + "low must be below high, both finite");
  CHECK(real_range({.low = 0, .high = 2, .log = true}) == x + "log needs a positive low");
  CHECK(real_range({.low = 1, .high = 2, .log = true, .step = 0.5}) ==
        x + "log and step exclude each other");
  CHECK(real_range({.low = 0, .high = 2, .step = 0.3}) == x + "the steps miss high");
  CHECK(real_range({.low = 2, .high = 3}) == x + "default 1 is not between 2 and 3");
  CHECK(real_range({.low = 0, .high = 2, .when = {"other", {"a"}}}) ==
        x + "its condition 'other' is not declared before it");
  CHECK(real_range({.low = 0, .high = 2, .when = {"choice", {"c"}}}) ==
        x + "its condition: 'choice' is never 'c'");
  CHECK(real_range({.low = 0, .high = 2, .when = {"flag", {"yes"}}}) ==
        x + "its condition: 'flag' is never 'yes'");
  CHECK(declaring([&](auto& s) { s.add("x", whole, {.low = 0, .high = 5, .step = 2}, ""); }) ==
        x + "the steps miss high");
  CHECK(declaring([&](auto& s) {
          s.add("x", whole, {.low = 1, .high = 5, .log = true, .step = 2}, "");
        }) == x + "log and step exclude each other");
  CHECK(declaring([&](auto& s) {
          s.add("x", name, {.names = {"a", "a"}}, "");
        }) == x + "'a' stands twice");
  CHECK(declaring([&](auto& s) {
          s.add("x", name, {.names = {"b", "c"}}, "");
        }) == x + "default 'a' is not one of b, c");
  CHECK(declaring([&](auto& s) { s.add("flag", flag, ""); }) ==
        "Hyperparameters: 'flag': is declared already");
  CHECK(declaring([&](auto& s) { s.add("config", flag, ""); }) ==
        "Hyperparameters: 'config': that flag means something else");
  CHECK(declaring([&](auto& s) { s.add("a b", flag, ""); }) ==
        "Hyperparameters: 'a b': a name has letters, digits, - and _ only");
  int small = 1;
  CHECK(declaring([&](auto& s) { s.add("x", small, {.low = 0, .high = 1LL << 40}, ""); }) ==
        x + "the range is larger than its variable");
}

TEST_CASE("the widest range of whole numbers does not overflow") {
  std::int64_t value = 0;
  Hyperparameters space("program");
  space.add("x", value, {.low = INT64_MIN, .high = INT64_MAX}, "");
  space.set(R"({"x": 9223372036854775807})", "");
  CHECK(value == INT64_MAX);
  space.set(R"({"x": -9223372036854775808})", "");
  CHECK(value == INT64_MIN);
}
