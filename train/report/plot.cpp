#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/report/plot.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <locale>
#include <sstream>
#include <system_error>
#include <utility>

extern char** environ;

namespace cinta::train {
namespace {

/// Text as a gnuplot string, in which only the quote itself is special.
std::string gnuplot_string(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += c;
    out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return out + "'";
}

/// The same of text that is drawn: a picture that is one itself is to be UTF-8.
std::string drawn_string(const std::string& text) { return gnuplot_string(io::to_utf8(text)); }

/// A kind of file: what gnuplot calls it, and who writes it.
struct Format {
  const char* writer;
  const char* terminal;
};

/// What is drawn of an axis that only knows positive numbers.
std::pair<double, double> positive_range(const std::vector<Curve>& curves, bool of_x) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  const auto see = [&](const std::vector<double>& values) {
    for (const double v : values) {
      if (!(v > 0) || !std::isfinite(v)) continue;
      low = std::min(low, v), high = std::max(high, v);
    }
  };
  for (const Curve& c : curves) {
    if (of_x)
      see(c.x.empty() ? std::vector<double>{1, double(c.y.size())} : c.x);
    else
      see(c.y), see(c.low), see(c.high);
  }
  return {low, high};
}

/// Whether point k can be drawn.
bool is_drawn(const Curve& c, std::size_t k, const PlotOptions& options) {
  const double x = c.x.empty() ? static_cast<double>(k + 1) : c.x[k], y = c.y[k];
  return std::isfinite(x) && std::isfinite(y) && !(options.log_x && x <= 0) &&
         !(options.log_y && y <= 0);
}

/// Points without neighbours, of which no line is drawn: a single epoch, or between two gaps.
std::vector<std::size_t> lone_points(const Curve& c, const PlotOptions& options) {
  std::vector<std::size_t> lone;
  for (std::size_t k = 0; k < c.y.size(); ++k)
    if (is_drawn(c, k, options) && !(k > 0 && is_drawn(c, k - 1, options)) &&
        !(k + 1 < c.y.size() && is_drawn(c, k + 1, options)))
      lone.push_back(k);
  return lone;
}

/// gnuplot refuses to fill what has no point.
bool has_band(const Curve& c) {
  for (std::size_t k = 0; k < c.low.size(); ++k)
    if (std::isfinite(c.low[k]) && std::isfinite(c.high[k])) return true;
  return false;
}

std::string script_for(const Format& format, const std::string& picture,
                       const std::vector<Curve>& curves, const PlotOptions& options) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.precision(std::numeric_limits<double>::max_digits10);  // neighbours stay apart
  for (std::size_t i = 0; i < curves.size(); ++i) {
    out << "$curve" << i << " << EOD\n";
    for (std::size_t k = 0; k < curves[i].y.size(); ++k) {
      const double x = curves[i].x.empty() ? static_cast<double>(k + 1) : curves[i].x[k];
      if (std::isfinite(x) && std::isfinite(curves[i].y[k]))
        out << x << ' ' << curves[i].y[k] << '\n';
      else
        out << '\n';  // a blank line interrupts the curve
    }
    out << "EOD\n";
    if (const auto lone = lone_points(curves[i], options); !lone.empty()) {
      out << "$points" << i << " << EOD\n";
      for (const std::size_t k : lone)
        out << (curves[i].x.empty() ? static_cast<double>(k + 1) : curves[i].x[k]) << ' '
            << curves[i].y[k] << '\n';
      out << "EOD\n";
    }
    if (curves[i].low.empty()) continue;
    out << "$band" << i << " << EOD\n";
    for (std::size_t k = 0; k < curves[i].y.size(); ++k) {
      const double x = curves[i].x.empty() ? static_cast<double>(k + 1) : curves[i].x[k];
      if (std::isfinite(x) && std::isfinite(curves[i].low[k]) && std::isfinite(curves[i].high[k]))
        out << x << ' ' << curves[i].low[k] << ' ' << curves[i].high[k] << '\n';
      else
        out << '\n';
    }
    out << "EOD\n";
  }
  out << "set terminal " << format.terminal << " noenhanced font 'Sans,11' size " << options.width
      << ',' << options.height << "\nset output " << gnuplot_string(picture) << "\nset title "
      << drawn_string(options.title) << "\nset xlabel " << drawn_string(options.x_label)
      << "\nset ylabel " << drawn_string(options.y_label) << "\nset grid lc rgb '#dddddd'\nset key "
      << (options.legend_outside ? "outside " : "")
      << "top right\nset border 3\nset tics nomirror\n";
  if (options.equal_axes) out << "set size ratio -1\n";
  for (const bool of_x : {true, false}) {
    if (!(of_x ? options.log_x : options.log_y)) continue;
    const char axis = of_x ? 'x' : 'y';
    const auto [low, high] = positive_range(curves, of_x);
    out << "set logscale " << axis << "\nset " << axis << "tics ";
    if (high / low < 1e4) {
      // Labels at 1, 2 and 5 of each decade: a curve often lies within one.
      // Within what gnuplot can read.
      const int first = std::max(-307, int(std::floor(std::log10(low)))),
                last = std::min(308, int(std::ceil(std::log10(high))));
      out << "(1e" << first;
      for (int decade = first; decade < last; ++decade)
        for (int digit : {2, 5, 10}) out << ", " << digit << "e" << decade;
      out << ")\n";
    } else {
      out << "1e" << std::ceil(std::log10(high / low) / 12) << "\nset format " << axis
          << " '%.0e'\n";
    }
  }
  // Colours that stay apart for colour-blind readers (Okabe and Ito).
  const std::array colors{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};
  const auto color = [&](const Curve& c) { return colors[(c.color + 5) % colors.size()]; };
  // Bands first, so that no line is covered.
  const char* next = "plot ";
  for (std::size_t i = 0; i < curves.size(); ++i)
    if (has_band(curves[i])) {
      out << next << "$band" << i << " with filledcurves fs transparent solid 0.2 noborder lc rgb '"
          << color(curves[i]) << "' notitle";
      next = ", \\\n     ";
    }
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const Curve& c = curves[i];
    out << std::exchange(next, ", \\\n     ") << "$curve" << i << " with lines lw 2 dashtype "
        << (c.dashed ? 2 : 1) << " lc rgb '" << color(c) << "' ";
    if (c.name.empty())
      out << "notitle";
    else
      out << "title " << drawn_string(c.name);
    if (!lone_points(c, options).empty())
      out << next << "$points" << i << " with points pt 7 ps 0.7 lc rgb '" << color(c)
          << "' notitle";
  }
  out << "\n";
  return out.str();
}

/// Runs `gnuplot script` with its messages in `log`. Returns its exit status, or -1 if it is not
/// installed.
int run_gnuplot(const std::string& script, const std::string& log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::string program = "gnuplot", argument = script;
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return -1;
  if (error != 0) throw IoError("gnuplot: " + std::generic_category().message(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw IoError("gnuplot: " + std::generic_category().message(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// What gnuplot says is wrong: `"script" line 7: the reason`, below the command in question and a
/// mark in it. Warnings stand before it.
std::string reason(const std::string& path) {
  std::ifstream in(path);
  std::string first, last;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" ^") == line.npos) continue;
    if (first.empty()) first = line;
    const std::size_t place = line.find("\" line ");
    const std::size_t end = place == line.npos ? place : line.find(": ", place);
    if (end != line.npos) last = line.substr(end + 2);
  }
  return last.empty() ? first : last;
}

void draw(const Format& format, const std::string& path, const std::vector<Curve>& curves,
          const PlotOptions& options) {
  const std::string prefix = std::string(format.writer) + ": ";
  bool any = false;
  for (const Curve& c : curves) {
    if (!c.x.empty() && c.x.size() != c.y.size())
      throw ValueError(prefix + "curve " + io::quoted(c.name) + " has " +
                       std::to_string(c.x.size()) + " x but " + std::to_string(c.y.size()) + " y");
    if (c.low.size() != c.high.size() || (!c.low.empty() && c.low.size() != c.y.size()))
      throw ValueError(prefix + "curve " + io::quoted(c.name) + " has " +
                       std::to_string(c.y.size()) + " y but a band of " +
                       std::to_string(c.low.size()) + " and " + std::to_string(c.high.size()));
    for (std::size_t k = 0; k < c.y.size(); ++k) any = any || is_drawn(c, k, options);
  }
  if (!any) throw ValueError(prefix + "nothing to draw");

  const io::Scratch place(path, io::Scratch::Kind::folder, 0700);
  const std::string script = place.path() + "/script", log = place.path() + "/log",
                    picture = place.path() + "/picture";
  std::ofstream file(script);
  file << script_for(format, picture, curves, options);
  file.close();
  if (!file) throw IoError(io::escaped(path) + ": cannot write beside it");

  const int status = run_gnuplot(script, log);
  // 127: of a process that could not become gnuplot, where starting one does not say so.
  if (status == -1 || status == 127)
    throw IoError(io::escaped(path) + ": gnuplot is not installed");
  if (status != 0)
    throw IoError(io::escaped(path) + ": gnuplot failed (" + std::to_string(status) +
                  "): " + io::escaped(reason(log)));
  std::ostringstream bytes;
  bytes << std::ifstream(picture, std::ios::binary).rdbuf();
  io::OutputFile out(path);
  out.write(bytes.str());
  out.commit();
}

}  // namespace

void plot_png(const std::string& path, const std::vector<Curve>& curves,
              const PlotOptions& options) {
  draw({"plot_png", "pngcairo"}, path, curves, options);
}

void plot_svg(const std::string& path, const std::vector<Curve>& curves,
              const PlotOptions& options) {
  draw({"plot_svg", "svg background '#ffffff'"}, path, curves, options);
}

}  // namespace cinta::train
