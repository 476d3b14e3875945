#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace bench {
namespace {

// "2.31" or "14.2" or "231"
std::string number(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
  return buffer;
}

// "3e-07"
std::string magnitude(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.0e", value);
  return buffer;
}

std::string rates(const Range& range) {
  return number(range.least * 1e-9) + " to " + number(range.most * 1e-9);
}

std::string megabytes(double bytes) { return number(bytes * 1e-6) + " MB"; }

using Row = std::vector<std::string>;

// Columns of equal width, the first to the left; a line under the first row.
std::string aligned(std::vector<Row> rows, bool markdown) {
  for (Row& row : rows)
    for (std::size_t at = 0; markdown && (at = row[0].find('|', at)) != std::string::npos; at += 2)
      row[0].insert(at, 1, '\\');
  std::vector<std::size_t> width;
  for (const Row& row : rows) {
    width.resize(std::max(width.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < width.size(); ++c) {
      const std::string cell = c < rows[r].size() ? rows[r][c] : "";
      const std::string gap(width[c] - cell.size(), ' ');
      text += markdown ? "| " : c ? "  " : "";
      text += c == 0 ? cell + gap : gap + cell;
      if (markdown) text += c + 1 == width.size() ? " |" : " ";
    }
    text += "\n";
    if (r > 0) continue;
    for (std::size_t c = 0; c < width.size(); ++c) {
      if (markdown)
        text += c == 0 ? "| --- " : c + 1 == width.size() ? "| ---: |" : "| ---: ";
      else
        text += (c ? "  " : "") + std::string(width[c], '-');
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string duration(double seconds) {
  if (seconds < 1e-6) return number(seconds * 1e9) + " ns";
  if (seconds < 1e-3) return number(seconds * 1e6) + " us";
  if (seconds < 1) return number(seconds * 1e3) + " ms";
  return number(seconds) + " s";
}

std::string Report::table(bool markdown) const {
  const bool compared = !peer.empty();
  std::string text = processor + ", " + std::to_string(processors) + " processors";
  for (const auto& [threads, rate] : bandwidth)
    text += ", " + rates(rate) + " GB/s with " + std::to_string(threads) +
            (threads > 1 ? " threads" : " thread") + " (reading alone " +
            rates(reading.at(threads)) + ")";
  if (exchange.most > 0)
    text += ", " + duration(exchange.least) + " to " + duration(exchange.most) +
            " to and fro between processors";
  text += "; " + date + "\n" + cinta + (compared ? "; " + peer + peer_settings : "") + "\n\n";

  Row head{"work", "threads", "time", "limit", "time/limit", "at most"};
  if (compared)
    head.insert(head.end(), {peer_title, peer_title + "/" + our_title, "at least",
                             peer_title + "/limit", "difference"});
  std::vector<Row> rows{head}, memory{{"memory of a step", "peak", "must save", "peak/must"}};
  if (compared) memory[0].push_back(peer_title + "'s peak");
  for (const Result& result : results) {
    const Work& work = *result.work;
    const auto wanted = [](double target) { return target > 0 ? number(target) : ""; };
    for (const Figure& figure : result.figures) {
      Row row{work.title, std::to_string(figure.threads), duration(figure.median)};
      row.push_back(figure.limit > 0 ? duration(figure.limit) : "");
      row.push_back(figure.limit > 0 ? number(figure.median / figure.limit) : "");
      row.push_back(wanted(work.limit_target));
      if (compared && !figure.peer) row.push_back("none");
      if (figure.peer) {
        row.push_back(duration(figure.peer->median));
        row.push_back(number(figure.peer->ratio));
        row.push_back(wanted(peer_target > 0 ? peer_target : work.peer_target));
        row.push_back(figure.limit > 0 ? number(figure.peer->median / figure.limit) : "");
        row.push_back(magnitude(figure.peer->difference));
      }
      rows.push_back(row);
    }
    const Figure& figure = result.figures.front();
    if (work.must_save == 0) continue;
    Row row{work.title, megabytes(figure.peak), megabytes(work.must_save),
            number(figure.peak / work.must_save)};
    if (figure.peer) row.push_back(megabytes(figure.peer->peak));
    memory.push_back(row);
  }
  text += aligned(rows, markdown);
  if (memory.size() > 1) text += "\n" + aligned(memory, markdown);
  return text;
}

nlohmann::json Report::json() const {
  nlohmann::json out{{"processor", processor}, {"processors", processors},
                     {"date", date},           {"cinta", cinta},
                     {"peer", peer},           {"peer_settings", peer_settings}};
  for (const auto& [threads, rate] : bandwidth)
    out["bandwidth"][std::to_string(threads)] = {rate.least, rate.most};
  for (const auto& [threads, rate] : reading)
    out["reading"][std::to_string(threads)] = {rate.least, rate.most};
  if (exchange.most > 0) out["exchange"] = {exchange.least, exchange.most};
  for (const Result& result : results) {
    const Work& work = *result.work;
    nlohmann::json one{{"name", work.name}, {"title", work.title}};
    if (work.peer_target > 0) one["peer_target"] = work.peer_target;
    if (work.limit_target > 0) one["limit_target"] = work.limit_target;
    if (work.must_save > 0) one["must_save"] = work.must_save;
    for (const Figure& figure : result.figures) {
      nlohmann::json f{{"threads", figure.threads},
                       {"median", figure.median},
                       {"fastest", figure.fastest},
                       {"limit", figure.limit}};
      if (work.must_save > 0) f["peak"] = figure.peak;
      if (figure.peer)
        f["peer"] = {{"median", figure.peer->median},
                     {"fastest", figure.peer->fastest},
                     {"ratio", figure.peer->ratio},
                     {"difference", figure.peer->difference},
                     {"peak", figure.peer->peak}};
      one["figures"].push_back(f);
    }
    out["works"].push_back(one);
  }
  return out;
}

}  // namespace bench
