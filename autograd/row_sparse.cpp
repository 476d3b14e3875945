#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/pool.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <new>

namespace cinta {
namespace {

// For code that goes to the elements without apply, which names the operation.
class Refusal final : public AccessHook {
  [[noreturn]] void all() override {
    throw ValueError("a row-sparse tensor has no elements in memory; use to_dense(t)", Site());
  }
  [[noreturn]] void rows(const Array&, const std::int64_t*, std::int64_t) override { all(); }
  [[noreturn]] std::optional<double> sum_of_squares(const Array&) override { all(); }
};
constinit Refusal refusal;

const RowSparse& sparse_of(const char* what, const Tensor& x, const Site& site) {
  if (!x.defined()) throw ValueError(std::string(what) + ": the tensor is undefined", site);
  if (!x.is_row_sparse()) {
    throw ValueError(std::string(what) + ": " + x.spec().str() + " is not row-sparse", site);
  }
  return *x.impl()->sparse;
}

}  // namespace

void RowSparse::destroy(RowSparse* sparse) noexcept {
  sparse->~RowSparse();
  pool::deallocate(sparse, sizeof(RowSparse));
}

const Tensor& row_ids(const Tensor& x, Site site) { return sparse_of("row_ids", x, site).ids; }
double row_decay(const Tensor& x, Site site) { return sparse_of("row_decay", x, site).decay; }
const Tensor& row_values(const Tensor& x, Site site) { return sparse_of("rows", x, site).rows; }

Tensor detail::make_row_sparse(const Spec& spec, Tensor ids, Tensor rows, bool coalesced) {
  // A storage of its own, for the version and the hook.
  const Tensor none = empty({0}, spec.dtype);
  Tensor x = alias(none, spec.shape, Strides::filled(spec.shape.rank()));
  x.storage()->set_hook(&refusal);
  x.impl()->dense = false;
  void* block = pool::allocate(sizeof(RowSparse));
  x.impl()->sparse =
      Ref<RowSparse>::adopt(new (block) RowSparse(std::move(ids), std::move(rows), coalesced));
  return x;
}

Tensor detail::times_table(const Tensor& table, double decay) {
  Tensor x = no_rows(table.spec());
  RowSparse& sparse = *x.impl()->sparse;
  sparse.decay = decay;
  sparse.table = table.detach();
  sparse.version = table.storage()->version();
  return x;
}

Tensor detail::no_rows(const Spec& spec) {
  Shape none = spec.shape;
  none[0] = 0;
  return make_row_sparse(spec, empty({0}, int64), empty(none, spec.dtype), true);
}

}  // namespace cinta
