# The layers and who may use whom: what a file may include is what its object may link to. Functions
# for awk, which `layers` (includes) and `links` (symbols) read.

# shellcheck disable=SC2034
layer_rules='
function layer_of(path) {
  if (path == "cinta.hpp") return "umbrella"
  if (path ~ /^ops\/(kernels|map\/vm)\//) return "kernels"
  if (path ~ /^autograd\/core\//) return "core"
  if (path ~ /^train\/(report|trial)\//) return "report"
  if (path ~ /^io\/formats\//) return "formats"
  sub(/\/.*/, "", path)
  return path
}

# layer: the layers that it may use, besides itself
function read_rules(   rules, rows, cells, names, n, m, i, j) {
  rules = "core:" \
          "\nkernels: core" \
          "\nautograd: core kernels" \
          "\nops: core autograd kernels" \
          "\ndistributions: core autograd ops" \
          "\nnn: core autograd ops io" \
          "\noptim: core autograd ops kernels io" \
          "\nio: core autograd ops" \
          "\nformats: core autograd ops io" \
          "\ntrain: core autograd ops nn optim io" \
          "\nreport: core autograd ops nn optim io train" \
          "\numbrella: core autograd ops distributions nn optim io train" \
          "\ntests: umbrella core autograd ops kernels distributions nn optim io train report formats" \
          "\nexamples: umbrella core autograd ops distributions nn optim io train report formats" \
          "\nbenchmarks: umbrella core autograd ops kernels distributions nn optim io train report formats"
  n = split(rules, rows, "\n")
  for (i = 1; i <= n; ++i) {
    split(rows[i], cells, ":")
    allowed[cells[1], cells[1]] = 1
    m = split(cells[2], names, " ")
    for (j = 1; j <= m; ++j) allowed[cells[1], names[j]] = 1
  }
}
'
