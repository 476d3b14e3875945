// What a user's file costs anyway.
#include <functional>
#include <memory>
#include <string>
#include <vector>
