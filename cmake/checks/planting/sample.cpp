// What the self-test plants every fault into, both ways.
template <class T>
T number(T a, T b) {
  T y = a + b;
  y -= a * 3;
  y = -y / (b - 20);
  return y;
}

int counted(int& calls, int value) {
  ++calls;
  return value;
}

int logic(int a, int b) {
  int calls = 0;
  const bool both = counted(calls, a) > 1 && counted(calls, b) > 1 && counted(calls, a) != b;
  const bool one = counted(calls, a) >= 3 || counted(calls, b) == 2 || counted(calls, a) <= b;
  if (both || !one) calls = calls + 100;
  for (int i = 0; i < 4; ++i) {
    if (i == b) continue;
    if (i == a) break;
    calls += i + 1;
  }
  const int bits = (a << 2 | 1) & 15;
  const int before = calls++;
  calls += (bits ^ 5) + std::max<int>(b - 3, a % 3) + std::min(before, 9) + int(true);
  return calls * 2 + both;
}
