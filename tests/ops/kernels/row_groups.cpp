// Groups of equal ids against a plain search.

#include <cinta/ops/kernels/scatter_add/row_groups.hpp>
#include <map>

#include "ops/kernels/arrays.hpp"

namespace arrays {

TEST_CASE("equal ids are grouped in the order in which they came") {
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = std::size_t(random_int(0, 300));
    const std::int64_t distinct = random_int(1, 200);
    const int shift = int(random_int(0, 55));  // far apart, and alike in their low bits
    std::vector<std::int64_t> ids(count);
    for (std::int64_t& id : ids) id = random_int(0, distinct) << shift;

    std::map<std::int64_t, std::vector<std::int64_t>> places;
    std::vector<std::int64_t> in_order;
    for (std::size_t i = 0; i < count; ++i) {
      if (places[ids[i]].empty()) in_order.push_back(ids[i]);
      places[ids[i]].push_back(std::int64_t(i));
    }
    const auto check = [&](const kernels::RowGroups& groups) {
      REQUIRE(groups.first.size() == groups.ids.size() + 1);
      for (std::int64_t g = 0; g < groups.size(); ++g) {
        const auto got = groups.places(g);
        REQUIRE(std::vector<std::int64_t>(got.begin(), got.end()) ==
                places[groups.ids[std::size_t(g)]]);
      }
    };
    CAPTURE(round, count, distinct, shift);
    const kernels::RowGroups groups = kernels::group_rows(ids.data(), std::int64_t(count));
    REQUIRE(groups.ids == in_order);
    check(groups);
    const kernels::RowGroups sorted = kernels::by_ids(groups);
    std::sort(in_order.begin(), in_order.end());
    REQUIRE(sorted.ids == in_order);
    check(sorted);
  }
}

}  // namespace arrays
