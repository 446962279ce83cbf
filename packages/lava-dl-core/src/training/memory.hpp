// Memory of large arrays, kept when one is gone for the next.
//
// The system clears each page it hands out, which takes as long as a kernel takes to fill
// it. What is kept stays the system's to reclaim: it needs only run short.
#pragma once

#include <cstddef>

namespace lava_dl {

// At least that many bytes, not cleared; null where memory isn't kept on this system.
void* take_memory(size_t bytes);
void give_memory(void* from_take, size_t bytes);

// How many bytes without an array are kept at most; what is beyond goes back at once.
size_t kept_memory_limit();
void set_kept_memory_limit(size_t bytes);

}  // namespace lava_dl
