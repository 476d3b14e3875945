// What a fuzzer's function does without a fuzzer: the inputs of a folder, then so many others that
// are made of them by a few random changes, the same ones for each seed.
//   replay_NAME FOLDER [COUNT [SEED [FILE]]]
// FILE gets the input that it stops at.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::mt19937 dice(1);
std::size_t below(std::size_t count) { return dice() % count; }  // the same in every library

std::string changed(std::string bytes, const std::string& other) {
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(4)) {
      case 0: bytes.insert(at, 1, char(dice())); break;
      case 1: bytes.erase(at, 1 + below(4)); break;
      case 2: bytes.insert(at, other, below(other.size() + 1), below(16)); break;
      default:
        if (at < bytes.size()) bytes[at] = char(dice());
    }
  }
  return bytes;
}

const char* file_of_stop = nullptr;
std::vector<std::uint8_t> input;

void keep_input(int signal) {
  const int file = open(file_of_stop, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0 && write(file, input.data(), input.size()) < 0) std::perror(file_of_stop);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(const std::string& bytes) {
  // Exactly as long as it is, for who looks at the ends of memory.
  input = std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  if (argc < 2) {
    std::cerr << "usage: replay FOLDER [COUNT [SEED [FILE]]]\n";
    return 2;
  }
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(argv[1])) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const fs::path& path : paths) {
    std::cout << path.filename().string() << std::endl;  // the last one is what it stopped at
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    run(corpus.back());
  }
  if (corpus.empty()) {
    std::cerr << "replay: there is nothing in " << argv[1] << '\n';
    return 2;
  }
  const int count = argc > 2 ? std::atoi(argv[2]) : 0;
  if (argc > 3) dice.seed(std::uint32_t(std::atoll(argv[3])));
  if (argc > 4) {
    file_of_stop = argv[4];
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) std::signal(signal, keep_input);
  }
  for (int i = 0; i < count; ++i) {
    const std::string &from = corpus[below(corpus.size())], &other = corpus[below(corpus.size())];
    run(changed(from, other));
  }
  std::cout << corpus.size() << " inputs and " << count << " made of them" << std::endl;
  return 0;
}
