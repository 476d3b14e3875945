// examples/cinta_tool: tables from the command line.

#include <cinta/io/csv.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cmath>

#include "support/program.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "cinta";

/// Numbers, a category, dates, a gap here and there.
std::string table(int rows, bool classes) {
  std::string text = "size,kind,day,noise," + std::string(classes ? "class" : "price") + "\n";
  for (int i = 0; i < rows; ++i) {
    const double size = i * 7919 % 1000 / 500. - 1;
    const int kind = i * 31 % 3;
    const double y = 3 * size + (kind == 1 ? 2 : 0);
    text += (i % 20 == 5 ? std::string() : std::to_string(size)) + "," + "abc"[kind] + ",2024-0" +
            std::to_string(1 + i % 9) + "-10," + std::to_string(i * 13 % 17) + "," +
            (classes ? y > 1 ? "large" : "small" : std::to_string(y)) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("cinta: train, evaluate and predict numbers") {
  const Workplace place(table(600, false));
  const auto trained = program::run(
      name, place,
      {"--quiet", "train", place.data(), "--target", "price", "--epochs", "40", "--lr", "0.005"});
  CAPTURE(trained.out, trained.err);
  REQUIRE(trained.code == 0);
  CHECK(trained.out.find("R2") != std::string::npos);
  CHECK(trained.out.find("gap between the ideal and training") != std::string::npos);
  const std::string report = program::read(place.out() + "/report.html");
  for (const char* part :
       {"<h2>Residuals</h2>", "<h2>kind</h2>", "--target price", "<h2>Weights</h2>"})
    CHECK(report.find(part) != std::string::npos);

  const std::string model = (place.path / "model").string();
  std::filesystem::rename(place.out(), model);
  const auto evaluated = program::run(name, place, {"evaluate", model, place.data()});
  REQUIRE(evaluated.code == 0);
  double r2 = 0;
  REQUIRE(std::sscanf(evaluated.out.c_str(), "R2 %lf", &r2) == 1);
  CHECK(r2 > 0.9);

  // The same page from the model alone, of this or any other table.
  REQUIRE(program::run(name, place, {"report", model, place.data()}).code == 0);
  const std::string again = program::read(place.out());
  for (const char* part : {"<h2>Settings</h2>", "--target price", "cinta --out", "<h2>Figures</h2>",
                           "this table", "<h2>Diagnosis</h2>", "<h2>Epochs</h2>",
                           "<h2>Residuals</h2>", "<h2>kind</h2>", "<h2>Weights</h2>", "0.005"}) {
    INFO(part);
    CHECK(again.find(part) != std::string::npos);
  }
  CHECK(report.substr(report.find("<h2>Epochs"), 2000) ==
        again.substr(again.find("<h2>Epochs"), 2000));
  std::filesystem::remove(place.out());

  REQUIRE(program::run(name, place, {"predict", model, place.data()}).code == 0);
  const auto said = cinta::train::numeric_column(cinta::io::read_csv(place.out()), "price");
  const auto truth = cinta::train::numeric_column(cinta::io::read_csv(place.data()), "price");
  REQUIRE(said.size() == truth.size());
  double squares = 0, spread = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    squares += (said[i] - truth[i]) * (said[i] - truth[i]), spread += truth[i] * truth[i];
  CHECK(squares < 0.12 * spread);
}

TEST_CASE("cinta: classes, their probabilities, and a table without the target") {
  const Workplace place(table(400, true));
  const auto trained = program::run(
      name, place,
      {"--quiet", "train", place.data(), "--target", "class", "--epochs", "20", "--lr", "0.01"});
  CAPTURE(trained.err);
  REQUIRE(trained.code == 0);
  CHECK(program::read(place.out() + "/report.html").find("<h2>Calibration</h2>") !=
        std::string::npos);
  const std::string model = (place.path / "model").string();
  std::filesystem::rename(place.out(), model);
  REQUIRE(program::run(name, place, {"report", model, place.data()}).code == 0);
  const std::string report = program::read(place.out());
  CHECK(report.find("<h2>Confusion matrix</h2>") != std::string::npos);
  CHECK(report.find("<h2>Calibration</h2>") != std::string::npos);
  std::filesystem::remove(place.out());
  std::ofstream(place.data()) << "day,noise,kind,size\n2024-01-10,3,b,1\n2024-01-11,3,zzz,-1\n";
  REQUIRE(program::run(name, place, {"predict", model, place.data()}).code == 0);
  const auto out = cinta::io::read_csv(place.out());
  CHECK(out.header == std::vector<std::string>{"class", "p(large)", "p(small)"});
  CHECK(std::string(out["class"][0]) == "large");
  CHECK(std::string(out["class"][1]) == "small");
  for (int row = 0; row < 2; ++row)
    CHECK(std::abs(std::stod(out["p(large)"][std::size_t(row)]) +
                   std::stod(out["p(small)"][std::size_t(row)]) - 1) < 1e-5);
}

TEST_CASE("cinta: a class that is called as what is missing stays a class") {
  std::string csv = "x,country\n";
  for (int i = 0; i < 200; ++i)
    csv += std::to_string(i * 7919 % 1000) + (i * 7919 % 1000 < 500 ? ",\"NA\"\n" : ",ZA\n");
  const Workplace place(csv);
  const auto trained = program::run(
      name, place, {"--quiet", "train", place.data(), "--target", "country", "--epochs", "2"});
  CAPTURE(trained.err);
  REQUIRE(trained.code == 0);
  const std::string model = (place.path / "model").string();
  std::filesystem::rename(place.out(), model);
  std::ofstream(place.data()) << "x\n0\n10\n990\n";
  REQUIRE(program::run(name, place, {"predict", model, place.data()}).code == 0);
  const auto out = cinta::io::read_csv(place.out());
  CHECK(out["country"] == cinta::io::CsvColumn{"NA", "NA", "ZA"});
  CHECK(cinta::train::count_cells(out, "country").missing == 0);
}

TEST_CASE("cinta: the logarithm of a column, and a condition on one") {
  std::string csv = "x,kind,y\n";
  for (int i = 0; i < 400; ++i)
    csv += std::to_string(i * 7919 % 1000 / 250.) + "," + "ab"[i % 2] + "," +
           std::to_string(std::exp(i * 7919 % 1000 / 250. + i % 2)) + "\n";
  const Workplace place(csv);
  const std::string model = (place.path / "model").string();
  const auto train = [&](const std::string& target) {
    std::filesystem::remove_all(model);
    const auto trained = program::run(
        name, place,
        {"--quiet", "train", place.data(), "--target", target, "--epochs", "30", "--lr", "0.01"});
    CAPTURE(trained.err);
    REQUIRE(trained.code == 0);
    std::filesystem::rename(place.out(), model);
    REQUIRE(program::run(name, place, {"predict", model, place.data()}).code == 0);
    const auto said = cinta::io::read_csv(place.out());
    std::filesystem::remove(place.out());
    REQUIRE(program::run(name, place, {"report", model, place.data()}).code == 0);
    std::filesystem::remove(place.out());
    return said;
  };
  const auto truth = cinta::train::numeric_column(cinta::io::read_csv(place.data()), "y");
  const auto said = cinta::train::numeric_column(train("log:y"), "y");
  double error = 0;  // of the values themselves, not of logarithms
  for (std::size_t i = 0; i < truth.size(); ++i)
    error += std::abs(said[i] / truth[i] - 1) / double(truth.size());
  CHECK(error < 0.3);

  const auto classes = train("y>20");
  CHECK(classes.header == std::vector<std::string>{"y>20", "p(not y>20)", "p(y>20)"});
  int right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    right += std::string(classes["y>20"][i]) == (truth[i] > 20 ? "y>20" : "not y>20");
  CHECK(right > 380);
}

TEST_CASE("cinta: learning curve and path") {
  const Workplace place(table(300, false));
  const auto curve = program::run(
      name, place,
      {"--quiet", "curve", place.data(), "--target", "price", "--epochs", "3", "--folds", "2"});
  CAPTURE(curve.err);
  REQUIRE(curve.code == 0);
  CHECK(curve.out.find("underfitting") == 0);
  CHECK(program::read(place.out() + "/report.html").find("<h2>Learning curve</h2>") !=
        std::string::npos);
  const auto path = program::run(
      name, place, {"--quiet", "path", place.data(), "--target", "price", "--epochs", "4"});
  REQUIRE(path.code == 0);
  CHECK(std::count(path.out.begin(), path.out.end(), '\n') == 12);
}

TEST_CASE("cinta: bad input is refused in one line and leaves nothing") {
  const auto refused = [](const std::string& csv, program::Arguments arguments) {
    const Workplace place(csv);
    arguments.insert(arguments.begin(), {"train", place.data()});
    return refusal(name, place, arguments);
  };
  CHECK(refused("a,b\n1,2\n2,3\n", {"--target", "c"}) ==
        "t.csv:1: no column 'c'; the columns are 'a', 'b'");
  CHECK(refused("a,b\n1,2\n2,3\n", {"--target", "b", "--task", "regression"}) ==
        "random_split: the data has 2 rows, too few for 3 parts");
  for (const char* rows : {"a,b\n", "a,b\n1,2\n"})
    CHECK(refused(rows, {"--target", "b"}) == "t.csv: needs at least two rows");
  CHECK(refused("a,b\n1,x\n2,x\n3,x\n", {"--target", "b"}) ==
        "t.csv: the target b is the same in every row: nothing to learn");
  CHECK(refused("b\n1\n2\n3\n4\n", {"--target", "b"}) == "t.csv: no column to predict 'b' from");
  CHECK(refused("a,b\n1,x\n2,y\n3,\n4,x\n", {"--target", "b"}) ==
        "t.csv:4: column 2 'b': missing value");
  for (const char* lr : {"-1", "0", "nan", "inf"})
    CHECK(refused(table(50, true), {"--target", "class", "--lr", lr}) == "--lr: a positive number");
  CHECK(refused(table(50, true), {"--target", "class", "--ideal", "nan"}) == "--ideal: a number");
  // Latin-1: the model's file holds the names. It is said at once, not after the training.
  std::string latin = table(50, false);
  latin.replace(latin.find("size"), 4,
                "gr\xf6\xdf"
                "e");
  CHECK_THAT(refused(latin, {"--target", "price", "--epochs", "100000", "--patience", "0"}),
             ContainsSubstring("is not UTF-8; iconv"));
  CHECK(refused(table(50, true), {"--target", "class", "--group", "none"})
            .starts_with("t.csv:1: no column 'none'"));
  CHECK(refused("a,b\n1,x\n2,x\n3,x\n4,x\n5,y\n", {"--target", "b"}) ==
        "stratified_split: class 1 has 1 row, too few for 3 parts");
  const Workplace place("a\n1\n");
  CHECK(refusal(name, place, {"predict", (place.path / "none").string(), place.data()})
            .find("No such file") != std::string::npos);
}

TEST_CASE("cinta: what does not fit a trained model is refused, and the model stays") {
  const Workplace place(table(200, true));
  REQUIRE(program::run(name, place,
                       {"--quiet", "train", place.data(), "--target", "class", "--epochs", "1"})
              .code == 0);
  const std::string model =
      (std::filesystem::temp_directory_path() / ("cinta_model_" + std::to_string(getpid())))
          .string();
  std::filesystem::rename(place.out(), model);
  const std::string file = model + "/model.safetensors", bytes = program::read(file);
  for (const char* command : {"evaluate", "report"}) {
    INFO(command);
    const auto refused = [&](const std::string& csv) {
      std::ofstream(place.data(), std::ios::binary) << csv;
      return refusal(name, place, {command, model, place.data()});
    };
    CHECK(refused("size,kind,day,noise,class\n1,b,2024-01-10,3,huge\n") ==
          "t.csv:2: column 5 'class': 'huge' is no class of the model");
    CHECK(refused("size,kind,day,noise,class\n1,b,2024-01-10,3,\n") ==
          "t.csv:2: column 5 'class': missing value");
    CHECK(refused("size,kind,day,class\n1,b,2024-01-10,large\n")
              .starts_with("t.csv:1: no column 'noise'"));
    CHECK(refused("size,kind,day,noise\n1,b,2024-01-10,3\n")
              .starts_with("t.csv:1: no column 'class'"));
    CHECK(refused("size,kind,day,noise,class\n1,b,soon,3,large\n") ==
          "t.csv:2: column 3 'day': 'soon' is not a date such as 2024-02-29");
  }
  CHECK(program::read(file) == bytes);
  // A damaged file, and one of something else.
  std::ofstream(place.data(), std::ios::binary) << table(20, true);
  std::ofstream(file, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  CHECK(refusal(name, place, {"predict", model, place.data()}).starts_with(file + ": "));
  cinta::io::save_safetensors(file, cinta::NamedTensors{});
  CHECK_THAT(refusal(name, place, {"predict", model, place.data()}),
             ContainsSubstring("no file of a checkpoint"));
  cinta::train::Checkpoint other;
  other.fix("width", 2);
  other.save(file);
  CHECK(refusal(name, place, {"predict", model, place.data()}) ==
        file + ": not a model of a table");
  std::filesystem::remove_all(model);
}

TEST_CASE("cinta: what it prints is not lost without a word") {
  const Workplace place;
  const program::fs::path tests = program::fs::read_symlink("/proc/self/exe").parent_path();
  const std::string file = (tests.parent_path() / "examples" / name).string(),
                    errors = (place.path / "stderr").string();
  const int code = std::system(("'" + file + "' --help > /dev/full 2> '" + errors + "'").c_str());
  CHECK((WIFEXITED(code) && WEXITSTATUS(code) == 2));
  CHECK(program::read(errors) == "cinta: standard output: what was printed is lost\n");
}
