// examples/big_table on small tables.

#include <cinta/io/csv.hpp>

#include "support/program.hpp"

namespace {

using program::refusal;
using program::run;
using program::Workplace;

const std::string name = "big_table";

}  // namespace

TEST_CASE("big_table: lazy and dense tables agree, and memory is the table's") {
  const Workplace place;
  const program::Process p =
      run(name, place,
          {"--rows", "2000,200000", "--steps", "30", "--dense-steps", "20", "--batch", "64"});
  INFO(p.err);
  REQUIRE(p.code == 0);
  CHECK_THAT(p.out, StartsWith("rows"));
  CHECK_THAT(p.err, ContainsSubstring("200000 rows, dense"));
  const auto table = cinta::io::read_csv(place.out() + "/results.csv");
  REQUIRE(table.rows() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(std::stod(table["difference"][i]) < 3e-6);
  if (sanitized) SKIP_TEST("the sanitizer's own memory counts, too");
  // 200,000 rows of 32 are 24.4 MB; a second table, or a dense gradient, would be as much again.
  CHECK(std::stod(table["used_mb"][1]) < 1.7 * std::stod(table["table_mb"][1]));
}

TEST_CASE("big_table: bad flags") {
  const Workplace place;
  CHECK(refusal(name, place, {"--l2", "-1"}) == "--l2: a number that is not negative");
  CHECK(refusal(name, place, {"--l1", "nan"}) == "--l1: a number that is not negative");
  CHECK(refusal(name, place, {"--lr", "0"}) == "--lr: a positive number");
  CHECK_THAT(refusal(name, place, {"--rows", "0"}), StartsWith("--rows: "));
  CHECK_THAT(refusal(name, place, {"--seed", "99999999999999999999"}), StartsWith("--seed: "));
  CHECK(refusal(name, place,
                {"--rows", "20", "--steps", "1", "--dense-steps", "9", "--lr", "1e30", "--l1", "0",
                 "--quiet"}) ==
        "the tables are no longer finite after 9 steps; a smaller --lr may help");
}
