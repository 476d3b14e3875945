#include "serve.hpp"

#include <cstdio>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "bench.hpp"

namespace bench {
namespace {

std::string text(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.9g", value);
  return buffer;
}

std::string text(const std::vector<double>& values) {
  std::string numbers;
  for (const double value : values) numbers += (numbers.empty() ? "" : " ") + text(value);
  return numbers;
}

std::string answer(const Host& host, std::optional<Running>& work,
                   const std::vector<std::string>& words) {
  const std::string& verb = words.at(0);
  if (verb == "version") return host.version;
  if (verb == "measure" && host.measure)
    return text(host.measure({words.begin() + 1, words.end()}));
  if (verb == "open") {
    work.reset();
    work = host.start(words.at(1), words.at(2) == "check" ? Mode::check : Mode::time);
    return work ? "ok" : "missing";
  }
  if (verb == "close") {
    work.reset();
    host.trim();
    return "ok";
  }
  if (!work) throw std::runtime_error("no work is open for " + verb);
  if (verb == "values") {
    for (int i = std::stoi(words.at(1)); i > 0; --i) work->step();
    return text(work->values());
  }
  if (verb == "time") {
    const Timing timing = timing_of(work->step, std::stod(words.at(1)));
    return text(timing.median) + " " + text(timing.fastest);
  }
  if (verb == "peak") {
    for (int i = 0; i < 2; ++i) work->step();
    work->clear();
    return text(host.peak(work->step));
  }
  throw std::runtime_error("what is " + verb + "?");
}

}  // namespace

void serve(const Host& host) {
  std::optional<Running> work;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    std::string reply;
    try {
      reply = answer(host, work, words);
    } catch (const std::exception& error) {
      reply = "error " + std::string(error.what());
      for (char& c : reply)
        if (c == '\n') c = ' ';
    }
    std::cout << reply << std::endl;
  }
}

}  // namespace bench
