#include "exercise.hpp"

namespace exercise {

Results run_exercise(const Dataset& data, const Options& options) {
  Results results;
  if (options.controls) results.unseen_column = unseen_column(data, options);
  const std::int64_t trainings = 2 + options.controls + (results.unseen_column ? 2 : 0);
  const auto training_rows =
      static_cast<std::int64_t>(static_cast<double>(data.rows()) * options.fractions.train);
  Session session(options, static_cast<std::int64_t>(options.seeds.size()) * trainings *
                               steps_of(options, training_rows));

  const auto append = [](std::vector<Run>& to, std::vector<Run> runs) {
    for (Run& run : runs) to.push_back(std::move(run));
  };
  for (const std::uint64_t seed : options.seeds) {
    const Split split = split_dataset(data, options, seed);
    const Features features = make_features(data, split);
    results.models.push_back(table_run(baseline_name(data), data, split, {}, seed));
    results.models.push_back(train_model(without_embeddings, data, features, false, seed, session));
    results.models.push_back(train_model(with_embeddings, data, features, true, seed, session));
    results.preprocessing.push_back(features.learned);
    if (!options.controls) continue;
    append(results.tables, table_control(data, split, seed));
    results.shuffled.push_back(shuffled_control(data, split, seed, session));
    if (results.unseen_column)
      append(results.unseen, unseen_control(data, *results.unseen_column, seed, session));
  }
  return results;
}

}  // namespace exercise
