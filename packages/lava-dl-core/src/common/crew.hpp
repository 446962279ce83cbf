// Threads that live for one call, as many as the system gives.
#pragma once

#include <thread>
#include <vector>

namespace lava_dl {

// Runs work(0), work(1), ... on `threads` threads, this one among them. Work is what they
// take from one store until it is empty, so that where the system refuses a thread the
// others do its part.
template <class Work>
void run_crew(int threads, const Work& work) {
    std::vector<std::thread> helpers;
    try {
        for (int i = 1; i < threads; ++i) helpers.emplace_back(work, i);
    } catch (...) {
    }
    work(0);
    for (auto& helper : helpers) helper.join();
}

}  // namespace lava_dl
