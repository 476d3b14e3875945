// train/data: what is learned of columns, from the training rows and from no other.

#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/data/features/preparation.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/data/table/date.hpp>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::train;

namespace {

template <class T>
concept Transforms = requires(T& recipe, const io::CsvTable& table) {
  recipe.transform(table);
};
static_assert(Transforms<Prepared> && !Transforms<Preparation>);

/// Rows of everything; what is not for training can be changed.
std::string row(int i, const std::string& changed = "") {
  const char* cities[] = {"Rome", "Oslo", "Lima"};
  const char* words[] = {"red apple", "green apple", "old red car"};
  return std::to_string(i * i) + changed + "," + (i % 7 == 3 ? "" : std::to_string(i % 5)) + "," +
         cities[i % 3] + changed + "," + cities[(i / 2) % 3] + changed + ",2024-0" +
         std::to_string(1 + i % 9) + "-1" + std::to_string(i % 10) + "," + words[i % 3] + " " +
         changed + "\n";
}

io::CsvTable table(int rows, const Rows& changed = {}) {
  std::string text = "square,rest,city,home,day,remarks\n";
  for (int i = 0; i < rows; ++i)
    text += row(i, std::find(changed.begin(), changed.end(), i) == changed.end() ? "" : "9");
  return io::parse_csv(text, "t.csv");
}

Preparation recipe() {
  Preparation all;
  all.numeric("square", {.scaling = Scaling::power})
      .numeric("rest", {.fill = Fill::mean, .indicator = true})
      .category("city")
      .target("home", {.smoothing = 2, .folds = 3})
      .date("day")
      .text("remarks", {.words = 4});
  return all;
}

std::vector<double> targets(int rows) {
  std::vector<double> values;
  for (int i = 0; i < rows; ++i) values.push_back(i % 6 + 0.1 * i);
  return values;
}

std::string bytes_of(const optim::State& state) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("cinta_prepared_" + std::to_string(getpid())))
          .string();
  Prepared prepared;
  prepared.load_state_dict(state);
  Checkpoint checkpoint;
  checkpoint.add("prepared", prepared);
  checkpoint.save(path);
  std::string text;
  for (const auto& [name, value] : prepared.state_dict().values)
    text +=
        name + "=" +
        std::visit(
            [](const auto& x) {
              if constexpr (std::is_same_v<std::decay_t<decltype(x)>, std::string>)
                return x;
              else if constexpr (std::is_same_v<std::decay_t<decltype(x)>, std::vector<double>>) {
                std::string all;
                for (const double v : x) all += std::to_string(v) + " ";
                return all;
              } else {
                return std::to_string(x);
              }
            },
            value) +
        "\n";
  // And through the file.
  Prepared loaded;
  Checkpoint again;
  again.add("prepared", loaded);
  again.load(path);
  std::filesystem::remove(path);
  CHECK(loaded.state_dict().values == prepared.state_dict().values);
  return text;
}

}  // namespace

TEST_CASE("preparation: numbers, ids and their names; saved with the model") {
  const io::CsvTable t = table(60);
  const Split split = random_split(60, 1);
  const Prepared prepared = recipe().fit(t, split.train, targets(60));
  const auto names = prepared.numeric_names();
  CHECK(names == std::vector<std::string>{
                     "square", "rest", "rest missing", "home", "day days", "day year sin",
                     "day year cos", "day week sin", "day week cos", "day day sin", "day day cos",
                     "remarks=apple", "remarks=car", "remarks=old", "remarks=red"});
  CHECK(prepared.categories() == std::vector<std::pair<std::string, std::int64_t>>{{"city", 4}});
  CHECK(prepared.labels("city") == std::vector<std::string>{"<unknown>", "Lima", "Oslo", "Rome"});
  const Features& training = prepared.training();
  CHECK(training.numeric.shape() == Shape{std::int64_t(split.train.size()), 15});
  CHECK(training.ids.shape() == Shape{std::int64_t(split.train.size()), 1});
  for (const std::int64_t column : {0, 1, 3, 4}) {  // standardised on the training rows
    const Tensor values = to(slice(training.numeric, 1, column, column + 1), float64);
    CHECK(mean(values).item() == Approx(0).margin(1e-6));
    CHECK(mean(square(values)).item() == Approx(1).epsilon(1e-5));
  }
  // A row's inputs do not depend on the rows beside it, and training rows differ by the
  // cross-fitted encoding only.
  const Features all = prepared.transform(t), one = prepared.transform(t, {split.train[4]});
  const auto whole = all.numeric.to_vector<float>(), own = one.numeric.to_vector<float>(),
             fitted = training.numeric.to_vector<float>();
  for (std::size_t i = 0; i < 15; ++i) {
    CHECK(own[i] == whole[std::size_t(split.train[4]) * 15 + i]);
    if (i != 3) CHECK(own[i] == fitted[4 * 15 + i]);
  }
  bool differs = false;
  for (std::size_t i = 0; i < split.train.size(); ++i)
    differs = differs || fitted[i * 15 + 3] != whole[std::size_t(split.train[i]) * 15 + 3];
  CHECK(differs);

  Prepared again;
  again.load_state_dict(prepared.state_dict());
  CHECK(again.numeric_names() == names);
  CHECK(again.transform(t).numeric.to_vector<float>() == whole);
  CHECK(again.transform(t).ids.to_vector<std::int64_t>() == all.ids.to_vector<std::int64_t>());
  CHECK_THROWS_AS(again.load_state_dict(Scaler().state_dict()), ValueError);
}

TEST_CASE("preparation: rows that are not for training leave no trace") {
  const Split split = random_split(60, 1);
  Rows others = split.validation;
  others.insert(others.end(), split.test.begin(), split.test.end());
  auto other_targets = targets(60);
  for (const auto other : others) other_targets[std::size_t(other)] = 1e9;
  const std::string plain =
      bytes_of(recipe().fit(table(60), split.train, targets(60)).state_dict());
  CHECK(bytes_of(recipe().fit(table(60, others), split.train, other_targets).state_dict()) ==
        plain);
  CHECK(
      bytes_of(recipe().fit(table(60, {split.train[0]}), split.train, targets(60)).state_dict()) !=
      plain);
  // What the others hold is unknown, and they have inputs nevertheless.
  const Prepared prepared = recipe().fit(table(60), split.train, targets(60));
  const Features strange = prepared.transform(table(60, others), others);
  for (const std::int64_t id : strange.ids.to_vector<std::int64_t>()) CHECK(id == 0);
}

TEST_CASE("preparation: missing values by policy") {
  const io::CsvTable t = io::parse_csv(
      "a,b,c,d,w\n1,x,2024-01-01,5,u v\n,,,,\n3,x,2024-01-05,7,u\n8,y,2024-01-02,6,v w\n", "t.csv");
  const auto fit = [&](Fill fill) {
    return Preparation()
        .numeric("a", {.scaling = Scaling::none, .fill = fill})
        .fit(t, {0, 1, 2, 3});
  };
  const auto second = [&](Fill fill) { return fit(fill).training().numeric.to_vector<float>()[1]; };
  CHECK(second(Fill::mean) == 4);
  CHECK(second(Fill::median) == 3);
  CHECK(second(Fill::zero) == 0);
  CHECK(error_of([&] { fit(Fill::error); }) == "t.csv:3: column 1 'a': missing value ''");
  // A missing category is one, if it was there in training.
  const Prepared with = Preparation().category("b").fit(t, {0, 1, 2});
  CHECK(with.labels("b") == std::vector<std::string>{"<unknown>", "", "x"});
  CHECK(with.transform(t).ids.to_vector<std::int64_t>() == std::vector<std::int64_t>{2, 1, 2, 0});
  CHECK(Preparation().category("b").fit(t, {0, 2}).transform(t).ids.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 0, 1, 0});
  CHECK(Preparation().category("b", {.min_rows = 2}).fit(t, {0, 1, 2, 3}).labels("b").size() == 2);
  const auto dates = Preparation().date("c").fit(t, {0, 1, 2, 3}).training().numeric;
  CHECK(dates.to_vector<float>()[7] == dates.to_vector<float>()[3 * 7]);  // the median
  CHECK(Preparation()
            .text("w", {.min_rows = 1})
            .fit(t, {0, 1})
            .training()
            .numeric.to_vector<float>()[2] == 0);
}

TEST_CASE("preparation: what cannot be prepared is named") {
  const io::CsvTable t = io::parse_csv("a,b\n1,x\n2,2024-13-01\n", "t.csv");
  CHECK(error_of([&] {
          Preparation().numeric("b").fit(t, {0, 1});
        }) == "t.csv:2: column 2 'b': 'x' is not a number");
  CHECK(error_of([&] { Preparation().date("b").fit(t, {1}); }) ==
        "t.csv:3: column 2 'b': '2024-13-01' is not a date such as 2024-02-29");
  CHECK(error_of([&] { Preparation().numeric("a").numeric("a"); }) ==
        "Preparation: column 'a' is there already");
  CHECK(error_of([&] { Preparation().fit(t, {0}); }) == "Preparation: no columns");
  CHECK(error_of([&] { Preparation().numeric("a").fit(t, {}); }) ==
        "Preparation: no training rows");
  CHECK(error_of([&] { Preparation().numeric("a").fit(t, {2}); }) == "Prepared: row 2 of 2");
  CHECK(error_of([&] {
          Preparation().target("b").fit(t, {0, 1});
        }) == "Preparation: column 'b' needs a target for each of 2 rows, got 0");
  CHECK(error_of([&] { Preparation().numeric("z").fit(t, {0}); }).find("no column 'z'") !=
        std::string::npos);
  const Prepared prepared = Preparation().numeric("a").fit(t, {0, 1});
  CHECK(error_of([&] {
          prepared.transform(io::parse_csv("b\n1\n", "u.csv"));
        }).find("no column 'a'") != std::string::npos);
  const io::CsvTable made{"made", {"a"}, {{"1", "2", "x"}}, {}};  // from no file, without lines
  CHECK(Preparation().numeric("a").fit(made, {0, 1}).scaler("a").shift() == 1.5);
  CHECK(error_of([&] {
          Preparation().numeric("a").fit(made, {1, 2});
        }) == "made:3: column 1 'a': 'x' is not a number");
  CHECK(error_of([&] { prepared.labels("a"); }) == "Prepared: 'a' is no category");
  CHECK(prepared.scaler("a").shift() == 1.5);
  CHECK(prepared.scaler("a").scale() == 0.5);
  CHECK(error_of([&] { prepared.scaler("b"); }) == "Prepared: 'b' is no column of numbers");
}

TEST_CASE("preparation: a number that is infinite as an input is named") {
  const io::CsvTable known = io::parse_csv("a,b\n1,1\n2,1\n3,2\n", "t.csv"),
                     wild = io::parse_csv("a,b\n1,1\n-1e300,1\n", "u.csv");
  for (const Scaling scaling : {Scaling::none, Scaling::standard, Scaling::min_max}) {
    const Prepared prepared =
        Preparation().numeric("a", {.scaling = scaling}).fit(known, {0, 1, 2});
    CHECK(prepared.transform(wild, {0}).numeric.shape() == Shape{1, 1});
    CHECK(
        error_of([&] { prepared.transform(wild); }) ==
        "u.csv:3: column 1 'a': '-1e300' leaves the range of float32 on the scale of the training "
        "rows");
  }
  // Shares of rows have none.
  const Prepared shares =
      Preparation().numeric("a", {.scaling = Scaling::quantile}).fit(known, {0, 1, 2});
  CHECK(shares.transform(wild).numeric.to_vector<float>() == std::vector<float>{0, 0});
}

TEST_CASE("a cell that is no number is named with its place in the file") {
  const io::CsvTable table = io::parse_csv("a,b\n1,1\n2,x\n3,\n4,4\n", "t.csv");
  const auto refusal = [&](const Rows& rows, NumericOptions options) {
    return error_of([&] { Preparation().numeric("b", options).fit(table, rows); });
  };
  CHECK(refusal({3, 1, 0}, {}) == "t.csv:3: column 2 'b': 'x' is not a number");
  CHECK(refusal({3, 2, 0}, {.fill = Fill::error}) == "t.csv:4: column 2 'b': missing value ''");
  const Prepared prepared = Preparation().numeric("b").fit(table, {0, 3});
  CHECK(error_of([&] {
          prepared.transform(table, {3, 1});
        }) == "t.csv:3: column 2 'b': 'x' is not a number");
}

TEST_CASE("target encoder: no row knows its own target") {
  // Every category once: without cross-fitting the number would be the target.
  std::vector<std::string> cells;
  std::vector<double> values;
  Rows rows;
  for (int i = 0; i < 40; ++i) {
    cells.push_back("c" + std::to_string(i));
    values.push_back(i);
    rows.push_back(i);
  }
  const TargetEncoder encoder(cells, values, rows, {.smoothing = 0, .folds = 5, .seed = 1});
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(encoder.transform(cells[i]) == double(i));
    CHECK(std::abs(encoder.training()[i] - 19.5) < 4);  // the mean of the other folds
  }
  CHECK(encoder.transform("new") == Approx(19.5));
  CHECK(TargetEncoder(cells, values, rows).training() ==
        TargetEncoder(cells, values, rows, {.smoothing = 10, .folds = 5, .seed = 0}).training());
  CHECK(error_of([&] { TargetEncoder(cells, values, {0}); }) ==
        "TargetEncoder: 1 training rows, too few for 5 folds");
  CHECK(error_of([&] { TargetEncoder(cells, values, rows, {.folds = 1}); }) ==
        "TargetEncoder: folds must be at least 2, got 1");
  values[3] = NAN;
  CHECK(error_of([&] { TargetEncoder(cells, values, rows); }) ==
        "TargetEncoder: the target of row 3 is not finite");
}

TEST_CASE("target encoder: targets and smoothing whose sums are out of range") {
  const std::vector<std::string> cells{"a", "b", "a", "b", "a", "b"};
  const std::vector<double> values{1.5, -1, 1.5, -1.5, 1.5, -1};
  const Rows rows{0, 1, 2, 3, 4, 5};
  const TargetEncoder small(cells, values, rows, {.smoothing = 2, .folds = 2});
  std::vector<double> large = values;
  for (double& value : large) value *= 0x1p1023;
  const TargetEncoder encoder(cells, large, rows, {.smoothing = 2, .folds = 2});
  CHECK(encoder.mean() == Approx(small.mean() * 0x1p1023).epsilon(1e-14));
  for (const char* cell : {"a", "b", "c"})
    CHECK(encoder.transform(cell) == Approx(small.transform(cell) * 0x1p1023).epsilon(1e-14));
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(encoder.training()[i] == Approx(small.training()[i] * 0x1p1023).epsilon(1e-14));
  for (double& value : large) value = 1e10;
  const TargetEncoder smooth(cells, large, rows, {.smoothing = 1e300, .folds = 2});
  CHECK(smooth.transform("a") == Approx(1e10));
}

TEST_CASE("scalers: constant columns and what rounding makes of them") {
  const Scaler quantiles(Scaling::quantile, {1, 2, 3}, {0, 1, 2});
  for (const std::vector<double>& damaged : {std::vector<double>{}, {2, 1}}) {
    optim::State state = quantiles.state_dict();
    state.values["quantiles"] = damaged;
    Scaler loaded;
    CHECK_THROWS_AS(loaded.prepare_load(state)(), ValueError);
  }
  const std::vector<double> constant(1000, 14.62);
  Rows rows(1000);
  std::iota(rows.begin(), rows.end(), 0);
  for (const Scaling kind : {Scaling::standard, Scaling::min_max, Scaling::power})
    CHECK(Scaler(kind, constant, rows).transform(14.62) == 0);
  CHECK(Scaler(Scaling::quantile, constant, rows).transform(14.62) == 0.5);
  CHECK(Scaler(Scaling::quantile_normal, constant, rows).transform(14.62) == 0);
  CHECK(Scaler(Scaling::none, {}, {}).transform(3) == 3);
  CHECK(std::isnan(Scaler(Scaling::quantile, constant, rows).transform(NAN)));
  CHECK(error_of([&] { Scaler(Scaling::min_max, {NAN}, {0}); }) ==
        "Scaler: no numbers to learn from");
  CHECK(error_of([&] { Scaler(Scaling::min_max, {HUGE_VAL}, {0}); }) ==
        "Scaler: value 0 is infinite");
}

TEST_CASE("scalers: quantiles whose differences are beyond a double") {
  const std::vector<double> wide{-1.5e308, 1.5e308, 1e308};
  const Scaler scaler(Scaling::quantile, wide, {0, 1, 2});
  CHECK(scaler.transform(-0.25e308) == 0.25);
  CHECK(scaler.inverse_transform(0.25) == Approx(-0.25e308));
  CHECK(scaler.inverse_transform(0.75) == Approx(1.25e308));
  const double smallest = std::numeric_limits<double>::denorm_min();
  const Scaler narrow(Scaling::quantile, {0, 2 * smallest}, {0, 1});
  CHECK(narrow.transform(smallest) == 0.5);
  CHECK(narrow.inverse_transform(0.5) == smallest);
  // The median as well.
  Preparation recipe;
  recipe.numeric("a", {.scaling = Scaling::quantile});
  const auto table = io::parse_csv("a,b\n1e308,1\n1.5e308,1\n,1\n", "t.csv");
  CHECK(recipe.fit(table, {0, 1}).transform(table, {2}).numeric.item<float>() == 0.5f);
}

TEST_CASE("scalers: a power leaves values apart that are far from 0") {
  for (const double sign : {1.0, -1.0})
    for (const double center : {2000.0, 12345.0, 3e8, 4e10}) {
      // As years: with what is left of precision most exponents made one number of several.
      std::vector<double> values;
      Rows rows;
      for (int i = 0; i < 60; ++i) {
        values.push_back(sign * (center + 0.25 * i * i - 15 * i));
        rows.push_back(i);
      }
      const Scaler scaler(Scaling::power, values, rows);
      CAPTURE(sign, center);
      const double spread = Scaler(Scaling::standard, values, rows).scale();
      for (const double value : values)
        CHECK(std::abs(scaler.inverse_transform(scaler.transform(value)) - value) < 1e-5 * spread);
    }
}

TEST_CASE("scalers: a power of numbers whose squares are beyond a double") {
  for (const double size : {1e-200, 1e114, 1e161, 1e230}) {
    std::vector<double> values;
    Rows rows;
    for (int i = 0; i < 40; ++i) {
      values.push_back(size * std::sin(7 * i));
      rows.push_back(i);
    }
    const Scaler scaler(Scaling::power, values, rows);
    CAPTURE(size);
    for (const double value : values)
      CHECK(std::abs(scaler.inverse_transform(scaler.transform(value)) - value) < 1e-9 * size);
  }
}

TEST_CASE("many columns are loaded in a time that grows as they do") {
  const auto seconds_of = [](int columns) {
    Preparation recipe;
    io::CsvTable wide;
    for (int i = 0; i < columns; ++i) {
      wide.header.push_back("column " + std::to_string(i));
      wide.columns.push_back({"1", "2"});
      recipe.numeric(wide.header.back());
    }
    const optim::State state = recipe.fit(wide, {0, 1}).state_dict();
    Prepared again;
    const auto start = std::chrono::steady_clock::now();
    again.load_state_dict(state);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // Ten times as many took more than a hundred times as long.
  CHECK(seconds_of(1000) < 40 * seconds_of(100) + 0.1);
}

TEST_CASE("scalers and encoders: what would make NaN of numbers is refused") {
  CHECK_THROWS_AS(Scaler(Scaling::min_max, {-1e308, 1e308}, {0, 1}), ValueError);
  CHECK_THROWS_AS(TargetEncoder({"a", "b"}, {1, 2}, {0, 1}, {.smoothing = INFINITY, .folds = 2}),
                  ValueError);
}

TEST_CASE("scalers and encoders: a training row that there is not is named") {
  const std::vector<double> numbers{1, 2, 3};
  const std::vector<std::string> cells{"a", "b", "b"};
  const Rows late{0, 1, 3}, negative{0, 1, -1};
  CHECK_THROWS_MATCHES(Scaler(Scaling::standard, numbers, late), ValueError,
                       Message("Scaler: row 3 is none of the 3 rows"));
  CHECK_THROWS_MATCHES(StandardScaler(numbers, negative), ValueError,
                       Message("StandardScaler: row -1 is none of the 3 rows"));
  CHECK_THROWS_MATCHES(TargetEncoder(cells, numbers, late, {.folds = 2}), ValueError,
                       Message("TargetEncoder: row 3 is none of the 3 rows"));
  CHECK_THROWS_MATCHES(BagOfWords(cells, late), ValueError,
                       Message("BagOfWords: row 3 is none of the 3 rows"));
  CHECK_THROWS_WITH(Vocabulary(cells, negative),
                    ContainsSubstring("Vocabulary: row -1 is none of the 3 rows"));
}

TEST_CASE("dates") {
  CHECK(parse_date("1970-01-01") == 0);
  CHECK(parse_date("2024-02-29") == 19782);
  CHECK(parse_date("1969-12-31T18:00Z") == -0.25);
  CHECK(*parse_date("2000-01-01 12:00:00.5") == Approx(10957 + 0.5 + 0.5 / 86400).epsilon(1e-15));
  for (const char* wrong : {"", "2023-02-29", "2024-2-9", "24-02-09", "2024-02-09x",
                            "2024-02-09 25:00", "2024-02-09T10", "2024-02-09 10:00:00.", "NA"})
    CHECK_FALSE(parse_date(wrong));
  const auto sunday = date_features(*parse_date("2024-12-29")),
             next = date_features(*parse_date("2025-01-05"));
  CHECK(sunday[3] == Approx(next[3]));
  CHECK(sunday[4] == Approx(next[4]));
  CHECK(std::abs(sunday[2] - next[2]) < 0.02);
  CHECK(date_feature_names().size() == sunday.size());
}
