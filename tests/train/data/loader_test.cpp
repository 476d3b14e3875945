// train/data: loaders: orders, batches made ahead, data sets, files larger than memory.

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cinta/cinta.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/data/features/preparation.hpp>
#include <cinta/train/data/table/csv_file.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/fit.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::train;

namespace {

Tensor counting(std::int64_t n) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return from_data(values, {n});
}

template <class Loader>
std::vector<std::vector<std::int64_t>> pass(Loader& loader) {
  std::vector<std::vector<std::int64_t>> batches;
  for (auto& batch : loader)
    batches.push_back(std::get<0>(batch).template to_vector<std::int64_t>());
  return batches;
}

/// Row numbers and random ones; slow, and counted.
struct Noisy {
  std::int64_t size() const { return 40; }
  std::array<Tensor, 2> batch(const Rows& rows) const {
    ++made;
    std::this_thread::sleep_for(std::chrono::microseconds(rows[0] % 3 * 300));
    if (fail_at >= 0 && std::find(rows.begin(), rows.end(), fail_at) != rows.end())
      throw ValueError("row " + std::to_string(fail_at) + " is damaged");
    return {from_data(rows, {std::int64_t(rows.size())}), rand({2})};
  }
  std::int64_t fail_at = -1;
  mutable std::atomic<int> made{0};
};

}  // namespace

TEST_CASE("orders: weights whose sum is infinite") {
  // All draws were the last row, whatever its weight.
  CHECK_THROWS_AS(weighted_order({1e308, 1e308, 0}, 5, 1), ValueError);
}

TEST_CASE("orders: weighted, balanced, stratified") {
  const Order weighted = weighted_order({1, 0, 3}, 8000, 1);
  std::map<std::int64_t, int> counts;
  for (const auto row : weighted(0)) ++counts[row];
  CHECK(counts[1] == 0);
  CHECK(std::abs(counts[2] - 6000) < 5 * std::sqrt(8000 * 0.75 * 0.25));
  CHECK(weighted(0) == weighted(0));
  CHECK(weighted(0) != weighted(1));
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 1000; ++i) labels.push_back(i < 950 ? 0 : i < 990 ? 1 : 2);
  counts.clear();
  for (int i = 0; i < 8; ++i)
    for (const auto row : balanced_order(labels, 2)(std::uint64_t(i)))
      ++counts[labels[std::size_t(row)]];
  for (const auto& [label, count] : counts)
    CHECK(std::abs(count - 8000 / 3.) < 5 * std::sqrt(8000 * 2. / 9));
  const Rows stratified = stratified_order(labels, 3)(5);
  CHECK(std::set(stratified.begin(), stratified.end()).size() == 1000);
  for (std::size_t first = 0; first < 1000; first += 100) {  // batches of 100: 95, 4 and 1
    counts.clear();
    for (std::size_t i = first; i < first + 100; ++i) ++counts[labels[std::size_t(stratified[i])]];
    CHECK(std::abs(counts[0] - 95) <= 2);
    CHECK(std::abs(counts[1] - 4) <= 1);
    CHECK(std::abs(counts[2] - 1) <= 1);
  }
  CHECK(error_of([] { weighted_order({1, -1}, 3, 0); }) == "weighted_order: weight 1 is -1.000000");
  CHECK(error_of([] { weighted_order({0}, 3, 0); }) == "weighted_order: no weight is positive");
  CHECK(error_of([] { stratified_order({}, 0); }) == "stratified_order: no rows");
}

TEST_CASE(
    "loader: an order of one's own, a last batch that is merged, options that exclude each other") {
  DataLoader loader({counting(7)}, {.batch_size = 3, .merge_last = true});
  CHECK(loader.batches() == 2);
  CHECK(pass(loader) == std::vector<std::vector<std::int64_t>>{{0, 1, 2}, {3, 4, 5, 6}});
  DataLoader few({counting(2)}, {.batch_size = 3, .merge_last = true});
  CHECK(pass(few) == std::vector<std::vector<std::int64_t>>{{0, 1}});
  DataLoader own({counting(4)}, {.batch_size = 2, .order = [](std::uint64_t k) {
                                   return Rows{std::int64_t(k), 3, 3};
                                 }});
  CHECK(own.rows() == 3);
  CHECK(pass(own) == std::vector<std::vector<std::int64_t>>{{0, 3}, {3}});
  CHECK(pass(own) == std::vector<std::vector<std::int64_t>>{{1, 3}, {3}});
  const auto error = [](DataLoaderOptions options) {
    const std::string text = error_of([&] {
      DataLoader bad({counting(4)}, options);
      pass(bad);
    });
    return text.substr(0, text.find(" ["));
  };
  CHECK(error({.drop_last = true, .merge_last = true}) ==
        "DataLoader: drop_last and merge_last exclude each other");
  CHECK(error({.shuffle = true, .order = [](auto) { return Rows{0}; }}) ==
        "DataLoader: shuffle and order exclude each other");
  CHECK(error({.order = [](auto) { return Rows{4}; }}) == "DataLoader: the order has row 4 of 4");
  CHECK(error({.prefetch = 1, .workers = 0}) ==
        "DataLoader: prefetch must not be negative, and workers at least 1");
  DataLoader changing({counting(4)},
                      {.order = [](std::uint64_t k) { return Rows(std::size_t(k + 1), 0); }});
  pass(changing);
  CHECK(error_of([&] { pass(changing); }) ==
        "DataLoader: the order of pass 2 has 2 rows, that of the first 1");
}

TEST_CASE("loader: rows of tensors of any layout and dtype, as many bytes as they have") {
  manual_seed(3);
  const std::int64_t n = 1000;
  const Tensor numbers = randn({n, 6});
  const Tensor turned = transpose(randn({5, n}, float64)), few = slice(numbers, 1, 1, 4);
  const Tensor deep = movedim(randint(0, 9, {3, n, 2}), 1, 0), flags = randn({n}) > 0.0;
  const Tensor one = expand(tensor({2.5}), {n}), none = zeros({n, 0});
  DataLoader loader({counting(n), numbers, turned, few, deep, flags, one, none},
                    {.batch_size = 96, .shuffle = true, .seed = 5});
  const auto wrong = [](const Tensor& got, const Tensor& x, const Tensor& rows) {
    const Tensor expected = index_select(x, 0, rows);
    CHECK(got.shape() == expected.shape());
    CHECK(got.is_contiguous());
    return got.numel() == 0 ? 0 : sum(to(got != expected, float64)).item();
  };
  for (auto& [rows, a, b, c, d, e, f, g] : loader) {
    CHECK(wrong(a, numbers, rows) == 0);
    CHECK(wrong(b, turned, rows) == 0);
    CHECK(wrong(c, few, rows) == 0);
    CHECK(wrong(d, deep, rows) == 0);
    CHECK(wrong(to(e, int64), to(flags, int64), rows) == 0);
    CHECK(wrong(f, one, rows) == 0);
    CHECK(g.shape() == Shape{rows.shape()[0], 0});
  }
}

TEST_CASE("loader: batches made ahead are those made one by one, random numbers too") {
  const Noisy data;
  std::vector<std::vector<std::int64_t>> ids;
  std::vector<float> noise;
  for (const auto& [prefetch, workers] :
       {std::pair(0, 1), std::pair(1, 1), std::pair(3, 2), std::pair(50, 4)}) {
    CAPTURE(prefetch, workers);
    manual_seed(std::uint64_t(prefetch));
    const GeneratorState before = generator_state();
    DatasetLoader loader(
        data,
        {.batch_size = 3, .shuffle = true, .seed = 8, .prefetch = prefetch, .workers = workers});
    std::vector<std::vector<std::int64_t>> own_ids;
    std::vector<float> own_noise;
    for (int i = 0; i < 2; ++i)
      for (auto& [rows, random] : loader) {
        own_ids.push_back(rows.to_vector<std::int64_t>());
        for (const float value : random.to_vector<float>()) own_noise.push_back(value);
      }
    CHECK(generator_state() == before);
    if (prefetch == 0) {
      ids = own_ids;
      noise = own_noise;
      CHECK(std::set(noise.begin(), noise.end()).size() == noise.size());
    }
    CHECK(own_ids == ids);
    CHECK(own_noise == noise);
  }
}

TEST_CASE("loader: rows of tensors made ahead in groups are those made when asked for") {
  const Tensor ids = counting(1003), x = reshape(to(counting(2006), float32), {1003, 2});
  constexpr int between_passes = -1;
  const auto passes_of = [&](int prefetch, int workers, int resume_at) {
    DataLoader loader(
        {ids, x},
        {.batch_size = 10, .shuffle = true, .seed = 5, .prefetch = prefetch, .workers = workers});
    std::vector<std::int64_t> seen;
    optim::State state;
    for (int pass = 0; pass < 3; ++pass) {
      int taken = 0;
      for (auto& [id, row] : loader) {
        for (const std::int64_t i : id.to_vector<std::int64_t>()) seen.push_back(i);
        CHECK(row.to_vector<float>()[1] == 2 * id.to_vector<std::int64_t>()[0] + 1);
        if (pass == 1 && ++taken == resume_at) {
          state = loader.state_dict();
          break;
        }
      }
      if (pass != 1 || resume_at == 0) continue;
      if (resume_at == between_passes) state = loader.state_dict();
      // A pass that is forgotten, with the order that is drawn ahead while its end is in use.
      for (int left = int(loader.batches()); auto& other : loader) {
        (void)other;
        if (--left == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      loader.load_state_dict(state);
      if (resume_at == between_passes) continue;
      for (auto& [id, row] : loader)
        for (const std::int64_t i : id.to_vector<std::int64_t>()) seen.push_back(i);
    }
    return seen;
  };
  const auto plain = passes_of(0, 1, 0);
  REQUIRE(plain.size() == 3 * 1003);
  CHECK(std::set(plain.begin(), plain.begin() + 1003).size() == 1003);
  CHECK(std::vector(plain.begin(), plain.begin() + 1003) !=
        std::vector(plain.begin() + 1003, plain.begin() + 2006));
  for (const auto& [prefetch, workers] :
       {std::pair(1, 1), std::pair(7, 1), std::pair(16, 3), std::pair(64, 1), std::pair(500, 2)})
    for (const int resume_at : {0, between_passes, 1, 50, 100}) {
      CAPTURE(prefetch, workers, resume_at);
      CHECK(passes_of(prefetch, workers, resume_at) == plain);
    }
}

TEST_CASE("loader: no more is made ahead than asked for, and a loop may be left") {
  Noisy data;
  DatasetLoader loader(data, {.batch_size = 1, .prefetch = 4, .workers = 3});
  int taken = 0;
  for (auto& batch : loader) {
    (void)batch;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    CHECK(data.made <= ++taken + 4);
    if (taken == 5) break;
  }
  CHECK(data.made < 12);
  // A failure comes where its batch would have, after those before it.
  data.fail_at = 12;
  std::vector<std::int64_t> seen;
  CHECK(error_of([&] {
          for (auto& [rows, noise] : loader) seen.push_back(rows.item<std::int64_t>());
        }) == "row 12 is damaged");
  REQUIRE(seen.size() == 12);
  CHECK(seen.back() == 11);
  data.fail_at = -1;
  CHECK(pass(loader).size() == 40);
}

TEST_CASE("loader: goes on in the middle of a pass, whatever was made ahead") {
  const DataLoaderOptions options{.batch_size = 3, .shuffle = true, .seed = 8};
  auto ahead = options;
  ahead.prefetch = 5, ahead.workers = 2;
  const Noisy data;
  DatasetLoader first(data, ahead), second(data, options), third(data, ahead);
  const auto whole = pass(third);
  optim::State state;
  int taken = 0;
  for (auto& batch : first) {
    (void)batch;
    if (++taken == 4) {
      state = first.state_dict();
      break;
    }
  }
  second.load_state_dict(state);
  const auto rest = pass(second);
  CHECK(rest == std::vector<std::vector<std::int64_t>>(whole.begin() + 4, whole.end()));
  CHECK(pass(second) == pass(third));
}

TEST_CASE("ragged rows: padded, with their lengths") {
  const Padded padded = pad_rows({from_data(std::vector<float>{1, 2, 3, 4}, {2, 2}), zeros({0, 2}),
                                  from_data(std::vector<float>{5, 6}, {1, 2})},
                                 -1);
  CHECK(padded.values.shape() == Shape{3, 2, 2});
  CHECK(padded.values.to_vector<float>() ==
        std::vector<float>{1, 2, 3, 4, -1, -1, -1, -1, 5, 6, -1, -1});
  CHECK(padded.lengths.to_vector<std::int64_t>() == std::vector<std::int64_t>{2, 0, 1});
  CHECK(pad_rows({counting(2), counting(1)}, 7).values.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 0, 7});
  CHECK_THROWS_AS(pad_rows({zeros({2, 2}), zeros({2, 3})}), ShapeError);
  CHECK_THROWS_AS(pad_rows({}), ValueError);
}

TEST_CASE("csv file: rows as read_csv has them, without the rest in memory") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("cinta_rows_" + std::to_string(getpid()) + ".csv"))
          .string();
  std::ofstream(path, std::ios::binary) << "\xEF\xBB\xBF"
                                           "a,\"b\nb\",c\r\n1,\"x,\n\ny\",\r\n\r\n 2 "
                                           ",\"say \"\"hi\"\"\",z\n\n3,,\"\"\n4,u,v";
  const CsvFile file(path);
  const io::CsvTable whole = io::read_csv(path);
  REQUIRE(file.size() == std::int64_t(whole.rows()));
  CHECK(file.header() == whole.header);
  const Rows order{3, 0, 2, 1, 0};
  const io::CsvTable some = file.rows(order);
  REQUIRE(some.rows() == 5);
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(std::string(some.columns[c][i]) ==
            std::string(whole.columns[c][std::size_t(order[i])]));
      CHECK(some.columns[c][i].quoted == whole.columns[c][std::size_t(order[i])].quoted);
    }
  CHECK_THROWS_AS(file.rows({4}), IndexError);
  // Where tabs delimit, rows may begin with empty fields or have no others.
  std::ofstream(path, std::ios::binary) << "a\tb\tc\n1\tx\t2\n\ty\t3\n\t\t\n  \n4\t\t\n \tz\t5";
  const std::string rows_of_tabs[][3] = {
      {"1", "x", "2"}, {"", "y", "3"}, {"", "", ""}, {"4", "", ""}, {"", "z", "5"}};
  for (const char delimiter : {'\0', '\t'}) {
    const CsvFile tabs(path, {.delimiter = delimiter});
    REQUIRE(tabs.size() == std::int64_t(io::read_csv(path).rows()));
    REQUIRE(tabs.size() == 5);
    for (const std::int64_t row : {4, 2, 1, 0, 3}) {
      const io::CsvTable one = tabs.rows({row});
      for (std::size_t c = 0; c < 3; ++c)
        CHECK(std::string(one.columns[c][0]) == rows_of_tabs[row][c]);
    }
  }
  std::ofstream(path, std::ios::binary) << "a,b\n1,2\n\t\n \t3,4\n";  // elsewhere they are blanks
  REQUIRE(CsvFile(path).size() == 2);
  CHECK(std::string(CsvFile(path).rows({1}).columns[0][0]) == "3");
  // Nor is a line a row that holds a byte order mark alone.
  std::ofstream(path, std::ios::binary) << "\xEF\xBB\xBF\n \na,b\n1,2\n3,4\n";
  REQUIRE(CsvFile(path).size() == 2);
  CHECK(std::string(CsvFile(path).rows({1}).columns[0][0]) == "3");
  // What is wrong in the first rows is found at once, and further below when it is read.
  std::ofstream(path, std::ios::binary) << "a;b\n1;2\n3\n";
  CHECK_THROWS_AS(CsvFile(path, {.delimiter = ';'}), IoError);
  std::string many = "a;b\n";
  for (int i = 0; i < 200; ++i) many += i == 150 ? "3\n" : "1;2\n";
  std::ofstream(path, std::ios::binary) << many;
  const CsvFile ragged(path);
  REQUIRE(ragged.rows({199}).columns.size() == 2);
  CHECK_THROWS_AS(ragged.rows({150}), IoError);
  std::ofstream(path, std::ios::binary).close();
  CHECK_THROWS_AS(CsvFile(path), IoError);

  // As a data set, in background threads, with what was learned from some of it.
  std::string text = "x,kind,y\n";
  for (int i = 0; i < 500; ++i)
    text += std::to_string(i) + "," + "abc"[i % 3] + "," + std::to_string(2 * i) + "\n";
  std::ofstream(path, std::ios::binary) << text;
  struct Data {
    CsvFile file;
    Prepared prepared;
    std::int64_t size() const { return file.size(); }
    std::array<Tensor, 3> batch(const Rows& rows) const {
      const io::CsvTable table = file.rows(rows);
      const Features features = prepared.transform(table);
      return {features.numeric, features.ids,
              from_data(numeric_column(table, "y"), {std::int64_t(rows.size())})};
    }
  };
  Data data{CsvFile(path), {}};
  Rows first(100);
  std::iota(first.begin(), first.end(), 0);
  data.prepared = Preparation()
                      .numeric("x", {.scaling = Scaling::none})
                      .category("kind")
                      .fit(data.file.rows(first), first);
  DatasetLoader loader(data,
                       {.batch_size = 64, .shuffle = true, .seed = 1, .prefetch = 3, .workers = 2});
  std::set<float> seen;
  for (auto& [numeric, ids, y] : loader)
    for (std::int64_t i = 0; i < y.numel(); ++i) {
      const float x = numeric.to_vector<float>()[std::size_t(i)];
      seen.insert(x);
      CHECK(y.to_vector<double>()[std::size_t(i)] == 2 * x);
      CHECK(ids.to_vector<std::int64_t>()[std::size_t(i)] == 1 + std::int64_t(x) % 3);
    }
  CHECK(seen.size() == 500);
  std::filesystem::remove(path);
}

TEST_CASE("loader: tensors on the disk come page by page") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("cinta_mapped_" + std::to_string(getpid())))
          .string();
  constexpr std::int64_t rows = 1250, width = 16384;  // 80 MB
  { io::save_safetensors(path, {{"x", ones({rows, width})}, {"id", counting(rows)}}); }
  const io::SafetensorsFile file(path);
  DataLoader loader({file.load("id"), file.load("x")},
                    {.batch_size = 2, .shuffle = true, .seed = 3, .prefetch = 2});
  // Pages of the file that are in memory are the system's, and go when it needs room; ours are the
  // anonymous ones.
  const auto own = [] {
    std::ifstream in("/proc/self/status");
    std::int64_t kilobytes = 0;
    for (std::string word; in >> word;)
      if (word == "RssAnon:") in >> kilobytes;
    return kilobytes * 1024;
  };
  const std::int64_t before = own();
  if (before <= 0) SKIP_TEST("no /proc");
  int taken = 0;
  for (auto& [id, x] : loader) {
    REQUIRE(sum(x).item() == 2 * width);
    if (++taken == 20) break;
  }
  CHECK(own() - before < 20'000'000);
  std::filesystem::remove(path);
}

TEST_CASE("fit: says how long it waited for the loader") {
  struct Line : nn::Module {
    nn::Linear layer = add("layer", nn::Linear(2, 1));
  };
  struct Slow {
    std::int64_t size() const { return 20; }
    std::array<Tensor, 1> batch(const Rows& rows) const {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++made;
      return {ones({std::int64_t(rows.size()), 2})};
    }
    mutable std::atomic<int> made{0};
  };
  // A step takes until the batch after its own is there, however busy the machine is: so of 20
  // batches one is waited for.
  const auto waited = [](int prefetch) {
    const Slow data;
    Line net;
    optim::SGD optimizer(net, {.lr = 0.1});
    DatasetLoader loader(data, {.batch_size = 1, .prefetch = prefetch});
    double waiting = 0;
    int step = 0;
    fit(
        net, optimizer, loader,
        [&](const Tensor& x) {
          ++step;
          while (prefetch > 0 && data.made < std::min<int>(step + 1, int(data.size())))
            std::this_thread::yield();
          return mean(square(net.layer(x)));
        },
        [] { return 0.0; },
        {.epochs = 1, .callbacks = {{.on_end = [&](FitStatus& now) { waiting = now.waiting; }}}});
    return waiting;
  };
  const double all = waited(0);
  CHECK(all >= 0.4);
  CHECK(waited(2) < all / 2);
}

TEST_CASE("one worker and the trainer take turns in making batches") {
  struct Counted {
    std::int64_t size() const { return 600; }
    Tensor batch(const train::Rows& rows) const {
      const int now = ++calls;
      if (now > most) most = now;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      --calls;
      return ones({std::int64_t(rows.size())});
    }
    mutable std::atomic<int> calls = 0, most = 0;
  };
  for (const int prefetch : {1, 2, 8}) {
    INFO(prefetch);
    const Counted data;
    train::DatasetLoader loader(data, {.batch_size = 2, .prefetch = prefetch, .workers = 1});
    std::int64_t rows = 0;
    for (const Tensor& batch : loader) rows += batch.numel();
    CHECK(rows == 600);
    CHECK(data.most == 1);
  }
}
