// Random programs of shapes, views, writes in place, arithmetic and derivatives: each tensor and
// each gradient is, to the bit, what a slow interpreter (plain.hpp) makes of the same program, and
// what it finds impossible is refused by one line. Numbers are small integers, so that both are
// exact.

#include "fuzz/shapes/program.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Program(data, std::min<std::size_t>(size, 200)).run();
  return 0;
}
