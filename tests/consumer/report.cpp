// The library beside the core.
#include <cinta/train/report/progress.hpp>

#include <iostream>
#include <sstream>

int main() {
  std::ostringstream out;
  {
    cinta::train::Progress progress(out, 1);
    progress.advance();
  }
  std::cout << out.str();
  return out.str().empty();
}
