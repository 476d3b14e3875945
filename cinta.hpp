#pragma once
// Everything that a program usually needs. What pulls in xtensor is not here: include
// <cinta/autograd/xtensor.hpp> where a tensor meets an xtensor expression.

#include <cinta/autograd/apply.hpp>
#include <cinta/autograd/apply_in_place.hpp>
#include <cinta/autograd/check_gradients.hpp>
#include <cinta/autograd/engine.hpp>
#include <cinta/autograd/engine_ops.hpp>
#include <cinta/autograd/error.hpp>
#include <cinta/autograd/grad_mode.hpp>
#include <cinta/autograd/hooks.hpp>
#include <cinta/autograd/pool.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tensor.hpp>
#include <cinta/nn/activation.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/nn/embedding.hpp>
#include <cinta/nn/init.hpp>
#include <cinta/nn/linear.hpp>
#include <cinta/nn/module.hpp>
#include <cinta/nn/penalty.hpp>
#include <cinta/nn/sequential.hpp>
#include <cinta/ops/arithmetic.hpp>
#include <cinta/ops/comparison.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/dropout.hpp>
#include <cinta/ops/elementwise.hpp>
#include <cinta/ops/indexing.hpp>
#include <cinta/ops/inplace.hpp>
#include <cinta/ops/loss.hpp>
#include <cinta/ops/matmul.hpp>
#include <cinta/ops/random.hpp>
#include <cinta/ops/reduce.hpp>
#include <cinta/ops/shaping.hpp>
#include <cinta/ops/softmax.hpp>
#include <cinta/optim/adam.hpp>
#include <cinta/optim/sgd.hpp>
