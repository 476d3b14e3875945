// Retrieval by two towers: users and items become vectors whose product says what goes together,
// learned from who took what, with the other items of a batch as negatives.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cmath>
#include <numeric>

#include "../common/flags.hpp"
#include "../common/text_table.hpp"
#include "../common/training.hpp"

namespace {

using namespace cinta;
using example::Json;
using example::number;

struct Options : example::RunOptions {
  std::string data;  // empty: generated
  std::string user = "user", item = "item";
  io::CsvOptions csv;
  std::int64_t width = 16;
  double temperature = 0.2;
  int epochs = 12;
  std::int64_t batch = 512;
  double lr = 3e-2;
  int k = 20;
  std::int64_t seed = 1;
  bool corrected = true;  // of a trial
};

bool parse(Options& o, int argc, char** argv) {
  CLI::App app("Learns which items users take, and how often the next one is among the best K.",
               "two_tower");
  app.add_option("--data", o.data,
                 "CSV file with a row for each item that a user took, in the order of time. Left "
                 "out: 2000 users and 1000 items with hidden tastes are generated")
      ->option_text("FILE");
  app.add_option("--user", o.user, "column of the users")->option_text("COLUMN [user]");
  app.add_option("--item", o.item, "column of the items")->option_text("COLUMN [item]");
  const example::CsvFlags csv(app);
  app.add_option("--width", o.width, "numbers in a vector")
      ->check(CLI::Range(1, 1 << 16))
      ->option_text("N [16]");
  app.add_option("--temperature", o.temperature, "what the products of unit vectors are divided by")
      ->option_text("X [0.2]");
  app.add_option("--epochs", o.epochs, "passes over the training rows")
      ->check(CLI::Range(1, 1000000))
      ->option_text("N [12]");
  app.add_option("--batch", o.batch, "rows in a step, each one's negatives are the others")
      ->check(CLI::Range(2, 1 << 20))
      ->option_text("N [512]");
  app.add_option("--lr", o.lr, "learning rate of Adam")->option_text("X [0.03]");
  app.add_option("-k", o.k, "items that a user is shown")
      ->check(CLI::Range(1, 1 << 20))
      ->option_text("N [20]");
  example::add_seed(app, o.seed, "weights, order and generated data");
  o.add_to(app, "the plot and results");
  train::Hyperparameters space("two_tower");
  space.add("lr", o.lr, {.low = 1e-3, .high = 0.3, .log = true}, "learning rate of Adam");
  space.add("temperature", o.temperature, {.low = 0.02, .high = 1, .log = true}, "of the softmax");
  space.add("width", o.width, {.low = 4, .high = 64, .log = true}, "numbers in a vector");
  space.add("batch", o.batch, {.low = 64, .high = 2048, .log = true}, "rows in a step");
  space.add("corrected", o.corrected, "of a trial: how often items are taken is corrected for");
  space.objective("recall", train::Direction::maximize);
  space.steps(o.epochs);
  space.add_to(app);
  if (!example::parse(app, argc, argv)) return false;
  o.trial = space.trial_folder();
  o.csv = csv.options();
  example::require(std::isfinite(o.lr) && o.lr > 0, "--lr: a positive number");
  example::require(std::isfinite(o.temperature) && o.temperature > 0,
                   "--temperature: a positive number");
  return true;
}

/// Who took what. The last item of each user with at least two is held out.
struct Data {
  std::vector<std::int64_t> users, items;  // of training
  std::vector<std::int64_t> test_users, test_items;
  std::int64_t user_count = 0, item_count = 0;
  Tensor truth;  // (users, items), the chances that generated data were drawn with; or undefined
};

Data held_out(const std::vector<std::int64_t>& users, const std::vector<std::int64_t>& items,
              std::int64_t user_count, std::int64_t item_count) {
  std::vector<std::size_t> last(std::size_t(user_count), users.size());
  std::vector<int> rows(std::size_t(user_count), 0);
  for (std::size_t row = 0; row < users.size(); ++row) {
    last[std::size_t(users[row])] = row;
    ++rows[std::size_t(users[row])];
  }
  Data data;
  data.user_count = user_count;
  data.item_count = item_count;
  for (std::size_t row = 0; row < users.size(); ++row) {
    const auto user = std::size_t(users[row]);
    const bool test = rows[user] > 1 && last[user] == row;
    (test ? data.test_users : data.users).push_back(users[row]);
    (test ? data.test_items : data.items).push_back(items[row]);
  }
  return data;
}

Data load(const Options& o) {
  const io::CsvTable table = io::read_csv(o.data, o.csv);
  std::vector<std::int64_t> ids[2];
  std::int64_t counts[2];
  train::Rows all(table.rows());
  std::iota(all.begin(), all.end(), 0);
  for (const int which : {0, 1}) {
    const auto cells = table.columns[table.index(which == 0 ? o.user : o.item)].strings();
    const train::Vocabulary known(cells, all);
    ids[which] = known.encode(cells);
    for (std::int64_t& id : ids[which]) --id;  // nothing is unknown here
    counts[which] = known.size() - 1;
  }
  Data data = held_out(ids[0], ids[1], counts[0], counts[1]);
  example::require(!data.test_users.empty() && !data.users.empty(),
                   o.data + ": no user has two rows, so that none can be held out");
  return data;
}

/// Tastes and items are directions; an item is taken the more often the nearer it is to the user's
/// taste and the more popular it is at all, as by Zipf's law. Nobody takes an item twice.
Data generate() {
  constexpr std::int64_t users = 2000, items = 1000, each = 30, width = 8;
  const auto directions = [](std::int64_t count) {
    const Tensor x = randn({count, width}, float64);
    return x / sqrt(sum(square(x), 1, true));
  };
  const Tensor popularity = log(arange(items) + 5.) * -0.9;
  const Tensor score = matmul(directions(users), transpose(directions(items))) * 6 + popularity;
  // The best of scores with Gumbel noise are draws without putting back.
  const Tensor noisy = score - log(-log(uniform({users, items}, 1e-12, 1, float64)));
  const std::vector<double> values = noisy.to_vector<double>();
  std::vector<std::int64_t> user_of, item_of;
  for (std::int64_t user = 0; user < users; ++user) {
    const double* row = values.data() + user * items;
    std::vector<std::int64_t> order(items);
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + each, order.end(),
                      [&](std::int64_t a, std::int64_t b) { return row[a] > row[b]; });
    // The first ones are the likeliest: which is held out has to be chance.
    const auto shuffled = randperm(each).to_vector<std::int64_t>();
    for (const std::int64_t at : shuffled) {
      user_of.push_back(user);
      item_of.push_back(order[std::size_t(at)]);
    }
  }
  Data data = held_out(user_of, item_of, users, items);
  data.truth = score;
  return data;
}

struct Towers : nn::Module {
  Towers(const Data& data, std::int64_t width)
      : users(add("users", nn::Embedding(data.user_count, width))),
        items(add("items", nn::Embedding(data.item_count, width))) {}

  static Tensor unit(const Tensor& x) { return x / sqrt(sum(square(x), 1, true) + 1e-12); }
  Tensor user(const Tensor& ids) const { return unit(users(ids)); }
  Tensor item(const Tensor& ids) const { return unit(items(ids)); }

  nn::Embedding users, items;
};

Tensor ids_of(const std::vector<std::int64_t>& ids) {
  return from_data(ids, {std::int64_t(ids.size())});
}

/// Of the held-out items the share that is among the k best of their user's, without those that the
/// user took in training. `scores` are (test users, items).
double recall(const Data& data, const Tensor& scores, int k) {
  std::vector<std::vector<std::int64_t>> taken(std::size_t(data.user_count));
  for (std::size_t row = 0; row < data.users.size(); ++row)
    taken[std::size_t(data.users[row])].push_back(data.items[row]);
  const std::vector<double> values = to(scores, float64).to_vector<double>();
  std::int64_t hits = 0;
  for (std::size_t row = 0; row < data.test_users.size(); ++row) {
    std::vector<double> of_user(values.begin() + std::ptrdiff_t(row) * data.item_count,
                                values.begin() + std::ptrdiff_t(row + 1) * data.item_count);
    for (const std::int64_t item : taken[std::size_t(data.test_users[row])])
      of_user[std::size_t(item)] = -INFINITY;
    const double own = of_user[std::size_t(data.test_items[row])];
    const auto better =
        std::count_if(of_user.begin(), of_user.end(), [&](double other) { return other >= own; });
    hits += better <= k;  // itself counts; ties are lost
  }
  return double(hits) / double(data.test_users.size());
}

/// Log of each item's share of the training rows; of one without rows as if it had half a row.
Tensor log_frequencies(const Data& data) {
  std::vector<double> counts(std::size_t(data.item_count), 0.);
  for (const std::int64_t item : data.items) ++counts[std::size_t(item)];
  for (double& count : counts) count = std::log(std::max(count, 0.5) / double(data.items.size()));
  return to(from_data(counts, {data.item_count}), float32);
}

struct Run {
  std::string name;
  std::vector<double> recalls;  // after each epoch
};

Run train_towers(const Data& data, const Options& o, bool corrected, example::Steps& progress,
                 example::Reports& reports) {
  Run run{corrected ? "two towers, corrected" : "two towers", {}};
  progress.note(run.name);
  manual_seed(std::uint64_t(o.seed));
  const Towers towers(data, o.width);
  optim::Adam optimizer(towers, {.lr = o.lr});
  const Tensor log_frequency = log_frequencies(data);
  train::DataLoader loader({ids_of(data.users), ids_of(data.items)},
                           {.batch_size = o.batch, .shuffle = true, .seed = std::uint64_t(o.seed)});
  const Tensor test_users = ids_of(data.test_users), all_items = arange(data.item_count);
  for (int epoch = 0; epoch < o.epochs; ++epoch) {
    for (const auto& [users, items] : loader) {
      const Tensor offset = index_select(log_frequency, 0, items);
      const Tensor loss = nn::in_batch_softmax_loss(towers.user(users), towers.item(items),
                                                    {.log_frequency = corrected ? offset : Tensor(),
                                                     .item_ids = items,
                                                     .temperature = o.temperature});
      towers.zero_grad();
      loss.backward();
      optimizer.step();
      progress.advance();
    }
    const NoGrad no_grad;
    Tensor scores = matmul(towers.user(test_users), transpose(towers.item(all_items)));
    // Trained with the correction, the product says how much more than its popularity an item is
    // taken; to guess the next one, popularity is put back.
    scores = scores * (1 / o.temperature);
    // Among scores that are no numbers nothing is better than one's own.
    const bool numbers = std::isfinite(sum(abs(scores)).item());
    run.recalls.push_back(numbers ? recall(data, corrected ? scores + log_frequency : scores, o.k)
                                  : NAN);
    reports.step({{"recall", run.recalls.back()}});  // the end of a trial that has diverged
    example::require_number(run.recalls.back(), "a score");
  }
  return run;
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("two_tower", [&] {
    Options o;
    o.output = "two_tower_results";
    if (!parse(o, argc, argv)) return;
    auto folder = example::output_folder(o, "results.json");
    manual_seed(std::uint64_t(o.seed));
    const Data data = o.data.empty() ? generate() : load(o);
    example::require(o.k < data.item_count,
                     "-k: there are " + std::to_string(data.item_count) + " items");
    const auto batches = (std::int64_t(data.users.size()) + o.batch - 1) / o.batch;
    example::Steps progress(o.quiet, (o.is_trial() ? 1 : 2) * o.epochs * batches);
    example::Reports reports(o);
    if (o.is_trial()) {
      train_towers(data, o, o.corrected, progress, reports);
      return reports.finish();
    }
    const std::int64_t tests = std::int64_t(data.test_users.size());
    std::cout << data.users.size() << " rows of training, " << tests << " held out, "
              << data.user_count << " users, " << data.item_count << " items\n";
    const double popular = recall(data, log_frequencies(data) + zeros({tests, 1}), o.k);
    std::vector<Run> runs;
    for (const bool corrected : {false, true})
      runs.push_back(train_towers(data, o, corrected, progress, reports));

    example::TextTable table;
    table.add({"", "recall@" + std::to_string(o.k)});
    table.add({"by chance", number(double(o.k) / double(data.item_count), 3)});
    table.add({"the most popular", number(popular, 3)});
    for (const Run& run : runs) table.add({run.name, number(run.recalls.back(), 3)});
    double truth = NAN;
    if (data.truth.defined()) {
      truth = recall(data, index_select(data.truth, 0, ids_of(data.test_users)), o.k);
      table.add({"the chances they were drawn with", number(truth, 3)});
    }
    table.print(std::cout);

    std::vector<train::Curve> curves;
    for (std::size_t i = 0; i < runs.size(); ++i)
      curves.push_back({.name = runs[i].name, .y = runs[i].recalls, .color = int(i) + 1});
    curves.push_back({.name = "the most popular",
                      .x = {1, double(o.epochs)},
                      .y = {popular, popular},
                      .color = 3,
                      .dashed = true});
    example::plot(*folder, "recall.png", curves,
                  {.title = "Held-out items among the best " + std::to_string(o.k),
                   .x_label = "epoch",
                   .y_label = "recall",
                   .legend_outside = true});
    Json results = {{"rows", data.users.size()}, {"held_out", tests}, {"popular", popular}};
    for (const Run& run : runs) results["recalls"][run.name] = run.recalls;
    if (data.truth.defined()) results["truth"] = truth;
    example::write_json(*folder, results);
    example::commit(*folder, "\nplot and results");
  });
}
