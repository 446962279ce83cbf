// Piecewise linear functions, and their gradient, a constant on each piece.
#pragma once

#include "values.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Rows of (knot, begin, slope, base), knots rising: base + slope (z - begin) right of the
// knot, up to and with the next one; 0 up to the first.
template <class Float>
LAVA_DL_HD Float on_piece(const float* row, int64_t count, Float z) {
    Float first = Float{} + row[0], last = Float{} + row[4 * (count - 1)];
    Float within = select(z < first, first, select(z > last, last, z));  // no infinity times 0
    Float begin{}, slope{}, base{};
    for (int64_t i = 0; i < count; ++i, row += 4) {
        auto right = z > Float{} + row[0];
        begin = select(right, Float{} + row[1], begin);
        slope = select(right, Float{} + row[2], slope);
        base = select(right, Float{} + row[3], base);
    }
    return base + slope * (within - begin);
}

// Rows of (knot, factor): the factor of the last knot that z is right of, else the first.
template <class Float>
LAVA_DL_HD Float factor_at(const float* row, int64_t count, Float z) {
    Float factor = Float{} + row[1];
    for (int64_t i = 1; i < count; ++i)
        factor = select(z > Float{} + row[2 * i], Float{} + row[2 * i + 1], factor);
    return factor;
}

// rows: values. inputs: z; taps: the rows of on_piece, tap_count of them.
inline void piecewise(const Call& call, int64_t first, int64_t last) {
    each_value(call, first, last, [&](auto load) {
        return on_piece(call.coefficients, call.coefficient_rows, load(call.input[0]));
    });
}

// inputs: z, gradient; taps: the rows of factor_at, tap_count of them.
inline void piecewise_backward(const Call& call, int64_t first, int64_t last) {
    each_value(call, first, last, [&](auto load) {
        return factor_at(call.coefficients, call.coefficient_rows, load(call.input[0])) * load(call.input[1]);
    });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
