// Several threads, as docs/threads.md promises it. Run it under tsan: ./dev check tsan.

#include <array>
#include <atomic>
#include <cinta/cinta.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <iostream>
#include <mutex>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

constexpr int threads = 4;

// Runs work(0), work(1), ... in threads of their own that begin together. Catch's macros are for
// one thread: work notes what it found, and the caller checks it.
void in_threads(const std::function<void(int)>& work) {
  std::atomic<int> waiting{threads};
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      work(i);
    });
  }
  for (std::thread& thread : all) thread.join();
}

std::vector<double> values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

struct Net : nn::Module {
  explicit Net(double p = 0.5) : drop(add("drop", nn::Dropout(p))) {}

  Tensor forward(const Tensor& ids, const Tensor& x) {
    return out(drop(relu(hidden(cat({table(ids), x}, 1)))));
  }

  nn::Embedding table = add("table", nn::Embedding(5, 3));
  nn::Linear hidden = add("hidden", nn::Linear(5, 16));
  nn::Dropout drop;
  nn::Linear out = add("out", nn::Linear(16, 2));
};

struct Data {
  Tensor ids = randint(0, 5, {32}), x = randn({32, 2}), labels = randint(0, 2, {32});
};

// FNV-1a over all parameters.
std::uint64_t hash_of(const nn::Module& net) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Tensor& parameter : net.parameters()) {
    const std::vector<float> elements = parameter.to_vector<float>();
    const auto* bytes = reinterpret_cast<const unsigned char*>(elements.data());
    for (std::size_t i = 0; i < elements.size() * sizeof(float); ++i)
      hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  return hash;
}

// What a small model is after some training: embedding, products, dropout, softmax, Adam.
std::uint64_t train() {
  manual_seed(11);
  Net net(0.2);
  const Data data;
  optim::Adam optimizer(net.parameters(), {.lr = 0.01});
  for (int step = 0; step < 30; ++step) {
    optimizer.zero_grad();
    cross_entropy(net.forward(data.ids, data.x), data.labels).backward();
    optimizer.step();
  }
  return hash_of(net);
}

// What the hidden test "print the trained bits" prints in a process of its own.
std::string trained_elsewhere(int openmp_threads) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "OMP_NUM_THREADS=" + std::to_string(openmp_threads) + " '" + program +
                              "' 'print the trained bits'";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string text, found;
  std::array<char, 256> buffer{};
  while (fgets(buffer.data(), int(buffer.size()), pipe)) text += buffer.data();
  CHECK(pclose(pipe) == 0);
  const std::size_t at = text.find("bits ");
  REQUIRE(at != std::string::npos);
  return text.substr(at + 5, text.find('\n', at) - at - 5);
}

}  // namespace

TEST_CASE("threads add to the gradients of a shared module") {
  manual_seed(1);
  Net net;
  net.eval();
  net.to(float64);
  const Data data;
  const Tensor x = to(data.x, float64);
  const auto step = [&](int times) {
    for (int i = 0; i < times; ++i)
      cross_entropy(net.forward(data.ids, x), data.labels, Reduction::sum).backward();
  };
  step(threads * 25);
  std::vector<std::vector<double>> alone;
  for (const Tensor& p : net.parameters()) alone.push_back(values(p.grad()));
  net.zero_grad();
  in_threads([&](int) { step(25); });
  std::size_t k = 0;
  for (const Tensor& p : net.parameters()) {
    // All contributions are the same number: their sum has the same bits in any order.
    CHECK(values(p.grad()) == alone[k++]);
  }
}

TEST_CASE("dropout in several threads: every call has a mask of its own") {
  manual_seed(2);
  const Net net;
  std::vector<std::vector<float>> masks(threads * 20);
  const Tensor x = ones({64});
  in_threads([&](int t) {
    for (int i = 0; i < 20; ++i) {
      Tensor in = x.detach().requires_grad_();
      const Tensor y = net.drop(in);
      sum(y).backward();
      if (in.grad().to_vector<float>() == y.to_vector<float>())
        masks[std::size_t(t) * 20 + std::size_t(i)] = y.to_vector<float>();
    }
  });
  // The calls are numbered in the order of arrival: the masks are those of one thread, in any
  // order.
  manual_seed(2);
  const Net again;
  std::vector<std::vector<float>> expected;
  for (int i = 0; i < threads * 20; ++i) expected.push_back(again.drop(x).to_vector<float>());
  std::sort(masks.begin(), masks.end());
  std::sort(expected.begin(), expected.end());
  CHECK(masks == expected);
}

TEST_CASE("threads train on one module whose steps one of them makes") {
  manual_seed(3);
  Net net(0.1);
  optim::Adam optimizer(net.parameters(), {.lr = 0.02});
  const Tensor x = uniform({256, 2}, -1, 1), ids = randint(0, 5, {256});
  const Tensor labels = to(gt(flatten(slice(x, 1, 0, 1)), 0), int64);
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    optimizer.zero_grad();
    std::array<double, threads> losses{};
    in_threads([&](int t) {
      const std::int64_t n = 256 / threads, begin = t * n;
      const Tensor loss =
          cross_entropy(net.forward(slice(ids, 0, begin, begin + n), slice(x, 0, begin, begin + n)),
                        slice(labels, 0, begin, begin + n));
      (loss / threads).backward();
      losses[std::size_t(t)] = loss.item();
    });
    optimizer.step();
    last = 0;
    for (double loss : losses) last += loss / threads;
    if (step == 0) first = last;
  }
  CHECK(last < 0.5 * first);
}

TEST_CASE("modules with dropout are checked in several threads at once") {
  manual_seed(5);
  std::vector<Net> nets;
  for (int t = 0; t < threads; ++t) nets.emplace_back(0.3);
  const Data data;
  const GeneratorState before = generator_state();
  std::array<bool, threads> right{};
  in_threads([&](int t) {
    right[std::size_t(t)] =
        bool(check_gradients(nets[std::size_t(t)], {data.ids, data.x}, {.directions = 2}));
  });
  for (bool ok : right) CHECK(ok);
  CHECK(generator_state().next_call == before.next_call);  // what others draw is not repeated
}

TEST_CASE("threads call one parametrized layer") {
  nn::Linear layer(8, 8);
  weight_norm(layer);
  layer.eval();
  const Tensor x = randn({4, 8});
  const std::vector<double> expected = values(layer(x));
  std::atomic<int> wrong = 0;
  in_threads([&](int) {
    for (int i = 0; i < 2000; ++i) wrong += values(layer(x)) != expected;
  });
  CHECK(wrong == 0);
}

TEST_CASE("grad and create_graph in threads give the bits of one thread and touch no leaf") {
  manual_seed(4);
  Net net;
  net.eval();
  const Data data;
  const Tensors parameters = net.parameters();
  const auto derivatives = [&] {
    const Tensor loss = cross_entropy(net.forward(data.ids, data.x), data.labels);
    const Tensors first = grad({loss}, parameters, {.create_graph = true});
    Tensor length = zeros({});
    for (const Tensor& g : first) length = length + sum(square(g));
    std::vector<std::vector<double>> all;
    for (const Tensor& g : first) all.push_back(values(g));
    for (const Tensor& g : grad({length}, parameters)) all.push_back(values(g));
    return all;
  };
  const auto expected = derivatives();
  std::array<int, threads> same{};
  in_threads([&](int t) {
    for (int i = 0; i < 10; ++i) same[std::size_t(t)] += derivatives() == expected;
  });
  for (int count : same) CHECK(count == 10);
  for (const Tensor& p : parameters) CHECK_FALSE(p.grad().defined());
}

TEST_CASE("gradients that threads record into one leaf can be differentiated") {
  Tensor w = full({8}, 2, float64).requires_grad_();
  in_threads([&](int t) { sum(w * w * w * double(t + 1)).backward({}, {.create_graph = true}); });
  const Tensor g = w.grad();
  CHECK(values(g) == std::vector<double>(8, (1 + 2 + 3 + 4) * 3 * 4.0));
  CHECK(values(grad({sum(g)}, {w})[0]) == std::vector<double>(8, (1 + 2 + 3 + 4) * 6 * 2.0));
  w.set_grad({});
}

TEST_CASE("a leaf's gradient can be read while threads add to it") {
  Tensor w = full({1000}, 1, float64).requires_grad_();
  std::array<int, threads> torn{};
  in_threads([&](int t) {
    for (int i = 0; i < 100; ++i) {
      if (t % 2 == 0) {
        sum(w * 1.0).backward();
        continue;
      }
      const Tensor g = w.grad();
      if (!g.defined()) continue;
      const std::vector<double> seen = values(g);  // a whole number of contributions, for all alike
      torn[std::size_t(t)] += seen != std::vector<double>(1000, seen[0]);
    }
  });
  for (int count : torn) CHECK(count == 0);
  CHECK(values(w.grad()) == std::vector<double>(1000, 200));
}

TEST_CASE("tensors and graphs are freed in other threads than those that made them") {
  const std::int64_t before = memory_stats().in_use;
  {
    Tensor w = full({64}, 0.5).requires_grad_();
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<Tensor> queue;
    std::atomic<int> consumed{0};
    constexpr int each = 50;
    // Even threads build graphs, over small and large tensors; odd ones differentiate and drop
    // them.
    in_threads([&](int t) {
      for (int i = 0; i < each; ++i) {
        if (t % 2 == 0) {
          Tensor y = sum(w * w);
          if (i % 5 == 0) y = y + sum(full({100, 200}, 1e-3) * mean(w));
          const std::lock_guard lock(mutex);
          queue.push_back(std::move(y));
          arrived.notify_one();
        } else {
          Tensor y;
          {
            std::unique_lock lock(mutex);
            arrived.wait(lock, [&] { return !queue.empty(); });
            y = std::move(queue.front());
            queue.pop_front();
          }
          if (i % 3 == 0) y.backward();
          ++consumed;
        }
      }
    });
    CHECK(consumed == 2 * each);
    CHECK(queue.empty());
    CHECK(min(w.grad()).item() > 0);
  }
  // All of it is back: what threads had cached too, as they have ended.
  CHECK(memory_stats().in_use - before <= 64 * 1024);
}

TEST_CASE("modules are made, copied and destroyed in several threads") {
  std::array<std::uint64_t, threads> hashes{};
  const Net shared;
  in_threads([&](int t) {
    for (int i = 0; i < 20; ++i) {
      Net own;
      // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): copies are what is tested
      const Net copy = shared;
      own.load_state_dict(copy.state_dict());
      hashes[std::size_t(t)] = hash_of(own);
    }
  });
  for (std::uint64_t hash : hashes) CHECK(hash == hash_of(shared));
}

TEST_CASE("modes, places and errors are each thread's own") {
  Net net;
  std::array<std::string, threads> texts;
  std::array<bool, threads> recorded{};
  in_threads([&](int t) {
    const GradModeGuard mode(t % 2 == 0);
    const Site place("thread.cpp", unsigned(t));
    const SiteScope scope(place);
    for (int i = 0; i < 50; ++i) {
      recorded[std::size_t(t)] = net.hidden(ones({2, 5})).requires_grad();
      texts[std::size_t(t)] = error_of([&] { net.hidden(ones({2, 7})); });
    }
  });
  for (int t = 0; t < threads; ++t) {
    CHECK(recorded[std::size_t(t)] == (t % 2 == 0));
    CHECK_THAT(texts[std::size_t(t)], EndsWith("[hidden, thread.cpp:" + std::to_string(t) + "]"));
  }
}

TEST_CASE("the same bits: twice in a process, in another thread, in other processes") {
  const std::uint64_t bits = train();
  CHECK(train() == bits);
  std::uint64_t in_thread = 0;
  std::thread([&] { in_thread = train(); }).join();
  CHECK(in_thread == bits);
  if (std::getenv("CINTA_EMULATED")) SKIP_TEST("an emulated program cannot start itself");
  CHECK(trained_elsewhere(2) == std::to_string(bits));
  CHECK(trained_elsewhere(2) == std::to_string(bits));
  // All of the model's kernels are ours: no number of OpenMP threads changes a bit.
  CHECK(trained_elsewhere(1) == std::to_string(bits));
  CHECK(trained_elsewhere(3) == std::to_string(bits));
}

TEST_CASE("print the trained bits", "[.]") { std::cout << "bits " << train() << std::endl; }
