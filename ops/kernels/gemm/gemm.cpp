#include <cinta/autograd/core/memory/pool.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/gemm/blas_calls.hpp>
#include <cinta/ops/kernels/gemm/gemm.hpp>
#include <cinta/ops/kernels/gemm/gemm_parallel.hpp>
#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <climits>
#include <optional>

namespace cinta::kernels {
namespace {

using std::int64_t;

// A matrix as a BLAS takes it: one of its strides is 1 and the other at least the size across.
struct Layout {
  bool usable, transposed;
  int64_t leading;

  Layout(int64_t rows, int64_t columns, int64_t row, int64_t column) {
    const bool by_rows = (column == 1 || columns == 1) && (row >= columns || rows == 1);
    const bool by_columns = (row == 1 || rows == 1) && (column >= rows || columns == 1);
    transposed = !by_rows;
    leading = by_rows ? std::max(rows == 1 ? 0 : row, columns)
                      : std::max(columns == 1 ? 0 : column, rows);
    usable = (by_rows || by_columns) && leading <= INT_MAX;
  }
};

// Whether a vector of this step may be handed to gemv.
bool usable_step(int64_t step, int64_t size) { return size == 1 || (step > 0 && step <= INT_MAX); }

// Multiplications that are worth a thread: of a matrix by a vector, where each needs its own
// element of the matrix, and of two matrices. If those are long and thin, processors that are far
// apart lose more over what others wrote than they gain.
constexpr double vector_work = 256 * 1024;

template <class T>
double matrix_work(const Product<T>& p) {
  const double m = double(p.m), n = double(p.n), k = double(p.k);
  const double uses = m * n * k / (m * k + k * n + m * n);  // of an element, on the average
  return (uses < 40 ? 4096 : 1024) * 1024;
}

// Runs calls of BLAS, on several threads if it can be kept on one in each.
template <class T, class F>
void divide(const Product<T>& p, double work_per_thread, const F& by_blas) {
  blas().shares_threads ? multiply_parallel(p, work_per_thread, by_blas) : by_blas(p);
}

// a x column, or row x b as the transposed product. Returns false if the strides do not allow it.
template <class T>
bool multiply_vector(const Product<T>& p) {
  const bool column = p.n == 1;
  const Layout matrix =
      column ? Layout(p.m, p.k, p.a_row, p.a_col) : Layout(p.k, p.n, p.b_row, p.b_col);
  const int64_t step = column ? p.b_row : p.a_col;
  if (!matrix.usable || !usable_step(step, p.k) || (column && p.y_row != 1 && p.m != 1))
    return false;
  const auto by_blas = [&](const Product<T>& part) {
    const int64_t rows = column ? part.m : part.k, columns = column ? part.k : part.n;
    // Added to zeros: there are BLAS whose beta = 0 keeps a NaN that y happens to hold.
    if (!p.accumulate) std::fill_n(part.y, column ? part.m : part.n, T(0));
    gemv(matrix.transposed != !column, matrix.transposed ? columns : rows,
         matrix.transposed ? rows : columns, column ? part.a : part.b, int(matrix.leading),
         column ? part.b : part.a, p.k == 1 ? 1 : step, part.y);
  };
  divide(p, vector_work, by_blas);
  return true;
}

// What a product is best done with; fixed by sizes and strides, in a process that has a BLAS.
enum class Way { tiled, vector, blas };

template <class T>
Way choose(const Product<T>& p) {
  const double work = double(p.m) * double(p.n) * double(p.k);
  if (std::max({p.m, p.n, p.k}) > INT_MAX) return Way::tiled;
  const double least = p.n == 1 ? 128 : 1024;  // work from which on a vector is worth a call
  if (p.n == 1 || p.m == 1) return work <= least || !blas().available ? Way::tiled : Way::vector;
  return beats_blas(p) || !blas().available ? Way::tiled : Way::blas;
}

template <class T>
void multiply_by_us(const Product<T>& p) {
  multiply_parallel(p, matrix_work(p), [](const Product<T>& part) { multiply_tiled(part); });
}

template <class T>
void multiply_best(const Product<T>& p) {
  const Way way = choose(p);
  if (way == Way::tiled) return multiply_by_us(p);
  if (way == Way::vector && multiply_vector(p)) return;
  const Layout a(p.m, p.k, p.a_row, p.a_col), b(p.k, p.n, p.b_row, p.b_col);
  if (!a.usable || !b.usable || p.y_row > INT_MAX) return multiply_by_us(p);
  const auto by_blas = [&](const Product<T>& part) {
    gemm(a.transposed, b.transposed, part, int(a.leading), int(b.leading));
  };
  divide(p, matrix_work(p), by_blas);
}

// An operand: its last two axes as a matrix, the others to be walked. A leading axis of step 0
// counts as one of size 1: whoever broadcasts before multiplying pays no more than who does not.
class Operand {
 public:
  explicit Operand(const Array& array) : shape_(array.shape), strides_(array.strides) {
    for (int i = 0; i < shape_.rank() - 2; ++i)
      if (strides_[i] == 0 && shape_[i] > 1) shape_[i] = 1;
    array_.emplace(array.memory, shape_, strides_, array.dtype);
  }
  ~Operand() {
    if (copy_) pool::deallocate(copy_, bytes());
  }
  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;

  const Array& array() const { return *array_; }
  int64_t rows() const { return shape_[shape_.rank() - 2]; }
  int64_t columns() const { return shape_.back(); }
  int64_t row() const { return strides_[shape_.rank() - 2]; }
  int64_t column() const { return strides_.back(); }

  // Copies it, once for all products, if a BLAS cannot read it as it lies.
  void make_usable() {
    if (Layout(rows(), columns(), row(), column()).usable) return;
    copy_ = pool::allocate(bytes());
    const Strides dense = contiguous_strides(shape_);
    copy(*array_, {copy_, shape_, dense, array_->dtype});
    strides_ = dense;
    array_.emplace(copy_, shape_, strides_, array_->dtype);
  }

  // Elements between the matrices along the leading axis that is `from_end` before the rows; 0
  // where it broadcasts.
  int64_t step(int from_end) const {
    const int axis = shape_.rank() - 3 - from_end;
    return axis < 0 || shape_[axis] == 1 ? 0 : strides_[axis];
  }

  // Elements between the first matrix and number `index` of the broadcast leading axes.
  int64_t offset(int64_t index, const Shape& batch) const {
    int64_t offset = 0;
    for (int i = batch.rank() - 1; i >= 0; --i) {
      offset += index % batch[i] * step(batch.rank() - 1 - i);
      index /= batch[i];
    }
    return offset;
  }

 private:
  std::size_t bytes() const { return std::size_t(shape_.numel()) * size_of(array_->dtype); }

  Shape shape_;
  Strides strides_;
  std::optional<Array> array_;
  void* copy_ = nullptr;
};

// The last leading axes, along which there is one matrix on the right, as further rows of the left
// one: a single product.
struct Fold {
  int64_t matrices = 1;  // that become one
  int64_t row;           // elements between the rows

  // As far as the left operand's rows lie like that; or with `anyhow`, as they would after a copy.
  Fold(const Operand& a, const Operand& b, const Shape& batch, bool anyhow) : row(a.row()) {
    for (int i = 0; i < batch.rank(); ++i) {
      const int64_t size = batch[batch.rank() - 1 - i], rows = a.rows() * matrices;
      if (size == 1) continue;
      if (b.step(i) != 0 || a.step(i) == 0) return;
      if (!anyhow && rows > 1 && a.step(i) != row * rows) return;
      if (rows == 1) row = a.step(i);
      matrices *= size;
    }
  }
};

template <class T>
void multiply_all(Operand& a, Operand& b, const Array& y, bool accumulate) {
  const int rank = y.shape.rank();
  Product<T> p{.m = y.shape[rank - 2],
               .n = y.shape.back(),
               .k = a.columns(),
               .a = nullptr,
               .a_row = 0,
               .a_col = 0,
               .b = nullptr,
               .b_row = 0,
               .b_col = 0,
               .y = y.data<T>(),
               .y_row = y.shape.back(),
               .accumulate = accumulate};
  Shape batch = Shape::filled(rank - 2);
  for (int i = 0; i < rank - 2; ++i) batch[i] = y.shape[i];
  int64_t count = batch.numel();
  if (count * p.m * p.n == 0) return;

  Product<T> folded = p;
  folded.m *= Fold(a, b, batch, true).matrices;
  if (choose(folded) != Way::tiled) {
    a.make_usable();
    b.make_usable();
  }
  const Fold fold(a, b, batch, false);
  count /= fold.matrices;
  p.m *= fold.matrices;
  p.a_row = fold.row;
  p.a_col = a.column();
  p.b_row = b.row();
  p.b_col = b.column();

  const auto run = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Product<T> one = p;
      one.a = a.array().template data<T>() + a.offset(i * fold.matrices, batch);
      one.b = b.array().template data<T>() + b.offset(i * fold.matrices, batch);
      one.y = p.y + i * p.m * p.n;
      multiply_best(one);
    }
  };
  // Whole products on each thread need no agreement between threads; a few large ones are rather
  // divided, which loads the threads evenly.
  const double work = std::max(1.0, double(p.m) * double(p.n) * double(p.k));
  constexpr double large = 128 * 128 * 128, work_per_thread = 256 * 1024;
  const int threads = thread_count();
  const bool whole = count >= (work < large ? threads : 4 * threads) &&
                     (choose(p) == Way::tiled || blas().shares_threads);
  parallel_for(count, whole ? int64_t(1 + work_per_thread / work) : count, run);
}

}  // namespace

void multiply(const Product<float>& product) { multiply_best(product); }
void multiply(const Product<double>& product) { multiply_best(product); }

void matmul(const Array& a, const Array& b, const Array& y, bool accumulate) {
  dispatch_floating(y.dtype, [&]<class T>() {
    if (a.shape.rank() == 2 && b.shape.rank() == 2) {
      // The common case at once: small products are over before operands are prepared.
      const Product<T> p{.m = a.shape[0],
                         .n = b.shape[1],
                         .k = a.shape[1],
                         .a = a.data<T>(),
                         .a_row = a.strides[0],
                         .a_col = a.strides[1],
                         .b = b.data<T>(),
                         .b_row = b.strides[0],
                         .b_col = b.strides[1],
                         .y = y.data<T>(),
                         .y_row = b.shape[1],
                         .accumulate = accumulate};
      if (p.m * p.n == 0) return;
      const bool usable =
          Layout(p.m, p.k, p.a_row, p.a_col).usable && Layout(p.k, p.n, p.b_row, p.b_col).usable;
      if (usable || choose(p) == Way::tiled) return multiply_best(p);
    }
    Operand left(a), right(b);
    multiply_all<T>(left, right, y, accumulate);
  });
}

void linear(const Array& x, const Array& weight, const Array* bias, const Array& y) {
  if (bias) copy(*bias, y);
  const Shape transposed{weight.shape[1], weight.shape[0]};
  const Strides strides{weight.strides[1], weight.strides[0]};
  const Array w{weight.memory, transposed, strides, weight.dtype};
  if (x.shape.rank() > 1) return matmul(x, w, y, bias);
  const Shape row_x{1, x.shape[0]}, row_y{1, y.shape[0]};
  const Strides step_x{0, x.strides[0]}, step_y{0, 1};
  matmul({x.memory, row_x, step_x, x.dtype}, w, {y.memory, row_y, step_y, y.dtype}, bias);
}

}  // namespace cinta::kernels
