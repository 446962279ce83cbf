// Tells the compiler that the iterations of the next loop don't depend on each other.
#pragma once

#if defined(__clang__)
#define LAVA_DL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define LAVA_DL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define LAVA_DL_INDEPENDENT
#endif
