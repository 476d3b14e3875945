// Flags of a program for its hyperparameters.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/trial/detail/hyperparameter_table.hpp>
#include <filesystem>

namespace cinta::train {
namespace {

constexpr const char* group = "Hyperparameters";

std::string expects(const detail::Hyperparameter& row) {
  using detail::to_text;
  std::string out;
  if (const auto* real = std::get_if<RealRange>(&row.range)) {
    out = to_text(real->low) + ".." + to_text(real->high);
  } else if (const auto* whole = std::get_if<WholeRange>(&row.range)) {
    out = to_text(whole->low) + ".." + to_text(whole->high);
  } else if (const auto* choices = std::get_if<Choices>(&row.range)) {
    for (const auto& name : choices->names) out += (out.empty() ? "" : "|") + name;
  } else {
    out = "true|false";
  }
  return out + " [" + to_text(row.initial) + "]";
}

std::string read_text(const std::string& path) {
  constexpr std::uint64_t limit = 1 << 20;
  io::InputFile file(path);
  if (file.size() > limit) throw IoError(io::escaped(path) + ": is larger than any configuration");
  std::string text(file.size(), '\0');
  file.read(text.data(), text.size());
  return text;
}

/// What the library throws, as CLI11's own errors are thrown: the program has one place for both.
template <class F>
auto as_cli_error(const std::string& flag, const F& f) {
  try {
    return f();
  } catch (const Error& error) {
    throw CLI::ValidationError(flag, error.what());
  }
}

}  // namespace

void Hyperparameters::add_to(CLI::App& app) {
  struct Given {
    detail::HyperparameterValues flags;
    std::vector<std::pair<std::string, const CLI::Option*>> own;
    std::string config;
    bool describe = false;
  };
  const auto given = std::make_shared<Given>();
  auto* table = table_.get();
  for (const auto& row : table->rows) {
    if (const CLI::Option* own = app.get_option_no_throw("--" + row.name)) {
      given->own.emplace_back(row.name, own);
      continue;
    }
    app.add_option_function<std::string>(
           "--" + row.name,
           [given, table, name = row.name](const std::string& text) {
             given->flags[name] =
                 as_cli_error("--" + name, [&] { return table->find(name)->parse(text); });
           },
           row.help)
        ->option_text(expects(row))
        ->group(group);
  }
  app.add_option("--config", given->config,
                 "JSON object of hyperparameters; flags beside it win over it")
      ->option_text("FILE")
      ->group(group);
  app.add_flag("--describe-space", given->describe, "print the hyperparameters as JSON")
      ->group(group);
  app.add_option(
         "--trial", table->trial_folder,
         "be a trial of a search: nothing but JSON lines on standard output; the folder may "
         "hold the checkpoint of one that was stopped")
      ->check(CLI::ExistingDirectory)
      ->option_text("FOLDER")
      ->group(group);
  app.parse_complete_callback([this, given, table, &app] {
    detail::HyperparameterValues values;
    if (!given->config.empty()) {
      values = as_cli_error("--config", [&] {
        auto from_file =
            detail::read_configuration(*table, read_text(given->config), given->config);
        // By itself it has to hold, whatever flags stand beside it.
        for (const auto& [name, value] : from_file)
          if (const auto why = table->find(name)->refusal(value); !why.empty())
            throw ValueError(given->config + ": " + name + ": " + why);
        return from_file;
      });
    }
    for (const auto& [name, value] : given->flags) values[name] = value;
    for (const auto& [name, option] : given->own)
      if (option->count() > 0) values.erase(name);  // it has set the variable itself
    try {
      table->assign(values, "");
    } catch (const ValueError& error) {
      // It begins with the name: of a flag's value that flag is to be blamed, not the file.
      const std::string what = error.what(), name = what.substr(0, what.find(": "));
      if (given->flags.contains(name))
        throw CLI::ValidationError("--" + name,
                                   what.substr(std::min(name.size() + 2, what.size())));
      throw CLI::ValidationError("--config", what);
    }
    if (given->describe) {
      std::vector<std::string> flags;
      for (const CLI::Option* option : app.get_options())
        if (option->get_group() != group)
          for (const std::string& name : option->get_lnames()) flags.push_back(name);
      throw CLI::CallForVersion(describe(flags), 0);
    }
  });
}

}  // namespace cinta::train
