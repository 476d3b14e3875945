#pragma once
// An example that has to end well, and what it found.

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace program {

/// results.json of a run. In one thread: products as small as an example's gain nothing from a
/// second one, and wait for it on a busy machine.
inline nlohmann::json results(const std::string& name, const Workplace& place,
                              const Arguments& arguments = {}) {
  REQUIRE(setenv("OMP_NUM_THREADS", "1", 1) == 0);
  const Process p = run(name, place, Arguments{"--quiet"} + arguments);
  CAPTURE(p.out, p.err);
  REQUIRE(p.code == 0);
  return nlohmann::json::parse(read(place.out() + "/results.json"));
}

}  // namespace program
