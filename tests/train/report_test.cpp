// train/report: pages and event files.

#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/fit.hpp>
#include <cinta/train/report/event_file.hpp>
#include <cinta/train/report/html_report.hpp>
#include <cinta/train/report/svg_chart.hpp>
#include <clocale>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/python.hpp"

using namespace cinta;
using namespace cinta::train;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

template <class T>
T number_at(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// The events of a file, whose checks all fit.
std::vector<std::string> events_of(const std::string& bytes) {
  std::vector<std::string> events;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto length = number_at<std::uint64_t>(bytes, at);
    CHECK(number_at<std::uint32_t>(bytes, at + 8) ==
          train::detail::masked_crc(bytes.substr(at, 8)));
    events.push_back(bytes.substr(at + 12, length));
    CHECK(number_at<std::uint32_t>(bytes, at + 12 + length) ==
          train::detail::masked_crc(events.back()));
    at += 16 + length;
  }
  CHECK(at == bytes.size());
  return events;
}

struct Line : nn::Module {
  Tensor w = add("w", zeros({1}, float64));
};

void train_line(const std::string& folder, int epochs) {
  Line net;
  optim::SGD optimizer(net, {.lr = 0.1});
  DataLoader loader({ones({4, 1}, float64)}, {.batch_size = 2});
  EventFile events(folder + "/events");
  fit(
      net, optimizer, loader, [&](const Tensor& x) { return mean(square(net.w * x - 1)); },
      [&] { return 1 - net.w.item(); },
      {.epochs = epochs,
       .checkpoints = {.folder = folder + "/run"},
       .callbacks = {events.callback(1)}});
}

HtmlReport full_report() {
  HtmlReport report("Price < 100 & \"more\"");
  report.settings({{"file", "diamonds.csv"}, {"lr", "0.001"}, {"column", "</script><b>x</b>"}},
                  "train 'diamonds.csv' --seed 1 < in > out");
  std::vector<EpochRecord> history;
  for (int epoch = 1; epoch <= 20; ++epoch)
    history.push_back({epoch,
                       1.0 / epoch,
                       0.2 + 0.9 / epoch,
                       {{"validation_loss", 0.2 + 0.9 / epoch}, {"accuracy", 0.9 - 0.5 / epoch}}});
  report.history(history);
  const ScoreCurve curve{
      "training rows",
      {50, 100, 200},
      {{{0.9, 0.5}, {0.95, 0.55}}, {{0.93, 0.6}, {0.94, 0.65}}, {{0.93, 0.75}, {0.92, 0.7}}},
      0};
  report.curve("Learning curve", curve, 0.95);
  report.diagnosis(diagnose(curve, {.ideal = 0.95}));
  ConfusionMatrix matrix(3);
  const std::vector<std::int64_t> truth{0, 0, 1, 1, 2, 2, 2}, predicted{0, 1, 1, 1, 2, 2, 0};
  matrix.update(truth, predicted);
  report.confusion(matrix, {"cat", "dog", "<unknown>"});
  std::vector<double> y, p, c;
  for (int i = 0; i < 300; ++i) {
    y.push_back(std::sin(i) * 3);
    p.push_back(y.back() + std::cos(7 * i) * 0.4);
    c.push_back((i * 37 % 100) / 100. > (i % 10) / 10.);
  }
  report.residuals(y, p);
  std::vector<double> probabilities;
  for (int i = 0; i < 300; ++i) probabilities.push_back(1 - (i % 10) / 10.);
  report.calibration(c, probabilities);
  manual_seed(1);
  report.embedding("cut", randn({5, 4}), {"Fair", "Good", "Very Good", "Premium", "Ideal"});
  report.weights({{"hidden.weight", randn({30, 20})}, {"hidden.bias", zeros({20})}});
  return report;
}

}  // namespace

TEST_CASE("charts: values that hardly differ, single points, logarithms within a decade") {
  // Ticks between them are one number: the loop over them did not end.
  const double next = std::nextafter(1.0, 2.0);
  CHECK(line_chart({{.y = {1, next}}}).find("nan") == std::string::npos);
  CHECK(histogram_chart({1, next}, 5).find("nan") == std::string::npos);
  CHECK(scatter_chart({1, 2}, {next, 1}, {0, 0}, {"a"}).find("nan") == std::string::npos);
  CHECK(line_chart({{.y = {-1.7e308, 1.7e308, 1}}}).find("nan") == std::string::npos);
  CHECK(histogram_chart({-1.7e308, 1.7e308, 1}, 5).find("nan") == std::string::npos);
  for (const std::string& chart :
       {histogram_chart({-4e307, 4e307}, 5), line_chart({{.y = {4e307}}}, {.log_y = true}),
        line_chart({{.y = {5e-324}}}, {.log_y = true})}) {
    CHECK(chart.find("nan") == std::string::npos);
    CHECK(chart.find("inf") == std::string::npos);
  }
  // A line of one point is nothing: one epoch, or a value between two gaps.
  CHECK(line_chart({{.y = {0.5}}}).find("<circle") != std::string::npos);
  const std::string gaps = line_chart({{.y = {1, NAN, 2, 3, NAN, 4}}});
  std::size_t circles = 0;
  for (std::size_t at = 0; (at = gaps.find("<circle", at)) != std::string::npos; ++at) ++circles;
  CHECK(circles == 2);
  // An axis without numbers says nothing.
  CHECK(line_chart({{.y = {0.25, 0.3, 0.7}}}, {.log_y = true}).find(">0.5<") != std::string::npos);
  CHECK(line_chart({{.y = {0.91, 0.93}}}, {.log_y = true}).find(">0.92<") != std::string::npos);
  CHECK(line_chart({{.y = {1.0000001, 1.0000003}}}).find(">1.0000002<") != std::string::npos);
  // Every curve is in the legend.
  const std::string long_names = line_chart(
      {{.name = std::string(90, 'x'), .y = {1, 2}}, {.name = "second", .y = {2, 1}}}, {});
  CHECK(long_names.find(">second<") != std::string::npos);
}

TEST_CASE("event files: records with their checks") {
  // The check value of CRC-32C, masked.
  const std::uint32_t crc = 0xE3069283;
  CHECK(train::detail::masked_crc("123456789") == (crc >> 15 | crc << 17) + 0xA282EAD8u);
  const python::Folder folder;
  EventFile file(folder.path / "runs" / "1");
  file.scalar("loss", 0.5, 300);
  file.session_start(301);
  file.scalar("caf\xe9", 0.5, 302);
  file.flush();
  const auto events = events_of(bytes_of(file.path()));
  REQUIRE(events.size() == 4);
  CHECK(events[0].substr(9) ==
        "\x1a\x0d"
        "brain.Event:2");
  CHECK(events[1].substr(9) ==
        std::string("\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x00\x3f", 18));
  CHECK(events[2].substr(9) == "\x10\xad\x02\x3a\x02\x08\x01");
  // protobuf's texts are UTF-8.
  CHECK_THAT(events[3], ContainsSubstring("\x0a\x07"
                                          "caf\\xe9"));
  CHECK(EventFile(folder.path / "runs" / "1").path() != file.path());
}

TEST_CASE("event files: a resumed run has every step once, as TensorBoard reads it") {
  const python::Folder folder;
  const std::string path = folder.path.string();
  train_line(path, 4);
  // Back to the checkpoint of epoch 3, so that epoch 4 is there twice, then on to 6.
  fs::remove(folder.path / "run" / "step-000000008.safetensors");
  train_line(path, 6);
  CHECK(std::distance(fs::directory_iterator(folder.path / "events"), {}) == 2);
  const std::string interpreter = python::with("tensorboard");
  if (interpreter.empty()) SKIP_TEST("no Python with tensorboard");
  const std::string text =
      python::run(interpreter, "tests/train/peer/events.py", {path + "/events"});
  std::istringstream in(text);
  std::map<std::string, std::vector<int>> steps;
  for (std::string line; std::getline(in, line);) {  // among what else is said
    std::istringstream words(line);
    std::string first, tag;
    int step = 0;
    if (words >> first >> tag >> step && first == "event") steps[tag].push_back(step);
  }
  CHECK(steps["train/loss"] == std::vector<int>{2, 4, 6, 8, 10, 12});
  CHECK(steps["validation/validation_loss"] == std::vector<int>{2, 4, 6, 8, 10, 12});
  CHECK(steps["batch/loss"] == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("report: one page with everything in it, and nothing that a name could break") {
  const std::string page = full_report().str();
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("</script>") == std::string::npos);
  CHECK(page.find("&lt;/script&gt;&lt;b&gt;x") != std::string::npos);
  CHECK(page.find("http") == page.find("http://www.w3.org/2000/svg"));
  std::size_t links = 0;
  for (std::size_t at = page.find("http"); at != page.npos; at = page.find("http", at + 1))
    links += page.compare(at, 26, "http://www.w3.org/2000/svg") != 0;
  CHECK(links == 0);
  for (const char* part : {"src=", "href=", "url(", "@import"}) CHECK(page.find(part) == page.npos);
  CHECK(page.find("width=device-width") != page.npos);
  CHECK(page.find("@media print") != page.npos);
  for (const char* heading :
       {"Settings", "To repeat the run", "Epochs", "Learning curve", "Diagnosis",
        "Confusion matrix", "Residuals", "Calibration", "cut", "Weights"})
    CHECK(page.find(std::string("<h2>") + heading + "</h2>") != page.npos);
  // Elements are closed in their order.
  std::vector<std::string> open;
  for (std::size_t at = page.find("<html"); at != page.npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find_first_of(" />", at + 2);
    const bool closing = page[at + 1] == '/';
    const std::string name = page.substr(
        at + 1 + closing, page.find_first_of(" />", at + 1 + closing) - at - 1 - closing);
    (void)end;
    if (name == "meta" || page[page.find('>', at) - 1] == '/') continue;
    if (!closing) {
      open.push_back(name);
    } else {
      REQUIRE(!open.empty());
      CHECK(open.back() == name);
      open.pop_back();
    }
  }
  CHECK(open.empty());
}

TEST_CASE("report: what does not fit is refused") {
  HtmlReport report("r");
  CHECK(error_of([&] {
          report.table("t", {"a", "b"}, {{"1"}});
        }) == "HtmlReport: a row of 't' has 1 cells, its header 2");
  CHECK(error_of([&] { report.confusion(ConfusionMatrix(2), {"a"}); }) ==
        "HtmlReport: 1 labels for 2 classes");
  CHECK(error_of([&] { line_chart({{.y = {NAN}}}); }) == "line_chart: nothing to draw");
  CHECK(error_of([&] {
          line_chart({{.name = "n", .x = {1}, .y = {1, 2}}});
        }) == "line_chart: x, y or the band of curve 'n' differ in length");
  CHECK(error_of([&] { histogram_chart({NAN}, 3); }) == "histogram_chart: no finite values");
  CHECK(error_of([&] { scatter_chart({1}, {1}, {1}, {"a"}); }) ==
        "scatter_chart: group 1 has no name");
  CHECK_THROWS_AS(project(zeros({1, 3})), ShapeError);
  CHECK_THROWS_AS(report.save("/nowhere/at/all.html"), IoError);
}

TEST_CASE("report: principal components") {
  // Points on a line in the direction (3, 4), and a little across.
  const Tensor rows = from_data(
      std::vector<double>{-30.4, -39.7, -14.6, -20.3, 0.4, -0.3, 14.6, 20.3, 30, 40}, {5, 2});
  const Projection plane = project(rows);
  CHECK(plane.share_x > 0.99);
  CHECK(plane.share_x + plane.share_y == Approx(1));
  CHECK(plane.x[4] - plane.x[0] == Approx(100).epsilon(0.02));
  double dot = 0, along = 0;
  for (std::size_t i = 0; i < 5; ++i) dot += plane.x[i] * plane.y[i], along += plane.x[i];
  CHECK(std::abs(dot) < 1e-6);
  CHECK(std::abs(along) < 1e-9);
  CHECK(project(rows / 1000.0).share_x == Approx(plane.share_x));
  // Of any size, also where squares leave the range.
  for (const double size : {1e-300, 1e-200, 1e200, 1e306}) {
    const Projection far = project(rows * size);
    CHECK(far.share_x == Approx(plane.share_x));
    CHECK(far.share_y == Approx(plane.share_y));
    for (std::size_t i = 0; i < 5; ++i) CHECK(far.x[i] / size == Approx(plane.x[i]).margin(1e-9));
  }
  const Projection flat = project(ones({3, 3}));
  CHECK(flat.share_x == 0);
  CHECK(flat.x == std::vector<double>{0, 0, 0});
}

TEST_CASE("report: places of an embedding have digits, whatever their size") {
  for (const auto& [size, place] : {std::pair(1e-5, ">2e-05<"), std::pair(1e80, ">2e+80<")}) {
    HtmlReport report("sizes");
    report.embedding("rows", tensor({{-2, 0}, {0, 0}, {2, 0}}, float64) * size, {"a", "b", "c"});
    CHECK_THAT(report.str(), ContainsSubstring(place));
  }
}

TEST_CASE("report: the program's locale changes no number") {
  const auto page = [] {
    HtmlReport report("numbers");
    report.lines("curve", {{.y = {0.25, 0.5}}});
    report.table("figures", {"a"}, {{"0.5"}});
    ConfusionMatrix matrix(2);
    matrix.update(from_data(std::vector<std::int64_t>{0, 0, 1}, {3}),
                  from_data(std::vector<std::int64_t>{0, 1, 1}, {3}));
    report.confusion(matrix, {"a", "b"});
    return report.str();
  };
  const std::string wanted = page();
  const char* const old = std::setlocale(LC_ALL, nullptr);
  const std::string before = old ? old : "C";
  bool is_other = false;
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    is_other = is_other || std::setlocale(LC_ALL, name);
  if (!is_other) SKIP_TEST("no locale that has a comma in numbers is installed");
  const std::string got = page();
  std::setlocale(LC_ALL, before.c_str());
  CHECK(got == wanted);
}

TEST_CASE("report: drawn by a browser, for a phone and for a desk") {
  if (std::system("chromium --version > /dev/null 2>&1") != 0) SKIP_TEST("no chromium");
  const python::Folder folder;
  const std::string page = (folder.path / "report.html").string();
  full_report().save(page);
  for (const char* size : {"400,3000", "1200,3000"}) {
    const std::string picture = (folder.path / size).string() + ".png";
    const std::string command =
        "timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars "
        "--host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir=" +
        folder.path.string() + "/profile --window-size=" + size + " --screenshot=" + picture +
        " file://" + page + " > /dev/null 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
    CHECK(fs::file_size(picture) > 50000);
  }
}

TEST_CASE("report: printed side by side, on few pages") {
  if (std::system("chromium --version > /dev/null 2>&1") != 0) SKIP_TEST("no chromium");
  const python::Folder folder;
  const std::string page = folder / "report.html", paper = folder / "report.pdf";
  full_report().save(page);
  const std::string command =
      "timeout 60 chromium --headless --no-sandbox --disable-gpu "
      "--host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir=" +
      folder.path.string() + "/profile --no-pdf-header-footer --print-to-pdf=" + paper +
      " file://" + page + " > /dev/null 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
  std::ostringstream bytes;
  bytes << std::ifstream(paper, std::ios::binary).rdbuf();
  const std::string pdf = bytes.str();
  int pages = 0;
  for (std::size_t at = 0; (at = pdf.find("/Type /Page\n", at)) != pdf.npos; ++at) ++pages;
  CHECK(pages >= 2);
  CHECK(pages <= 4);  // 6 with a chart under the other, as on a screen
}

TEST_CASE("reports: epochs with other figures, losses that are no numbers, large counts") {
  HtmlReport report("x");
  CHECK_THROWS_AS(report.history({{1, 0.5}, {2, 0.4, NAN, {{"a", 1}, {"b", 2}}}}), ValueError);
  report.history({{1, NAN, 0.5, {{"a", NAN}, {"validation_loss", 0.5}}}});
  CHECK(report.str().find(">losses<") != std::string::npos);
  // Numbers that no chart shows: the page is written without one.
  CHECK_NOTHROW(report.history({{1, 1e308, 1e308, {{"a", -1e308}}}}));
  CHECK_NOTHROW(report.weights({{"w", full({3}, 1e308, float64)}, {"v", ones({3})}}));
  ConfusionMatrix matrix(2);
  const std::vector<std::int64_t> all(1234567, 1);
  matrix.update(all, all);
  report.confusion(matrix, {"a", "b"});
  CHECK(report.str().find(">1234567<") != std::string::npos);
  // Of a model that has diverged: all rows at (0, 0) would look like a result.
  const Tensor rows = from_data(std::vector<double>{1, 2, 3, NAN, 5, 6}, {3, 2});
  CHECK_THROWS_AS(report.embedding("x", rows, {"a", "b", "c"}), ValueError);
}
