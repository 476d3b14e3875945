// Linear algebra: beside PyTorch for gradients, beside NumPy and SciPy for values. Factors that are
// only defined up to signs are compared by their products.

#include "cases.hpp"

namespace {

using namespace oracle;

const Cases products([] {
  RANDOM("torch.matmul(x, y)", matmul(in[0], in[1]), {draw({2, 3, 4}), draw({4, 2})});
  RANDOM("torch.bmm(x, y)", bmm(in[0], in[1]), {draw({2, 3, 4}), draw({2, 4, 2})});
  RANDOM("torch.mv(x, y)", mv(in[0], in[1]), {draw({3, 4}), draw({4})});
  RANDOM("torch.dot(x, y)", dot(in[0], in[1]), {draw({4}), draw({4})});
  RANDOM("torch.inner(x, y)", inner(in[0], in[1]), {draw({3, 4}), draw({2, 4})});
  RANDOM("torch.outer(x, y)", outer(in[0], in[1]), {draw({3}), draw({2})});
  RANDOM("torch.addmm(x, y, z, beta=0.5, alpha=2)",
         addmm(in[0], in[1], in[2], {.beta = 0.5, .alpha = 2}),
         {draw({3, 2}), draw({3, 4}), draw({4, 2})});
  RANDOM("torch.baddbmm(x, y, z)", baddbmm(in[0], in[1], in[2]),
         {draw({2, 3, 2}), draw({2, 3, 4}), draw({2, 4, 2})});
  RANDOM("F.linear(x, y, z)", linear(in[0], in[1], in[2]), {draw({3, 4}), draw({2, 4}), draw({2})});
  RANDOM("torch.tensordot(x, y, 2)", tensordot(in[0], in[1], 2),
         {draw({2, 3, 4}), draw({3, 4, 2})});
  RANDOM("torch.linalg.cross(x, y)", cross(in[0], in[1]), {draw({2, 3}), draw({2, 3})});
  RANDOM("torch.kron(x, y)", kron(in[0], in[1]), {draw({2, 3}), draw({2, 2})});
  RANDOM("np.kron(x, y)", kron(in[0], in[1]), {draw({2, 3}), draw({2, 2})});
  for (const char* equation : {"bij,bjk->bik", "bik,bjk->bij", "ij,kj->ki", "ijk,jkl->il",
                               "i,j->ij", "ii->i", "ij->", "bhqd,bhkd->bhqk"}) {
    const std::string text = equation;
    const std::string letters = text.substr(0, text.find("->"));
    Tensors operands;
    Shape shape;
    for (const char c : letters + ",") {
      if (c == ',') {
        operands.push_back(draw(shape));
        shape = {};
      } else {
        Shape longer = Shape::filled(shape.rank() + 1);
        for (int i = 0; i < shape.rank(); ++i) longer[i] = shape[i];
        longer[shape.rank()] = c == 'i' ? 3 : c == 'j' ? 4 : 2;
        shape = longer;
      }
    }
    const std::string names = operands.size() == 2 ? ", x, y)" : ", x)";
    const Function f = [text](const Tensors& in) { return einsum(text, in); };
    random("torch.einsum('" + text + "'" + names, f, operands);
    random("np.einsum('" + text + "'" + names, f, operands);
  }
  RANDOM("np.matmul(x, y)", matmul(in[0], in[1]), {draw({2, 1, 3, 4}), draw({3, 4, 2})});
  RANDOM("torch.matmul(x, y)", matmul(in[0], in[1]), {draw({2, 1, 3, 4}), draw({3, 4, 2})});
  RANDOM("torch.bmm(x, y.expand(5, 4, 2))", bmm(in[0], broadcast_to(in[1], {5, 4, 2})),
         {draw({5, 3, 4}), draw({4, 2})});
  RANDOM("np.linalg.multi_dot([x, y, z])", multi_dot({in[0], in[1], in[2]}),
         {draw({2, 3}), draw({3, 4}), draw({4, 2})});
  RANDOM("scipy.sparse.csr_array(x) @ y", matmul(to_sparse_csr(relu(in[0])), in[1]),
         {relu(draw({5, 4})), draw({4, 3})});
  RANDOM("torch.linalg.multi_dot([x, y, z])", multi_dot({in[0], in[1], in[2]}),
         {draw({2, 3}), draw({3, 4}), draw({4, 2})});
  for (const double p : {1.0, 2.0, 3.0, inf}) {
    random("torch.cdist(x, y, p=float('" + std::to_string(p) + "'))",
           [=](const Tensors& in) { return cdist(in[0], in[1], p); },
           {draw({3, 4}), draw({2, 4}, 3, 4)});
  }
  RANDOM("scipy.spatial.distance.cdist(x, y)", cdist(in[0], in[1]), {draw({3, 4}), draw({2, 4})});
  RANDOM("F.pairwise_distance(x, y, eps=0)", pairwise_distance(in[0], in[1]),
         {draw({3, 4}), draw({3, 4})});
  RANDOM("F.cosine_similarity(x, y)", cosine_similarity(in[0], in[1]),
         {draw({2, 3}), draw({2, 3})});
});

const Cases solutions([] {
  const Tensor a = draw({4, 4}) + 3 * eye(4, float64), b = draw({4, 2}), s = definite(4);
  const Tensor batch = draw({3, 4, 4}) + 4 * eye(4, float64);
  RANDOM("torch.linalg.solve(x, y)", solve(in[0], in[1]), {a, b});
  RANDOM("np.linalg.solve(x, y)", solve(in[0], in[1]), {batch, draw({3, 4, 2})});
  RANDOM("torch.linalg.inv(x)", inv(in[0]), {batch});
  RANDOM("np.linalg.inv(x)", inv(in[0]), {batch});
  RANDOM("torch.linalg.det(x)", det(in[0]), {batch});
  RANDOM("np.linalg.det(x)", det(in[0]), {batch});
  RANDOM("torch.logdet(x)", logdet(in[0]), {s});
  RANDOM("torch.linalg.slogdet(x).logabsdet", slogdet(in[0]).logabsdet, {batch});
  RANDOM("np.linalg.slogdet(x).sign", slogdet(in[0]).sign, {batch});
  RANDOM("np.linalg.slogdet(x).logabsdet", slogdet(in[0]).logabsdet, {batch});
  RANDOM("torch.linalg.solve_triangular(x, y, upper=False)", solve_triangular(in[0], in[1]),
         {tril(a), b});
  RANDOM("scipy.linalg.solve_triangular(x, y)", solve_triangular(in[0], in[1], {.upper = true}),
         {a, b});
  RANDOM("scipy.linalg.solve_triangular(x, y, lower=True, trans=1, unit_diagonal=True)",
         solve_triangular(in[0], in[1], {.transposed = true, .unit = true}), {a, b});
  RANDOM("torch.cholesky_solve(y, x.tril())", cholesky_solve(in[0], in[1]), {cholesky(s), b});
  RANDOM("scipy.linalg.cho_solve((x, True), y)", cholesky_solve(in[0], in[1]), {cholesky(s), b});
  RANDOM("torch.cholesky_inverse(x.tril())", cholesky_inverse(in[0]), {cholesky(s)});
  RANDOM("scipy.linalg.lu_solve(scipy.linalg.lu_factor(x), y)", lu_solve(lu_factor(in[0]), in[1]),
         {a, b});
  RANDOM("torch.linalg.lu_solve(*torch.linalg.lu_factor(x), y)", lu_solve(lu_factor(in[0]), in[1]),
         {a, b});
  RANDOM("torch.linalg.tensorsolve(x, y)", tensorsolve(in[0], in[1]),
         {reshape(draw({6, 6}) + 4 * eye(6, float64), {2, 3, 6}), draw({2, 3})});
  RANDOM("np.linalg.lstsq(x, y)[0]", lstsq(in[0], in[1]), {draw({6, 3}), draw({6, 2})});
  RANDOM("np.linalg.lstsq(x, y)[0]", lstsq(in[0], in[1]), {draw({3, 6}), draw({3, 2})});
  RANDOM("torch.linalg.pinv(x)", pinv(in[0]), {draw({5, 3})});
  RANDOM("np.linalg.pinv(x)", pinv(in[0]), {draw({3, 5})});
  RANDOM("np.linalg.pinv(x)", pinv(in[0]), {matmul(draw({5, 2}), draw({2, 4}))});
  RANDOM("torch.linalg.lstsq(x, y).solution", lstsq(in[0], in[1]), {draw({6, 3}), draw({6, 2})});
  RANDOM("scipy.linalg.lstsq(x, y)[0]", lstsq(in[0], in[1]), {draw({6, 3}), draw({6, 2})});
  RANDOM("np.linalg.tensorsolve(x, y)", tensorsolve(in[0], in[1]),
         {reshape(draw({6, 6}) + 4 * eye(6, float64), {2, 3, 6}), draw({2, 3})});
  RANDOM("np.linalg.inv(np.tril(x) @ np.tril(x).T)", cholesky_inverse(in[0]), {cholesky(s)});
  RANDOM("np.log(np.linalg.det(x))", logdet(in[0]), {s});
  RANDOM("scipy.linalg.solve(x, y)", cg(in[0], in[1], {.rtol = 1e-14}), {s, b});
  // It takes its matrix for symmetric, in derivatives as well.
  RANDOM("torch.linalg.solve((x + x.mT) / 2, y)",
         cg(0.5 * (in[0] + transpose(in[0])), in[1], {.rtol = 1e-14}), {s, draw({4})});
  RANDOM("np.linalg.matrix_rank(x)", matrix_rank(in[0]), {matmul(draw({5, 2}), draw({2, 4}))});
});

const Cases factors([] {
  const Tensor s = definite(4), a = draw({5, 3}), batch = draw({2, 5, 3});
  RANDOM("torch.linalg.cholesky(x)", cholesky(in[0]), {s});
  RANDOM("np.linalg.cholesky(x)", cholesky(in[0]), {s});
  RANDOM("scipy.linalg.cholesky(x)", cholesky(in[0], {.upper = true}), {s});
  RANDOM("np.abs(np.linalg.qr(x).R)", abs(qr(in[0]).r), {batch});
  RANDOM("np.abs(np.linalg.qr(x).Q)", abs(qr(in[0]).q), {batch});
  RANDOM("torch.linalg.qr(x).R.abs()", abs(qr(in[0]).r), {a});
  RANDOM("scipy.linalg.lu(x)[0]", lu(in[0]).p, {a});
  RANDOM("scipy.linalg.lu(x)[1]", lu(in[0]).l, {a});
  RANDOM("scipy.linalg.lu(x)[2]", lu(in[0]).u, {a});
  RANDOM("torch.linalg.lu(x).U", lu(in[0]).u, {draw({4, 4})});
  RANDOM("np.linalg.svd(x)[1]", svdvals(in[0]), {batch});
  RANDOM("torch.linalg.svdvals(x)", svdvals(in[0]), {a});
  RANDOM("np.abs(np.linalg.svd(x, full_matrices=False)[0])", abs(svd(in[0]).u), {batch});
  RANDOM("np.abs(np.linalg.svd(x, full_matrices=False)[2])", abs(svd(in[0]).vh), {batch});
  RANDOM("torch.linalg.svd(x, full_matrices=False).U.abs()", abs(svd(in[0]).u), {a});
  RANDOM("torch.linalg.svd(x, full_matrices=False).Vh.abs()", abs(svd(in[0]).vh), {a});
  RANDOM("torch.linalg.qr(x).Q.abs()", abs(qr(in[0]).q), {a});
  RANDOM("torch.linalg.lu(x).L", lu(in[0]).l, {draw({4, 4})});
  RANDOM("torch.linalg.eigh((x + x.mT) / 2).eigenvectors.abs()",
         abs(eigh(0.5 * (in[0] + transpose(in[0]))).vectors), {draw({4, 4})});
  RANDOM("torch.linalg.eigh((x + x.mT) / 2).eigenvalues",
         eigh(0.5 * (in[0] + transpose(in[0]))).values, {draw({2, 4, 4})});
  RANDOM("np.linalg.svd(x, compute_uv=False)", svdvals(in[0]), {draw({60, 40})});
  RANDOM("np.linalg.svd(x, compute_uv=False)", svd(in[0]).s, {draw({30, 90})});
  RANDOM("scipy.linalg.eigvalsh(x)", eigvalsh(in[0]), {definite(60)});
  RANDOM("np.linalg.eigvalsh(x)", eigvalsh(in[0]), {s});
  RANDOM("torch.linalg.eigvalsh(x)", eigvalsh(in[0]), {s});
  RANDOM("np.abs(np.linalg.eigh(x)[1])", abs(eigh(in[0]).vectors), {s});
  RANDOM("scipy.linalg.eigh(x)[0]", eigh(in[0]).values, {definite(20)});
});

const Cases functions([] {
  const Tensor a = draw({4, 4}), batch = draw({2, 4, 4});
  RANDOM("torch.linalg.matrix_exp(x)", matrix_exp(in[0]), {batch});
  RANDOM("scipy.linalg.expm(x)", matrix_exp(in[0]), {batch});
  RANDOM("torch.linalg.matrix_power(x, 3)", matrix_power(in[0], 3), {a});
  RANDOM("np.linalg.matrix_power(x, -2)", matrix_power(in[0], -2), {a + 3 * eye(4, float64)});
  RANDOM("torch.trace(x)", trace(in[0]), {a});
  RANDOM("np.trace(x)", trace(in[0]), {a});
  RANDOM("torch.linalg.cond(x)", cond(in[0]), {a});
  RANDOM("np.linalg.vector_norm(x, ord=3)", norm(in[0], 3), {a});
  const std::pair<const char*, MatrixNorm> norms[] = {
      {"'fro'", MatrixNorm::fro},      {"'nuc'", MatrixNorm::nuc},
      {"2", MatrixNorm::spectral},     {"-2", MatrixNorm::smallest},
      {"1", MatrixNorm::columns},      {"float('inf')", MatrixNorm::rows},
      {"-1", MatrixNorm::columns_min}, {"-float('inf')", MatrixNorm::rows_min}};
  for (const auto& [name, kind] : norms) {
    const Function norm = [how = kind](const Tensors& in) { return matrix_norm(in[0], how); };
    const Function number = [how = kind](const Tensors& in) { return cond(in[0], how); };
    random("torch.linalg.matrix_norm(x, " + std::string(name) + ")", norm, {batch});
    random("np.linalg.norm(x, " + std::string(name) + ")", norm, {a});
    random("np.linalg.cond(x, " + std::string(name) + ")", number, {a});
  }
});

}  // namespace
