#pragma once
// Softmax and what belongs to it, over the rows of dense (..., n) arrays of one floating dtype.
//
// Infinite elements of a row stand for equal ones that grow: they share what the others lose.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y = exp(x - max(x)) / sum(exp(x - max(x))) in each row; `of_nothing` in a row of -inf alone.
void softmax(const Array& x, double of_nothing, const Array& y);

/// y[i] = log(sum(exp(x[i, :]))); -inf for a row of -inf alone or of no elements.
void logsumexp(const Array& x, const Array& y);

/// y = x - log(sum(exp(x))) in each row.
void log_softmax(const Array& x, const Array& y);

/// dx = y * (dy - sum(y * dy)): the gradient of softmax, from its output.
void softmax_backward(const Array& y, const Array& dy, const Array& dx);

/// dx = dy - exp(y) * sum(dy): the gradient of log_softmax, from its output.
void log_softmax_backward(const Array& y, const Array& dy, const Array& dx);

/// loss[i] = log(sum(exp(x[i, :]))) - x[i, label[i]] for x (rows, n), int64 labels below n.
void cross_entropy(const Array& x, const Array& labels, const Array& loss);

/// dx[i, :] = (softmax(x[i, :]) - one_hot(label[i])) * dloss[i], where `loss` is what cross_entropy
/// gave.
void cross_entropy_backward(const Array& x, const Array& labels, const Array& loss,
                            const Array& dloss, const Array& dx);

}  // namespace cinta::kernels
