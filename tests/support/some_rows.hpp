#pragma once

#include <cinta/ops/creation.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/reduce/reduce.hpp>

/// A row-sparse gradient of a table of 5 rows.
inline cinta::Tensor some_rows() {
  const cinta::Tensor table = cinta::zeros({5, 2}).requires_grad_();
  const cinta::Tensor ids = cinta::from_data<std::int64_t>({1, 3}, {2});
  sum(embedding(table, ids, {.sparse = true})).backward();
  return table.grad();
}
