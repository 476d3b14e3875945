#include "diamonds.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include "../data.hpp"

namespace bench {
namespace {

// The file is ours: no quotes, no gaps. carat, cut, color, clarity, depth, table, price, x, y, z.
constexpr std::size_t category_columns[] = {1, 2, 3}, number_columns[] = {0, 4, 5, 7, 8, 9};
constexpr std::size_t carat = 0, price = 6;

void standardise(std::vector<float>& values, std::int64_t columns, std::int64_t train_rows) {
  const std::int64_t rows = std::int64_t(values.size()) / columns;
  for (std::int64_t c = 0; c < columns; ++c) {
    double sum = 0, squares = 0;
    for (std::int64_t r = 0; r < train_rows; ++r) {
      const double v = values[std::size_t(r * columns + c)];
      sum += v;
      squares += v * v;
    }
    const double mean = sum / double(train_rows);
    const double std = std::sqrt(squares / double(train_rows) - mean * mean);
    for (std::int64_t r = 0; r < rows; ++r) {
      float& v = values[std::size_t(r * columns + c)];
      v = float((v - mean) / std);
    }
  }
}

}  // namespace

std::vector<std::int64_t> shuffled(std::int64_t n, std::uint64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[bits(1000 + epoch, i) % i]);
  return order;
}

Diamonds read_diamonds(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("cannot read " + path);
  std::vector<std::vector<std::string>> table;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    table.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) table.back().push_back(cell);
  }

  Diamonds data;
  data.rows = std::int64_t(table.size());
  data.train_rows = data.rows * 70 / 100;
  data.validation_rows = data.rows * 15 / 100;
  std::vector<std::map<std::string, std::int64_t>> known(Diamonds::categories);
  for (const std::int64_t r : shuffled(data.rows, 0)) {
    const std::vector<std::string>& row = table[std::size_t(r)];
    for (const std::size_t c : number_columns) data.x.push_back(std::stof(row.at(c)));
    data.x.push_back(std::log(std::stof(row.at(carat))));
    data.y.push_back(std::log(std::stof(row.at(price))));
    for (std::size_t k = 0; k < known.size(); ++k) {
      const auto next = std::int64_t(known[k].size());
      data.ids.push_back(known[k].try_emplace(row.at(category_columns[k]), next).first->second);
    }
  }
  for (const auto& names : known) data.classes.push_back(std::int64_t(names.size()));
  standardise(data.x, Diamonds::numbers, data.train_rows);
  standardise(data.y, 1, data.train_rows);
  return data;
}

}  // namespace bench
