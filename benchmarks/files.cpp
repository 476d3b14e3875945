// What 2 GB of weights take: to save, beside the disk; to open, and to read in full, beside the
// safetensors package of Python, if $CINTA_PEER_PYTHON or python3 has it with torch.

#include <fcntl.h>
#include <unistd.h>

#include <cinta/cinta.hpp>
#include <cinta/io/safetensors.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "bench.hpp"

using namespace cinta;

namespace {

constexpr int tensors = 32;
constexpr std::int64_t elements = std::int64_t{16} << 20;  // of 4 bytes, in each
constexpr double gigabytes = 4. * tensors * elements / 1e9;
constexpr int rounds = 5;

/// What a program can do that writes the same bytes from memory and waits for the disk.
double plain_write(const char* path, const Tensor& x) {
  const double begin = bench::now();
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool good = file >= 0;
  for (int i = 0; i < tensors && good; ++i) {
    const char* from = x.data<float>() ? reinterpret_cast<const char*>(x.data<float>()) : nullptr;
    for (std::size_t left = 4 * elements; left > 0 && good;) {
      const ssize_t n = write(file, from, left);
      good = n > 0;
      if (good) {
        from += n;
        left -= static_cast<std::size_t>(n);
      }
    }
  }
  good = good && fsync(file) == 0;
  if (file >= 0) close(file);
  if (!good) std::perror(path);
  return bench::now() - begin;
}

// Prints milliseconds to open the file and read 1000 numbers, and for the sums of all tensors.
constexpr const char* python = R"(
import sys, time
import torch
from safetensors import safe_open
from safetensors.torch import load_file
def first(path):
    with safe_open(path, "pt") as f:
        return f.get_tensor("t0")[:1000].sum().item()
def full(path):
    return [t.sum().item() for t in load_file(path).values()]
torch.set_num_threads(1)
for work in (first, full):
    times = []
    for i in range(6):
        begin = time.perf_counter()
        result = work(sys.argv[1])
        times.append(time.perf_counter() - begin)
        del result
    print(1e3 * sorted(times[1:])[2])
)";

struct Peer {
  double first = 0, full = 0;  // milliseconds; 0 if there is none
};

Peer peer(const std::string& path) {
  const char* const chosen = std::getenv("CINTA_PEER_PYTHON");
  const std::string command = std::string("'") + (chosen ? chosen : "python3") + "' -c '" + python +
                              "' '" + path + "' 2>/dev/null";
  Peer result;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (!pipe) return result;
  if (std::fscanf(pipe, "%lf %lf", &result.first, &result.full) != 2) result = {};
  pclose(pipe);
  return result;
}

}  // namespace

void bench_files() {
  const std::string path = "bench_files.safetensors", plain = path + ".plain";
  set_num_threads(1);
  const Tensor x = rand({elements});
  NamedTensors named;
  for (int i = 0; i < tensors; ++i) named.emplace_back("t" + std::to_string(i), x);

  std::vector<double> saves, writes, ratios, firsts, fulls;
  const auto save = [&] {
    std::filesystem::remove(path);
    const double begin = bench::now();
    io::save_safetensors(path, named);
    saves.push_back(bench::now() - begin);
  };
  for (int i = 0; i < rounds; ++i) {
    if (i % 2 == 0) save();
    writes.push_back(plain_write(plain.c_str(), x));
    std::filesystem::remove(plain);
    if (i % 2 == 1) save();
    ratios.push_back(saves.back() / writes.back());
  }
  for (int i = 0; i < rounds + 1; ++i) {
    double begin = bench::now();
    sum(slice(io::SafetensorsFile(path).load("t0"), 0, 0, 1000)).item();
    firsts.push_back(1e3 * (bench::now() - begin));
    begin = bench::now();
    for (const auto& [name, tensor] : io::load_safetensors(path)) sum(tensor).item();
    fulls.push_back(1e3 * (bench::now() - begin));
  }
  const Peer python = peer(std::filesystem::absolute(path).string());
  std::filesystem::remove(path);

  std::printf(
      "safetensors, %.1f GB in %d tensors, one thread, the file in memory when it is read\n\n",
      gigabytes, tensors);
  std::printf("save, on the disk       %7.2f s   %.2f GB/s, %.2f times write() and fsync()\n",
              bench::median(saves), gigabytes / bench::median(saves), bench::median(ratios));
  std::printf("open, read 1000 numbers %7.2f ms\n", bench::median(firsts));
  std::printf("sums of all tensors     %7.0f ms  %.1f GB/s\n", bench::median(fulls),
              gigabytes / bench::median(fulls) * 1e3);
  if (python.full > 0)
    std::printf("Python's safetensors: open %.2f ms, sums of all %.0f ms, %.2f times ours\n",
                python.first, python.full, python.full / bench::median(fulls));
  else
    std::printf("no Python with torch and safetensors to compare with\n");
}
