#pragma once
// What operations that look rows up by ids have in common. Library code only.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <optional>

namespace cinta::detail {

using kernels::no_padding;

/// Throws DtypeError unless ids are int64, IndexError for one outside [0, count). `what` is a noun
/// with its article: "a table of 10 rows".
void check_ids(const Op& op, const Tensor& ids, std::int64_t count, const std::string& what);
void check_padding(const Op& op, std::optional<std::int64_t> padding_idx, std::int64_t rows);

/// The table as kernels see it, with the rows of these ids up to date; others may be behind.
Array table_with(const Tensor& dense_table, const Array& ids);

/// What a lookup adds to a table, row-sparse: no memory for rows that it did not touch.
Tensor looked_up_rows(const Spec& table, const Tensor& ids, const Tensor& dy,
                      std::optional<std::int64_t> padding_idx);

/// Tells a leaf how it is looked up, see Leaf::note_lookup.
void note_lookup(const Tensor& weight, bool sparse, std::optional<std::int64_t> padding_idx);

}  // namespace cinta::detail
