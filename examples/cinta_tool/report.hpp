#pragma once
// What a trained model has to say of rows: figures, and the page about them.

#include <cinta/train/report/html_report.hpp>

#include "options.hpp"

namespace tool {

/// Names and values, the first of which sums up: R2 or accuracy.
using Figures = std::vector<std::pair<std::string, double>>;
Figures figures_of(const tabular::Model& model, const tabular::Target& target,
                   const tabular::Rows& rows, const tabular::Part& part);

/// The first of them alone, for curves.
double headline(const tabular::Model& model, const tabular::Target& target,
                const tabular::Rows& rows, const tabular::Part& part);

/// Rows of a table: the names of `names`, and beside each its figure in every group of `figures`.
std::vector<std::vector<std::string>> cells_of(const Figures& names,
                                               const std::vector<double>& figures);

/// Predictions of a regression as they are in the table, where the model has learned logarithms.
std::vector<double> in_units(const tabular::Model& model, std::vector<double> said);

cinta::train::DiagnosisOptions diagnosis_of(const Options& o);

/// Settings of the training and how to repeat it.
void add_settings(cinta::train::HtmlReport& report, const tabular::Settings& settings,
                  const std::string& target, const std::string& command);

/// Losses, what the model says of these rows, embeddings and weights.
void add_model(cinta::train::HtmlReport& report, const tabular::Model& model,
               const std::vector<cinta::train::EpochRecord>& history, const tabular::Target& target,
               const tabular::Rows& rows, const tabular::Part& part);

}  // namespace tool
