// A space and its configurations as JSON.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/trial/detail/hyperparameter_table.hpp>
#include <nlohmann/json.hpp>
#include <set>

namespace cinta::train {

using Json = nlohmann::ordered_json;

namespace detail {
namespace {

// Not to_json and from_json: argument-dependent lookup would find nlohmann's beside them.
Json json_of(const HyperparameterValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

HyperparameterValue read_value(const Hyperparameter& row, const Json& value) {
  if (std::holds_alternative<RealRange>(row.range) && value.is_number()) return value.get<double>();
  if (std::holds_alternative<WholeRange>(row.range) && value.is_number_integer()) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(INT64_MAX))
      throw ValueError(value.dump() + " is too large");
    return value.get<std::int64_t>();
  }
  if (std::holds_alternative<Choices>(row.range) && value.is_string())
    return value.get<std::string>();
  if (std::holds_alternative<Flag>(row.range) && value.is_boolean()) return value.get<bool>();
  static constexpr const char* kinds[] = {"a real number", "a whole number", "a name",
                                          "true or false"};
  throw ValueError("is to be " + std::string(kinds[row.range.index()]) + ", not " +
                   value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 80));
}

}  // namespace

HyperparameterValues read_configuration(const HyperparameterTable& table, const std::string& json,
                                        const std::string& source) {
  std::set<std::string> seen;
  std::string twice;
  Json object;
  try {
    object = Json::parse(json, [&](int depth, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::key && depth == 1 &&
          !seen.insert(parsed.get<std::string>()).second)
        twice = parsed.get<std::string>();
      return true;
    });
  } catch (const nlohmann::json::exception& error) {
    std::string why = error.what();
    if (const auto from = why.find("] "); from != std::string::npos) why.erase(0, from + 2);
    throw ValueError(source + ": " + io::escaped(why));
  }
  if (!object.is_object()) throw ValueError(source + ": is no JSON object");
  if (!twice.empty()) throw ValueError(source + ": " + io::quoted(twice) + " stands twice");
  HyperparameterValues out;
  for (const auto& [name, value] : object.items()) {
    const Hyperparameter* row = table.find(name);
    if (!row) throw ValueError(source + ": there is no hyperparameter " + io::quoted(name));
    try {
      out[name] = read_value(*row, value);
    } catch (const ValueError& error) {
      throw ValueError(source + ": " + name + ": " + error.what());
    }
  }
  return out;
}

}  // namespace detail

std::string Hyperparameters::configuration() const {
  Json out = Json::object();
  for (const auto& row : table_->rows)
    if (table_->counts(row, {})) out[row.name] = detail::json_of(row.value());
  return out.dump();
}

std::string Hyperparameters::describe(const std::vector<std::string>& flags) const {
  Json rows = Json::array(), objectives = Json::array();
  for (const auto& row : table_->rows) {
    Json out{{"name", row.name}};
    if (const auto* real = std::get_if<RealRange>(&row.range)) {
      out.update({{"type", "real"}, {"low", real->low}, {"high", real->high}, {"log", real->log}});
      if (real->step > 0) out["step"] = real->step;
    } else if (const auto* whole = std::get_if<WholeRange>(&row.range)) {
      out.update({{"type", "whole"},
                  {"low", whole->low},
                  {"high", whole->high},
                  {"log", whole->log},
                  {"step", whole->step}});
    } else if (const auto* choices = std::get_if<Choices>(&row.range)) {
      out.update({{"type", "choice"}, {"choices", choices->names}});
    } else {
      out["type"] = "flag";
    }
    out["default"] = detail::json_of(row.initial);
    if (!row.when().name.empty()) out["when"] = {{"name", row.when().name}, {"is", row.when().is}};
    out["help"] = row.help;
    rows.push_back(out);
  }
  for (const auto& objective : table_->objectives)
    objectives.push_back(
        {{"name", objective.name},
         {"direction", objective.direction == Direction::minimize ? "minimize" : "maximize"}});
  Json out{{"contract", 1}, {"program", table_->program}};
  if (table_->steps) out["steps"] = *table_->steps;
  out["objectives"] = objectives;
  out["hyperparameters"] = rows;
  out["flags"] = flags;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cinta::train
