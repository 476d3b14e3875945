// examples/two_tower: better than popularity, more so when corrected for it.

#include "support/results.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "two_tower";
}  // namespace

TEST_CASE("two_tower: learned vectors find more than popularity does") {
  const Workplace place;
  const auto r = program::results(name, place);
  const double popular = r["popular"], truth = r["truth"];
  const auto recalls = [&](const char* run) {
    return r["recalls"][run].get<std::vector<double>>();
  };
  CHECK(r["held_out"] == 2000);
  CHECK(popular > 0.1);
  CHECK(recalls("two towers").back() > popular);
  CHECK(recalls("two towers, corrected").back() > 1.7 * popular);
  CHECK(recalls("two towers, corrected").back() < truth);
  CHECK(recalls("two towers, corrected").size() == 12);
  CHECK(std::filesystem::file_size(place.out() + "/recall.png") > 10000);
}

TEST_CASE("two_tower: rows of a file, and bad input refused in one line") {
  std::string csv = "who,what\n";
  for (int user = 0; user < 40; ++user)  // even users take even items, odd ones odd items
    for (int i = 0; i < 6; ++i)
      csv += "u" + std::to_string(user) + ",i" +
             std::to_string((user * 7 + i * 4) % 20 * 2 + user % 2) + "\n";
  CHECK(refusal(name, csv, {}) == "t.csv:1: no column 'user'; the columns are 'who', 'what'");
  const program::Arguments columns{"--user", "who", "--item", "what"};
  const auto with = [&](program::Arguments more) {
    more.insert(more.begin(), columns.begin(), columns.end());
    return refusal(name, csv, more);
  };
  CHECK(with({"-k", "41"}) == "-k: there are 20 items");
  CHECK(with({"--lr", "0"}) == "--lr: a positive number");
  CHECK(with({"--temperature", "0"}) == "--temperature: a positive number");
  // Vectors that are no numbers: every item was the best for everybody.
  const Workplace place(csv);
  const auto wild = program::run(name, place,
                                 {"--quiet", "--data", place.data(), "--user", "who", "--item",
                                  "what", "-k", "5", "--epochs", "1", "--lr", "1e308"});
  CHECK(wild.code == 2);
  CHECK(wild.err == "two_tower: a score is no longer a number; a smaller learning rate may help\n");
  CHECK(refusal(name, "user,item\na,1\nb,2\n", {}) ==
        "t.csv: no user has two rows, so that none can be held out");
}
