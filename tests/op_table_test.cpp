// Every row of tests/op_table/ through the driver, one section each:
//   test_op_table -c softmax

#include "op_table.hpp"

#include <map>

#include "catch_compat.hpp"

std::vector<op_table::Row>& op_table::rows() {
  static std::vector<Row> all;
  return all;
}

TEST_CASE("op table") {
  REQUIRE_FALSE(op_table::rows().empty());
  std::map<std::string, int> seen;
  for (const op_table::Row& row : op_table::rows()) {
    const int count = ++seen[row.name];
    DYNAMIC_SECTION(row.name << (count > 1 ? " (" + std::to_string(count) + ")" : "")) {
      for (const std::string& failure : cinta::check::run(row)) FAIL_CHECK(failure);
      SUCCEED();
    }
  }
}
