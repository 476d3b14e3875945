#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cinta/io/text.hpp>
#include <cinta/train/report/event_file.hpp>
#include <filesystem>
#include <system_error>

namespace cinta::train {
namespace {

// The few messages in protobuf's encoding (tensorflow/core/util/event.proto): a field is its number
// and the type of what follows, 0 for a number of variable length, 1 for 8 bytes, 2 for a counted
// text, 5 for 4 bytes.

std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += char(value >> (8 * i) & 0xFF);
  return out;
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += char((value & 0x7F) | 0x80);
  return out + char(value);
}

std::string field(int number, int type) {
  return varint(std::uint64_t(number) << 3 | std::uint64_t(type));
}
std::string number_field(int number, std::int64_t value) {
  return field(number, 0) + varint(std::uint64_t(value));
}
std::string double_field(int number, double value) {
  return field(number, 1) + little_endian(std::bit_cast<std::uint64_t>(value), 8);
}
std::string float_field(int number, float value) {
  return field(number, 5) + little_endian(std::bit_cast<std::uint32_t>(value), 4);
}
std::string text_field(int number, const std::string& text) {
  return field(number, 2) + varint(text.size()) + text;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::uint32_t detail::masked_crc(const std::string& bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> all{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82F63B78u : 0);
      all[i] = value;
    }
    return all;
  }();
  std::uint32_t crc = ~0u;
  for (const char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ crc >> 8;
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

EventFile::EventFile(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) io::throw_system_error(folder, error.value());
  char host[256] = "host";
  gethostname(host, sizeof host - 1);
  // Names sort by time; a second process in the same second has another number.
  const std::string name = "events.out.tfevents." + std::to_string(std::int64_t(now())) + "." +
                           host + "." + std::to_string(getpid()) + ".";
  int number = 0;
  do path_ = (std::filesystem::path(folder) / (name + std::to_string(number++))).string();
  while (std::filesystem::exists(path_));
  file_ = io::open_file(path_, "wb");
  write(text_field(3, "brain.Event:2"));
  flush();
}

void EventFile::write(const std::string& rest) {
  const std::string event = double_field(1, now()) + rest;
  const std::string length = little_endian(event.size(), 8);
  const std::string record = length + little_endian(detail::masked_crc(length), 4) + event +
                             little_endian(detail::masked_crc(event), 4);
  if (std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size())
    io::throw_system_error(path_, errno);
}

void EventFile::scalar(const std::string& tag, double value, std::int64_t step) {
  write(number_field(2, step) + text_field(5, text_field(1, text_field(1, io::to_utf8(tag)) +
                                                                float_field(2, float(value)))));
}

void EventFile::session_start(std::int64_t step) {
  write(number_field(2, step) + text_field(7, number_field(1, 1)));
}

void EventFile::flush() {
  if (std::fflush(file_.get()) != 0) io::throw_system_error(path_, errno);
}

Callback EventFile::callback(std::int64_t every) {
  return {.on_start =
              [this](FitStatus& now) {
                // TensorBoard drops what is at this step or behind it, and this step is done.
                if (now.resumed_at > 0) session_start(now.resumed_at + 1);
              },
          .after_step =
              [this, every](FitStatus& now) {
                if (every > 0 && now.step % every == 0) scalar("batch/loss", now.loss, now.step);
              },
          .on_epoch =
              [this](FitStatus& now) {
                scalar("train/loss", now.history.back().train_loss, now.step);
                for (const auto& [name, figure] : now.history.back().figures)
                  scalar("validation/" + name, figure, now.step);
                flush();
              }};
}

}  // namespace cinta::train
