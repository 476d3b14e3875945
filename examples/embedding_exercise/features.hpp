#pragma once
// A split data set as tensors, with everything learned from the training rows only.

#include <cinta/autograd/tensor.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/features/vocabulary.hpp>

#include "dataset.hpp"

namespace exercise {

/// The tensors of one part of the split.
struct Part {
  Rows rows;              ///< their places in the data set
  cinta::Tensor numeric;  ///< float32 (rows, numeric columns), standardised
  cinta::Tensor ids;      ///< int64 (rows, categorical columns)
  cinta::Tensor target;   ///< float32 (rows, 1), standardised for regression
};

/// What turns cells into numbers; a model is of no use without it.
struct Preprocessing {
  std::vector<cinta::train::StandardScaler> scalers;   ///< by numeric column
  std::vector<cinta::train::Vocabulary> vocabularies;  ///< by categorical column
  cinta::train::StandardScaler target_scaler;          ///< mean 0, scale 1 for classification
  double target_low = 0, target_high = 1;              ///< predictions are limited to this range
};

struct Features {
  Preprocessing learned;
  Part train, validation, test;
};

Features make_features(const Dataset& data, const Split& split);

/// Rows of a data set with the same columns, by what was learned from the training rows.
Part make_part(const Dataset& data, const Preprocessing& learned, const Rows& rows);

}  // namespace exercise
