// The exercise of the lecture, on any CSV file: what are embeddings of categories worth, and did
// they learn something or were they told?

#include <iostream>

#include "../common/program.hpp"
#include "report.hpp"

namespace {

void run(const exercise::Options& options) {
  cinta::train::OutputFolder folder(options.output, "results.json");
  const exercise::Dataset data = exercise::load_dataset(options);
  const exercise::Results results = exercise::run_exercise(data, options);
  exercise::print_report(std::cout, data, options, results);

  const std::string failed = exercise::write_results(folder, data, options, results);
  example::check_interrupt();
  folder.commit();
  std::cout << "\nresults, learning curves and models are in " << folder.path() << '\n';
  if (!failed.empty())
    std::cerr << "no plot of the learning curves, only their CSV: " << failed << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("embedding_exercise", [&] {
    const auto options = exercise::parse_options(argc, argv);
    if (!options) return;
    if (options->trial.empty())
      run(*options);
    else
      exercise::run_trial(*options);
  });
}
