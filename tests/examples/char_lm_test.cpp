// examples/char_lm: both models learn a text, and the n-grams are what counting by hand gives.

#include <cmath>

#include "../../examples/char_lm/ngram.hpp"
#include "support/results.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "char_lm";

// A text of many sentences of one form, which is learnt in few steps.
std::string sentences() {
  const std::string who[] = {"the cat", "a dog", "my horse", "one bird"},
                    what[] = {"sees", "hears", "likes"};
  std::string text;
  for (std::size_t i = 0; i < 400; ++i)
    text += who[i * 7 % 4] + " " + what[i * 5 % 3] + " " + who[i * 3 % 4] + ".\n";
  return text;
}

}  // namespace

TEST_CASE("char_lm: n-grams are interpolated counts") {
  const std::vector<std::int64_t> text{0, 1, 0, 1, 0, 0};
  const NGram model(2, 2, text);
  // Alone: four of 0, two of 1, two kinds, the rest shared by two characters.
  const double zero = (4 + 2 * 0.5) / 8, one = (2 + 2 * 0.5) / 8;
  CHECK(model.probability({0}, 0) == Approx(zero));
  // After 1 came 0 twice, nothing else; after 0 came 1 twice and 0 once.
  CHECK(model.probability({1, 0}, 1) == Approx((2 + zero) / 3));
  CHECK(model.probability({1, 1}, 1) == Approx(one / 3));
  CHECK(model.probability({0, 1}, 1) == Approx((2 + 2 * one) / 5));
  CHECK(model.probability({0, 0}, 1) + model.probability({0, 1}, 1) == Approx(1));
}

TEST_CASE("char_lm: both models learn a text and write it; the same again for the same seed") {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    const Workplace place(sentences());
    const auto models = program::results(
        name, place,
        {"--data", place.data(), "--steps", "60", "--width", "32", "--context", "24", "--batch",
         "16", "--lr", "0.01", "--length", "100", "--order", "3"})["models"];
    const std::string text = program::read(place.out() + "/results.json");
    if (i > 0) {
      CHECK(text == first);
      continue;
    }
    first = text;
    REQUIRE(models.size() == 3);
    const double by_chance = 20;  // characters that the text has, or so
    for (int k = 0; k < 3; ++k) {
      CAPTURE(k);
      CHECK(double(models[k]["perplexity"]) > 1);
      CHECK(double(models[k]["perplexity"]) < by_chance / 4);
    }
    CHECK(program::read(place.out() + "/samples.txt").size() > 200);
    CHECK(std::filesystem::file_size(place.out() + "/perplexity.png") > 5000);
  }
}

TEST_CASE("char_lm: bad input is refused in one line and leaves nothing") {
  CHECK(refusal(name, sentences(), {"--width", "30"}) == "--width: a multiple of the 4 heads");
  CHECK(refusal(name, sentences(), {"--lr", "0"}) == "--lr: a positive number");
  CHECK(refusal(name, sentences(), {"--temperature", "-1"}) == "--temperature: a positive number");
  CHECK(refusal(name, "too short", {}) ==
        "t.csv: needs more than 660 characters for pieces of 64, has 9");
  CHECK(refusal(name, Workplace(), {"--data", "/nowhere"}) == "/nowhere: cannot be read");
  CHECK(refusal(name, sentences(), {"--dropout", "1"}) == "--dropout: at least 0 and below 1");
  const Workplace few("too short");
  CHECK(refusal(name, few, {"--data", few.data(), few.data()}) ==
        "--data: the last text and the others need 66 characters for pieces of 64");
}
