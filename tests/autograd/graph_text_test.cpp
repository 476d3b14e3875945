#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

#include <pthread.h>

#include <algorithm>
#include <cinta/cinta.hpp>
#include <functional>
#include <sstream>

using namespace cinta;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Whether the text is a digraph of node and edge statements whose quotes and brackets are closed
// and whose edges name declared nodes.
bool is_dot(const std::string& text) {
  const auto lines = lines_of(text);
  if (lines.front() != "digraph cinta {" || lines.back() != "}") return false;
  std::vector<std::string> names;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.substr(0, 2) != "  " || line.back() != ';') return false;
    bool quoted = false;
    int open = 0;
    for (std::size_t k = 0; k < line.size(); ++k) {
      if (quoted && line[k] == '\\') {
        ++k;
      } else if (line[k] == '"') {
        quoted = !quoted;
      } else if (!quoted) {
        open += (line[k] == '[') - (line[k] == ']');
      }
    }
    if (quoted || open != 0) return false;
    std::istringstream words(line);
    std::string first, second, third;
    words >> first >> second >> third;
    if (second != "->") {
      names.push_back(first);
      continue;
    }
    if (third.back() == ';') third.pop_back();
    for (const std::string& end : {first, third})
      if (std::find(names.begin(), names.end(), end) == names.end()) return false;
  }
  return true;
}

std::string at(int line) { return "graph_text_test.cpp:" + std::to_string(line); }

}  // namespace

TEST_CASE("to_tape: a line for every node, in the order of execution") {
  Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}), w = tensor({1, 2, 3});
  x.requires_grad_(), w.requires_grad_();
  const int above = __LINE__;
  const Tensor y = exp(x);
  const Tensor a = y * w;
  const Tensor b = 2 * y;
  const Tensor s = sum(a + b);
  const auto lines = lines_of(to_tape(s));
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == "%0 = leaf  float32 (2, 3)  [" + at(above - 1) + "]");
  CHECK(lines[1] == "%1 = leaf  float32 (3,)  [" + at(above - 1) + "]");
  CHECK(lines[2] == "%2 = exp(%0)  float32 (2, 3)  saves output  [" + at(above + 1) + "]");
  CHECK(lines[3] ==
        "%3 = mul(%2, %1)  float32 (2, 3)  saves input 0, input 1  [" + at(above + 2) + "]");
  CHECK(lines[4] == "%4 = mul(_, %2)  float32 (2, 3)  saves input 0  [" + at(above + 3) + "]");
  CHECK(lines[5] == "%5 = add(%3, %4)  float32 (2, 3)  [" + at(above + 4) + "]");
  CHECK(lines[6] == "%6 = sum(%5)  float32 ()  [" + at(above + 4) + "]");
  s.backward();
  CHECK(lines_of(to_tape(s))[2] == "%2 = exp(%0)  float32 (2, 3)  [" + at(above + 1) + "]");
  CHECK(to_tape(x) == "%0 = leaf  float32 (2, 3)  [" + at(above - 1) + "]\n");
  CHECK(to_tape(x.detach()) == "not recorded  float32 (2, 3)\n");
}

TEST_CASE("to_dot: operations, shapes, sites, leaves, the root, saved tensors, edges") {
  struct Net : nn::Module {
    nn::Linear out = add("out", nn::Linear(3, 2));
  } net;
  const Tensor y = net.out(ones({4, 3}));
  const int line = __LINE__ - 1;
  const Tensor z = y - y;
  const int last = __LINE__ - 1;
  const std::string text = to_dot(z);
  INFO(text);
  CHECK(is_dot(text));
  CHECK_THAT(text, ContainsSubstring("[label=\"leaf\\nfloat32 (2, 3)\\n"));
  CHECK_THAT(text, ContainsSubstring("shape=box, style=filled, fillcolor=lightblue]"));
  CHECK_THAT(text, ContainsSubstring("linear\\nfloat32 (4, 2)\\nout, " + at(line) +
                                     "\\nsaves input 0\"];"));
  CHECK_THAT(text, ContainsSubstring("[label=\"sub\\nfloat32 (4, 2)\\n" + at(last) +
                                     "\", peripheries=2];"));
  CHECK_THAT(text, ContainsSubstring("n2 -> n3 [label=\"0\"];\n  n2 -> n3 [label=\"1\"];"));
  const std::string alone = to_dot(ones({2}));
  CHECK(is_dot(alone));
  CHECK_THAT(alone, ContainsSubstring("[label=\"not recorded\\nfloat32 (2,)\", shape=box];"));
}

TEST_CASE("to_dot escapes names") {
  const Tensor x = ones({2}).requires_grad_();
  Site site("dir/we\"ird\\.cpp", 3);
  site.module = "a\nb";
  const Tensor y = apply(
      {"say \"hi\"", Save::nothing(), site}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& out) { copy_(out, in[0]); },
      [](const Grad& g) { return g.dy; });
  const std::string text = to_dot(y);
  INFO(text);
  CHECK(is_dot(text));
  CHECK_THAT(text,
             ContainsSubstring(R"([label="say \"hi\"\nfloat32 (2,)\na\nb, we\"ird\\.cpp:3")"));
}

TEST_CASE("long graphs become text without recursion") {
  constexpr int length = 200'000;
  std::vector<std::string> tape, dot;
  const std::function<void()> work = [&] {
    Tensor y = ones({}).requires_grad_();
    for (int i = 0; i < length; ++i) y = y + y;
    tape = lines_of(to_tape(y));
    dot = lines_of(to_dot(y));
  };
  // In a thread whose stack would not hold a deep recursion.
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  const auto start = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, start,
                         const_cast<void*>(static_cast<const void*>(&work))) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  REQUIRE(tape.size() == length + 1);
  CHECK_THAT(tape.back(), StartsWith("%200000 = add(%199999, %199999)  float32 ()"));
  CHECK(dot.size() == 3 + (length + 1) + 2 * length);
}

TEST_CASE("graph text of nothing is an error") {
  CHECK_THAT(error_of([&] { to_dot(Tensor()); }), StartsWith("to_dot: undefined tensor [graph_"));
  CHECK_THAT(error_of([&] { to_tape(Tensor()); }), StartsWith("to_tape: undefined tensor [graph_"));
}
