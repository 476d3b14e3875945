// The checks are checked: gradients that are wrong on purpose, in every way that we could think
// of, must be found; the same operations without the fault must pass for any input. The faults are
// in tests/planted_faults/, one a row.

#include <iostream>
#include <set>

#include "autograd/planted_faults/faults.hpp"
#include "support/catch_compat.hpp"

using planted::Fault, planted::faults;
using namespace cinta;

namespace {

constexpr int seeds = sanitized ? 2 : 100;  // as in the op table

const GradientCheckOptions methods[] = {{.method = GradientCheckOptions::full},
                                        {.method = GradientCheckOptions::projections}};

}  // namespace

TEST_CASE("planted faults are found, entry by entry and by random projections") {
  std::set<std::string> names;
  int found = 0;
  for (const Fault& fault : faults()) {
    CHECK(names.insert(fault.name).second);
    for (const GradientCheckOptions& options : methods) {
      manual_seed(1);
      const GradientReport report = fault.check(true, options);
      INFO(fault.name << ": " << report.str());
      CHECK_FALSE(report);
      CHECK_THAT(report.str(), ContainsSubstring(fault.found));
      found += !report;
    }
  }
  const std::size_t count = faults().size();
  std::cout << "planted faults: " << count << " kinds, found " << found << " of " << 2 * count
            << " times (all entries, and projections)\n";
  CHECK(count >= 60);
  CHECK(found == int(2 * count));
}

TEST_CASE("the same operations without the fault are never rejected") {
  int rejected = 0;
  for (const Fault& fault : faults()) {
    for (int seed = 1; seed <= seeds; ++seed) {
      manual_seed(std::uint64_t(seed));
      // Both methods, each on half of the seeds.
      const GradientReport report = fault.check(false, methods[seed % 2]);
      if (!report) FAIL_CHECK(fault.name << ", seed " << seed << ": " << report);
      rejected += !report;
    }
  }
  std::cout << "without the fault: " << rejected << " of " << seeds * int(faults().size())
            << " checks rejected (" << seeds << " seeds)\n";
  CHECK(rejected == 0);
}
