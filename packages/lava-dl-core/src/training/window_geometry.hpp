// Which positions of an image a window sees, and which windows see a position: the order of
// taps is that of sums, so the same for every kernel.
#pragma once

#include "call.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// The output column or line that sees position `at` through a tap; -1 if none does.
LAVA_DL_HD int64_t window_of(const ConvGeometry& geometry, int axis, int64_t at, int64_t tap) {
    int64_t from = at + geometry.padding[axis] - tap * geometry.dilation[axis];
    if (from < 0) return -1;
    // Sizes have 31 bits, so both have 32, which a GPU divides several times as fast as 64.
    uint32_t distance = uint32_t(from), stride = uint32_t(geometry.stride[axis]);
    int64_t window = distance / stride;
    return distance % stride || window >= geometry.windows[axis] ? -1 : window;
}

// The position along an axis that a window sees through a tap, or -1.
LAVA_DL_HD int64_t position_of(const ConvGeometry& geometry, int axis, int64_t window, int64_t tap) {
    int64_t at = window * geometry.stride[axis] - geometry.padding[axis] + tap * geometry.dilation[axis];
    return at < 0 || at >= geometry.size[axis] ? -1 : at;
}

// Calls body(tap, line, column) for all windows that see a position.
template <class Body>
LAVA_DL_HD void each_window(const ConvGeometry& geometry, int64_t y, int64_t x, Body body) {
    for (int64_t ky = 0; ky < geometry.kernel[0]; ++ky) {
        int64_t line = window_of(geometry, 0, y, ky);
        if (line < 0) continue;
        for (int64_t kx = 0; kx < geometry.kernel[1]; ++kx) {
            int64_t column = window_of(geometry, 1, x, kx);
            if (column >= 0) body(ky * geometry.kernel[1] + kx, line, column);
        }
    }
}

// Calls body(tap, y, x) for all positions of the image that a window sees.
template <class Body>
LAVA_DL_HD void each_position(const ConvGeometry& geometry, int64_t line, int64_t column, Body body) {
    for (int64_t ky = 0; ky < geometry.kernel[0]; ++ky) {
        int64_t y = position_of(geometry, 0, line, ky);
        if (y < 0) continue;
        for (int64_t kx = 0; kx < geometry.kernel[1]; ++kx) {
            int64_t x = position_of(geometry, 1, column, kx);
            if (x >= 0) body(ky * geometry.kernel[1] + kx, y, x);
        }
    }
}

// From an image to its windows.
struct WindowSum {
    LAVA_DL_HD static const auto& from(const ConvGeometry& geometry) { return geometry.size; }
    LAVA_DL_HD static const auto& to(const ConvGeometry& geometry) { return geometry.windows; }
    template <class Body>
    LAVA_DL_HD static void each(const ConvGeometry& geometry, int64_t y, int64_t x, Body body) {
        each_position(geometry, y, x, body);
    }
};
// From windows to their image.
struct WindowSpread {
    LAVA_DL_HD static const auto& from(const ConvGeometry& geometry) { return geometry.windows; }
    LAVA_DL_HD static const auto& to(const ConvGeometry& geometry) { return geometry.size; }
    template <class Body>
    LAVA_DL_HD static void each(const ConvGeometry& geometry, int64_t y, int64_t x, Body body) {
        each_window(geometry, y, x, body);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
