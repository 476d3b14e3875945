// The exercise of the lecture, on any CSV file: what are embeddings of categories worth, and did
// they learn something or were they told?
//
// Exit codes: 0 done, 2 bad input or a request that cannot be met, 130 interrupted, 1 a bug.

#include <cinta/autograd/error.hpp>
#include <iostream>

#include "report.hpp"

namespace {

void run(const exercise::Options& options) {
  cinta::train::OutputFolder folder(options.output, "results.json");
  const exercise::Dataset data = exercise::load_dataset(options);
  const exercise::Results results = exercise::run_exercise(data, options);
  exercise::print_report(std::cout, data, options, results);

  const std::string failed = exercise::write_results(folder, data, options, results);
  exercise::check_interrupt();
  folder.commit();
  std::cout << "\nresults, learning curves and models are in " << folder.path() << '\n';
  if (!failed.empty())
    std::cerr << "no plot of the learning curves, only their CSV: " << failed << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = exercise::parse_options(argc, argv);
    if (!options) return 0;
    exercise::catch_interrupts();
    run(*options);
    return 0;
  } catch (const exercise::Interrupted& interrupted) {
    std::cerr << interrupted.what() << '\n';
    return 130;
  } catch (const cinta::Error& error) {
    std::cerr << "embedding_exercise: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "embedding_exercise: internal error: " << error.what() << '\n';
    return 1;
  }
}
