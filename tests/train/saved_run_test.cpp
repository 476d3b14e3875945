// train/checkpoint: parts by name, all or nothing, values as they were; files of older versions.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/checkpoint_folder.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/detail/migration.hpp>
#include <cinta/train/detail/state_text.hpp>
#include <cinta/train/early_stopping.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "train/sample_run.hpp"

using namespace cinta;
namespace fs = std::filesystem;

namespace {

struct File {
  ~File() { fs::remove(path); }
  std::string path =
      (fs::temp_directory_path() / ("cinta_checkpoint_test_" + std::to_string(getpid()))).string();
};

/// Text without place.
template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.rfind(" [saved_run_test.cpp:"));
}

std::string sample(int version) {
  return CINTA_SOURCE_DIR "/tests/train/samples/checkpoint_v" + std::to_string(version) +
         ".safetensors";
}

}  // namespace

TEST_CASE("the sample", "[.]") {
  SampleRun run;
  run.fill();
  run.steps(2);
  run.epoch = 4;
  run.losses = {1.5, -std::numeric_limits<double>::infinity(), 0.1};
  run.note = "a run";
  run.best = std::numeric_limits<double>::infinity();
  run.done = true;
  run.stopping.update(0.75);
  run.stopping.update(1);
  manual_seed(77);
  const auto in_first_batch = run.loader.begin();
  run.checkpoint.save(std::getenv("CINTA_SAMPLE"));
}

TEST_CASE("a checkpoint of each version loads, and its run goes on") {
  const int version = GENERATE(1, 2);
  INFO(version);
  SampleRun run, through;
  const std::string path = sample(version);
  run.checkpoint.load(path);
  CHECK(run.epoch == 4);
  CHECK(run.losses == std::vector<double>{1.5, -std::numeric_limits<double>::infinity(), 0.1});
  CHECK(run.note == "a run");
  CHECK(run.best == std::numeric_limits<double>::infinity());
  CHECK(run.done);
  CHECK(run.stopping.best() == 0.75);
  CHECK(run.stopping.best_epoch() == 1);
  CHECK(generator_state() == GeneratorState{77, 0});
  CHECK(run.optimizer.option("lr") == 0.125);
  // lr 0.5, 0.25; buffers -2, -3.
  CHECK(run.net.fc.bias.to_vector<float>() == std::vector<float>(2, -1 + 0.5f * 2 + 0.25f * 3));
  int left = 0;
  for (auto& batch : run.loader) left += batch[0].defined();
  CHECK(left == 4);
  CHECK(run.loader.passes() == 1);

  through.fill();
  through.steps(5);
  run.steps(3);
  CHECK(run.net.fc.weight.to_vector<float>() == through.net.fc.weight.to_vector<float>());
  CHECK(run.average.averages()[0].second.to_vector<float>() ==
        through.average.averages()[0].second.to_vector<float>());

  const auto values = train::Checkpoint::values(path);
  CHECK(std::get<std::int64_t>(values.at("width")) == 2);
  CHECK(std::get<std::string>(values.at("note")) == "a run");
  CHECK(values.size() == 6);
}

TEST_CASE("what an older checkpoint did not tell is not asked; the rest is") {
  const auto order = [](std::uint64_t) { return train::Rows{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}; };
  const auto load = [&](int version, const train::DataLoaderOptions& batches) {
    SampleRun run(batches);
    const std::string text = refusal([&] { run.checkpoint.load(sample(version)); });
    CHECK((run.epoch == 0) == (text != "no error"));
    return text;
  };
  // Were these taken, rows would come twice or not at all.
  const std::string last = "a last batch that is not full is kept";
  CHECK(load(1, {.shuffle = true, .merge_last = true}) == "no error");
  CHECK(load(1, {.order = order}) == "no error");
  CHECK_THAT(load(1, {.shuffle = true, .drop_last = true}),
             EndsWith(last + " or merged in the state, and dropped here"));
  CHECK_THAT(load(1, {}),
             EndsWith("rows are shuffled or given in the state, and as they lie here"));

  CHECK_THAT(load(2, {.shuffle = true, .merge_last = true}),
             EndsWith(last + " in the state, and merged here"));
  CHECK_THAT(load(2, {.shuffle = true, .drop_last = true}),
             EndsWith(last + " in the state, and dropped here"));
  CHECK_THAT(load(2, {.order = order}), EndsWith("rows are shuffled in the state, and given here"));
  CHECK_THAT(load(2, {}), EndsWith("rows are shuffled in the state, and as they lie here"));
}

TEST_CASE("what version 1 did not write is refused when it is brought up to date") {
  optim::State state = optim::state_of("DataLoader");
  optim::State file;
  state.values["shuffle"] = true;
  file.add("data", state);
  CHECK(error_of([&] { train::detail::bring_up_to_date(file, 1); }) ==
        "there is no flag 'data/drop_last', which version 1 wrote");
}

TEST_CASE("a checkpoint brings back values of every kind, and the model is a file of its own") {
  const File file;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  int whole = -3;
  std::int64_t large = std::numeric_limits<std::int64_t>::min();
  double number = 0.1, tiny = 4.9e-324;
  bool flag = true;
  std::string text = "two\nlines \xc3\xa9", none;
  std::vector<double> numbers = {1, nan, -std::numeric_limits<double>::infinity()}, nothing;
  Net net;
  train::Checkpoint run;
  run.add("whole", whole);
  run.add("large", large);
  run.add("number", number);
  run.add("tiny", tiny);
  run.add("flag", flag);
  run.add("text", text);
  run.add("none", none);
  run.add("numbers", numbers);
  run.add("nothing", nothing);
  run.add("model", net);
  run.fix("nan", nan);
  run.fix("name", "x");
  run.save(file.path);
  whole = 0, large = 0, number = 0, tiny = 0, flag = false, text = "", none = "x", numbers = {},
  nothing = {1};
  const std::vector<float> weight = net.fc.weight.to_vector<float>();
  {
    const NoGrad no_grad;
    fill_(net.fc.weight, 0);
  }
  run.load(file.path);
  CHECK(whole == -3);
  CHECK(large == std::numeric_limits<std::int64_t>::min());
  CHECK(number == 0.1);
  CHECK(tiny == 4.9e-324);
  CHECK(flag);
  CHECK(text == "two\nlines \xc3\xa9");
  CHECK(none.empty());
  REQUIRE(numbers.size() == 3);
  CHECK(std::isnan(numbers[1]));
  CHECK(numbers[2] == -std::numeric_limits<double>::infinity());
  CHECK(nothing.empty());
  CHECK(net.fc.weight.to_vector<float>() == weight);

  Net other;
  load(other, file.path, {.prefix = "model/"});
  CHECK(other.fc.weight.to_vector<float>() == weight);
}

TEST_CASE("values as texts, and what is none") {
  using train::detail::from_text;
  CHECK(train::detail::to_text(0.1) == "number 0.1");
  CHECK(train::detail::to_text(-std::numeric_limits<double>::infinity()) == "number -inf");
  for (const char* text : {"", "number", "number ", "number x", "number 1 2", "number 1e999",
                           "whole 1.5", "whole 9223372036854775808", "flag yes", "flag", "numbers ",
                           "numbers 1  2", "numbers 1 ", "list 1", " text"}) {
    INFO(text);
    CHECK_FALSE(from_text(text).has_value());
  }
  CHECK(std::get<std::string>(*from_text("text ")).empty());
}

TEST_CASE("a checkpoint that does not fit changes nothing") {
  const File file;
  Net net;
  optim::Adam adam(net);
  double figure = 1;
  const auto saved = [&](const std::function<void(train::Checkpoint&)>& add) {
    train::Checkpoint run;
    add(run);
    run.save(file.path);
  };
  saved([&](train::Checkpoint& run) {
    run.add("model", net);
    run.add("optimizer", adam);
    run.add("figure", figure);
    run.fix("width", 2);
  });
  // Each with one thing that does not fit; parts before it do.
  const auto load = [&](Net& other, auto& optimizer, auto& value, const optim::StateValue& width) {
    {
      const NoGrad no_grad;
      fill_(other.fc.weight, 9);
    }
    train::Checkpoint run;
    run.add("model", other);
    run.add("optimizer", optimizer);
    run.add("figure", value);
    run.fix("width", width);
    const GeneratorState generator = generator_state();
    const std::string text = refusal([&] { run.load(file.path); });
    CHECK(max(other.fc.weight).item() == 9);
    CHECK(min(other.fc.weight).item() == 9);
    CHECK(generator_state() == generator);
    const std::string start = "Checkpoint: " + file.path + ": ";
    CHECK(text.starts_with(start));
    return text.substr(start.size());
  };
  Net same, wide(4);
  optim::Adam right(same);
  optim::SGD sgd(same);
  optim::Adam of_wide(wide);
  double number = 3;
  std::string word;
  int small = 0;
  CHECK(load(wide, of_wide, number, 2) ==
        "model: load_state_dict: fc.weight is float32 (4, 3) here and float32 (2, 3) in the state; "
        "fc.bias is float32 (4,) here and float32 (2,) in the state");
  CHECK(load(same, sgd, number, 2) == "optimizer: SGD: load_state_dict: the state is one of Adam");
  CHECK(load(same, right, word, 2) == "figure: it is 'number 1' in the file and 'text ' here");
  CHECK(load(same, right, small, 2) == "figure: it is 'number 1' in the file and 'whole 0' here");
  CHECK(load(same, right, number, 3) == "width: it is 'whole 2' in the file and 'whole 3' here");
  CHECK(number == 3);
  CHECK(load(same, right, same, 2) == "figure: the file has a part with values");
  CHECK(load(same, number, number, 2) ==
        "optimizer: the file has no value, but a part with a state");

  train::Checkpoint other;
  other.add("net", same);
  other.add("figure", number);
  CHECK(refusal([&] { other.load(file.path); }) ==
        "Checkpoint: " + file.path + ": missing: net; unexpected: model optimizer width");
  // What a file says is one line here.
  saved([&](train::Checkpoint& run) {
    run.add("figure\x1b[1m", figure);
    run.fix("width", std::string("a\x7f\nb"));
  });
  train::Checkpoint plain, fixed;
  plain.fix("width", 2);
  CHECK(refusal([&] { plain.load(file.path); }) ==
        "Checkpoint: " + file.path + ": unexpected: figure\\x1b[1m");
  fixed.add("figure\x1b[1m", figure);
  fixed.fix("width", 2);
  CHECK(refusal([&] { fixed.load(file.path); }) ==
        "Checkpoint: " + file.path +
            ": width: it is 'text a\\x7f\\nb' in the file and 'whole 2' here");
  // A whole number beyond int.
  std::int64_t large = std::int64_t{1} << 40;
  saved([&](train::Checkpoint& run) { run.add("figure", large); });
  train::Checkpoint narrow;
  narrow.add("figure", small);
  CHECK_THAT(refusal([&] { narrow.load(file.path); }),
             EndsWith("figure: it is 'whole 1099511627776' in the file and 'whole 0' here"));
}

TEST_CASE("files that are no checkpoints, or not of this version") {
  const File file;
  train::Checkpoint run;
  const auto refused = [&](const std::map<std::string, std::string>& metadata) {
    io::save_safetensors(file.path, NamedTensors{}, {.metadata = metadata});
    const std::string text = refusal([&] { run.load(file.path); });
    return text.substr(text.find("checkpoint: "));
  };
  CHECK(refused({}) == "checkpoint: no file of a checkpoint; load(net, path) is for weights alone");
  CHECK(refused({{"cinta.checkpoint", "whole 3"}}) ==
        "checkpoint: version 3 of the format, by a newer Cinta; this one reads up to version 2");
  CHECK(refused({{"cinta.checkpoint", "whole 0"}}) ==
        "checkpoint: 'cinta.checkpoint' is 'whole 0', which no version writes");
  CHECK(refused({{"cinta.checkpoint", "1"}}) ==
        "checkpoint: 'cinta.checkpoint' is '1', which no version writes");
  CHECK(refused({{"cinta.checkpoint", "whole 2"}, {"a", "b"}}) ==
        "checkpoint: 'a' is 'b', which no version writes");
  CHECK_THROWS_AS(run.load(file.path + "x"), IoError);
}

TEST_CASE("names of parts") {
  Net net;
  train::Checkpoint run;
  run.add("model", net);
  CHECK(refusal([&] { run.add("model", net); }) == "Checkpoint: \"model\": the name is taken");
  CHECK(refusal([&] { run.add("generator", net); }) ==
        "Checkpoint: \"generator\": the name is taken");
  CHECK(refusal([&] { run.add("", net); }) == "Checkpoint: \"\": a name must not be empty");
  CHECK(refusal([&] { run.fix("a/b", 1); }) == "Checkpoint: \"a/b\": a name must not hold a slash");
  CHECK(refusal([&] { run.fix("cinta.x", 1); }) ==
        "Checkpoint: \"cinta.x\": such names are the format's own");
}

TEST_CASE("a part without tensors, and one of one's own") {
  const File file;
  struct Empty : nn::Module {};
  Empty empty;
  GeneratorState own{3, 4};
  train::Checkpoint run;
  run.add("model", empty);
  run.add("own", {[&] {
                    optim::State state = optim::state_of("mine");
                    state.tensors["position"] = full({}, double(own.next_call), int64);
                    return state;
                  },
                  [&](const optim::State& state, Site site) -> std::function<void()> {
                    optim::StateReader reader(state, "own", "mine", site);
                    const Tensor position = reader.tensor("position", {{}, int64});
                    reader.finish();
                    return [&own, position] { own.next_call = std::uint64_t(position.item()); };
                  }});
  run.save(file.path);
  own = {};
  run.load(file.path);
  CHECK(own.next_call == 4);
}

TEST_CASE("a loader goes on within its pass: no row twice, none left out") {
  const auto rows = arange(23, int64);
  const train::DataLoaderOptions options = {.batch_size = 4, .shuffle = true, .seed = 6};
  const auto pass = [](train::DataLoader<1>& loader, std::vector<std::int64_t> before = {}) {
    for (auto& [batch] : loader)
      for (const std::int64_t row : batch.to_vector<std::int64_t>()) before.push_back(row);
    return before;
  };
  train::DataLoader<1> loader({rows}, options);
  std::vector<std::vector<std::int64_t>> through;
  for (int i = 0; i < 4; ++i) through.push_back(pass(loader));

  for (std::int64_t stop = 0; stop < 3 * 6; ++stop) {
    train::DataLoader<1> first({rows}, options);
    optim::State state = first.state_dict();
    std::vector<std::vector<std::int64_t>> seen;
    std::int64_t count = 0;
    while (count < stop) {
      seen.emplace_back();
      for (auto& [batch] : first) {
        for (const std::int64_t row : batch.to_vector<std::int64_t>()) seen.back().push_back(row);
        state = first.state_dict();  // after the step that used the batch
        if (++count == stop) break;
      }
    }
    train::DataLoader<1> second({rows}, {.batch_size = 4, .shuffle = true, .seed = 99});
    pass(second);
    second.load_state_dict(state);
    CHECK(second.state_dict().values == state.values);
    if (stop % 6 != 0) seen.back() = pass(second, seen.back());
    while (seen.size() < 4) seen.push_back(pass(second));
    CHECK(seen == through);
  }

  // A loop that was left has ended its pass.
  train::DataLoader<1> left({rows}, options);
  for (auto& batch : left)
    if (batch[0].defined()) break;
  CHECK(pass(left) == through[1]);
  const optim::State state = left.state_dict();
  train::DataLoader<1> fewer({arange(22, int64)}, options),
      other({rows}, {.batch_size = 5, .shuffle = true});
  CHECK(refusal([&] { fewer.load_state_dict(state); }) ==
        "DataLoader: load_state_dict: rows is another in the state than here, where it is 22");
  CHECK(refusal([&] { other.load_state_dict(state); }) ==
        "DataLoader: load_state_dict: batch_size is another in the state than here, where it is 5");
  optim::State wrong = state;
  wrong.values["next_batch"] = std::int64_t{6};
  CHECK(refusal([&] { left.load_state_dict(wrong); }) ==
        "DataLoader: load_state_dict: there is no batch 6 in pass 2");
}

TEST_CASE("progress of a checkpoint may end it") {
  const File file;
  Net net;
  train::Checkpoint run;
  run.add("model", net);
  std::uint64_t last = 0;
  run.save(file.path, [&](std::uint64_t done, std::uint64_t total) {
    last = done;
    CHECK(total == 4 * (6 + 2));
  });
  CHECK(last == 32);
  const auto size = fs::file_size(file.path);
  CHECK_THROWS_AS(
      run.save(file.path, [](std::uint64_t, std::uint64_t) { throw std::runtime_error("no"); }),
      std::runtime_error);
  CHECK(fs::file_size(file.path) == size);
}

TEST_CASE("a folder keeps the last checkpoints and the best one") {
  const fs::path folder = fs::temp_directory_path() / ("cinta_folder_" + std::to_string(getpid()));
  fs::remove_all(folder);
  const auto steps = [&] {
    std::vector<int> all;
    for (const auto& entry : fs::directory_iterator(folder))
      all.push_back(std::stoi(entry.path().filename().string().substr(5)));
    std::sort(all.begin(), all.end());
    return all;
  };
  const auto name = [&](const char* step) {
    return (folder / (std::string("step-00000000") + step + ".safetensors")).string();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  {
    train::CheckpointFolder files(folder.string(), {.last = 2});
    double figure = 0;
    train::Checkpoint run;
    run.add("files", files);
    run.add("figure", figure);
    CHECK(files.last().empty());
    CHECK(files.best().empty());
    std::vector<std::vector<int>> seen;
    for (const double next : {nan, 5., 3., 4., nan, 3.}) {
      figure = next;
      files.save(run, std::int64_t(seen.size()) + 1, next);
      seen.push_back(steps());
    }
    CHECK(seen == std::vector<std::vector<int>>{{1}, {1, 2}, {2, 3}, {3, 4}, {3, 4, 5}, {3, 5, 6}});
    CHECK(files.best() == name("3"));
    CHECK(files.last() == name("6"));
    // A run that throws while it is saved changes nothing.
    run.add("bad", {[]() -> optim::State { throw ValueError("no"); }, {}});
    CHECK_THROWS_AS(files.save(run, 7, 0), ValueError);
    CHECK(files.best() == name("3"));
    CHECK(steps() == std::vector<int>{3, 5, 6});
  }
  // Another process.
  train::CheckpointFolder files(folder.string(), {.last = 2});
  double figure = 0;
  train::Checkpoint run;
  run.add("files", files);
  run.add("figure", figure);
  run.load(files.last());
  CHECK(files.best() == name("3"));
  run.load(files.best());
  CHECK(figure == 3);
  for (const auto& entry : fs::directory_iterator(folder))  // clocks of file systems are coarse
    fs::last_write_time(entry.path(), entry.last_write_time() - std::chrono::seconds(1));
  files.save(run, 4, 2);  // gone back: what was written last counts, not the number
  CHECK(steps() == std::vector<int>{4, 6});
  CHECK(files.last() == files.best());
  // Of a process that was killed while it wrote a step that no other one comes to.
  std::ofstream(folder / ".step-000000077.safetensors.part") << "half";
  CHECK(train::CheckpointFolder(folder.string()).last() == files.last());
  CHECK_FALSE(fs::exists(folder / ".step-000000077.safetensors.part"));

  train::CheckpointFolder most(folder.string(), {.last = 1, .maximize = true});
  train::Checkpoint other;
  other.add("files", most);
  for (std::int64_t step = 1; step < 4; ++step) most.save(other, step, step == 2 ? 1 : 0);
  CHECK(most.best() == name("2"));
  CHECK(steps() == std::vector<int>{2, 3});
  CHECK(refusal([&] { train::CheckpointFolder(folder.string(), {.last = 0}); }) ==
        "CheckpointFolder: last must be at least 1, got 0");
  CHECK(refusal([&] { most.save(run, -1, 9); }) ==
        "CheckpointFolder: a step is not negative, got -1");
  CHECK(most.best() == name("2"));
  CHECK_THROWS_AS(train::CheckpointFolder("/dev/null/x"), IoError);
  const train::CheckpointFolder gone(folder.string());
  std::filesystem::remove_all(folder);
  CHECK_THROWS_AS(gone.last(), IoError);
  fs::remove_all(folder);
}
