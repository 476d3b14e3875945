// bench measures the works of works/ and prints one table; bench NAME ... runs other benchmarks,
// which print by themselves.

#include <CLI/CLI.hpp>
#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <tuple>

#include "bench.hpp"
#include "compare.hpp"
#include "machine.hpp"
#include "serve.hpp"

namespace {

struct Benchmark {
  const char* name;
  void (*run)();
};

constexpr Benchmark benchmarks[] = {
    {"gemm", bench_gemm}, {"checkpoint", bench_checkpoint}, {"files", bench_files}};

bench::Host host(const bench::Works& works) {
  bench::Host host;
  host.version =
      "Cinta " CINTA_VERSION ", OpenBLAS " + std::string(cinta::kernels::blas().get_corename());
  host.start = [&](const std::string& name, bench::Mode mode) -> std::optional<bench::Running> {
    for (const bench::Work& work : works)
      if (work.name == name) return work.start(mode);
    return std::nullopt;
  };
  host.peak = [](const std::function<void()>& call) {
    cinta::reset_peak_memory();
    const std::int64_t before = cinta::memory_stats().in_use;
    call();
    return double(cinta::memory_stats().peak_in_use - before);
  };
  host.trim = cinta::empty_cache;
  host.measure = bench::measure;
  return host;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text << std::flush)) throw std::runtime_error("cannot write " + path);
}

// `path` with what stands between its two marks replaced, or `text` alone where there are none.
std::string with_table(const std::string& path, const std::string& text) {
  std::ifstream file(path);
  std::string page(std::istreambuf_iterator<char>(file), {});
  const std::string begin = "<!-- table -->\n", end = "<!-- end of table -->";
  const std::size_t first = page.find(begin), last = page.find(end);
  if (first == std::string::npos || last == std::string::npos || last < first) return text;
  const std::size_t from = first + begin.size();
  return page.replace(from, last - from, "\n" + text + "\n");
}

// Whether every work is as fast beside the peer as all of them have to be.
bool at_target(const bench::Report& report) {
  int slower = 0, compared = 0;
  for (const bench::Result& result : report.results) {
    for (const bench::Figure& figure : result.figures) {
      if (!figure.peer) continue;
      ++compared;
      if (figure.peer->ratio >= report.peer_target) continue;
      ++slower;
      std::cout << "SLOWER: " << result.work->name << " with " << figure.threads
                << " threads is at " << figure.peer->ratio << " of " << report.peer_title
                << "; at least " << report.peer_target << " were expected\n";
    }
  }
  std::cout << compared << " figures beside " << report.peer_title << ", " << slower << " below "
            << report.peer_target << "\n";
  return slower == 0 && compared > 0;
}

// Whether no work takes twice as long as it should: what a change has made slow. Of some it is not
// said how long that is.
bool within_bounds(const bench::Report& report) {
  bool good = true;
  for (const bench::Result& result : report.results) {
    for (const bench::Figure& figure : result.figures) {
      const bench::Work& work = *result.work;
      const double bound = 2 * (work.recorded > 0 ? work.recorded : work.limit_target);
      if (bound == 0 || figure.fastest <= bound * figure.limit) continue;
      good = false;
      std::cout << "TOO SLOW: " << result.work->name << " with " << figure.threads
                << " threads takes " << figure.fastest / figure.limit
                << " times its limit; at most " << bound << " were expected\n";
    }
  }
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Works works = bench::all_works();
  if (argc == 2 && argv[1] == std::string("--serve")) {
    bench::serve(host(works));
    return 0;
  }
  if (argc == 3 && argv[1] == std::string("--gemm-child")) {
    bench_gemm_child(argv[2]);
    return 0;
  }

  CLI::App app("Measures Cinta against the machine's limit and, with --peer, against libtorch.",
               "bench");
  std::vector<std::string> names, peer_settings;
  std::string json, markdown;
  bench::Options options;
  bool bounds = false;
  std::vector<std::string> known;
  for (const Benchmark& b : benchmarks) known.emplace_back(b.name);
  app.add_option("name", names, "other benchmarks to run instead of the table")
      ->check(CLI::IsMember(known));
  app.add_option("--only", options.only, "only works whose names begin so")->delimiter(',');
  app.add_option("--threads", options.threads, "numbers of threads (default: 1 and all)")
      ->delimiter(',')
      ->check(CLI::Range(1, bench::processors()));
  app.add_flag("--quick", options.quick, "a short run");
  app.add_option("--peer", options.peer, "the peer's program, built by ./dev bench --peer");
  const CLI::Option* native =
      app.add_option("--native", options.peer, "Cinta compiled for this machine alone, as the peer")
          ->excludes("--peer");
  const CLI::Option* against =
      app.add_option("--against", options.peer, "bench of another revision, as the peer")
          ->excludes("--peer")
          ->excludes("--native");
  app.add_option("--peer-env", peer_settings, "NAME=VALUE for the peer's environment");
  app.add_option("--json", json, "write everything to this file");
  app.add_option("--markdown", markdown,
                 "write the table to this file, between its marks if it has them");
  app.add_flag("--bounds", bounds, "fail if a work is about twice as slow as it should be");
  CLI11_PARSE(app, argc, argv);

  if (!names.empty()) {
    for (const Benchmark& b : benchmarks)
      if (std::find(names.begin(), names.end(), b.name) != names.end()) b.run();
    return 0;
  }
  bench::catch_interrupts();
  try {
    for (const std::string& setting : peer_settings) {
      const std::size_t equals = setting.find('=');
      if (equals == std::string::npos)
        throw std::runtime_error("--peer-env needs NAME=VALUE, got " + setting);
      options.peer_environment.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    const bool other_revision = against->count() > 0;
    options.peer_is_cinta = other_revision || native->count() > 0;
    if (options.peer_is_cinta) options.peer_target = other_revision ? 0.97 : 0.95;
    bench::Report report = bench::compare(works, options);
    if (other_revision) std::tie(report.peer_title, report.our_title) = std::pair("before", "now");
    std::cout << report.table(false);
    if (!json.empty()) write(json, report.json().dump(2) + "\n");
    if (!markdown.empty()) write(markdown, with_table(markdown, report.table(true)));
    if (other_revision && !at_target(report)) return 1;
    return bounds && !within_bounds(report) ? 1 : 0;
  } catch (const bench::Interrupted&) {
    std::cerr << "\nbench: interrupted\n";
    return 130;
  } catch (const std::exception& error) {
    std::cerr << "\nbench: " << error.what() << "\n";
    return 1;
  }
}
