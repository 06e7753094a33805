// A step allocates nothing: the pictures go into the caller's arrays, the physics lives where it was made.
#include <atomic>
#include <cstdlib>
#include <new>

#include "check_equal.h"
#include "racing_fixture.h"

static std::atomic<long> allocations{0};

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    ++allocations;
    const auto align = static_cast<std::size_t>(alignment);
    if (void* memory = std::aligned_alloc(align, (size + align - 1) / align * align)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

int main() {
    for (const int threads : {1, 3}) {
        for (const int obs_size : {96, 64}) {
            fixture::BatchConfig config = fixture::config(8, threads);
            config.obs_size = obs_size;
            config.grayscale = obs_size == 64;
            fixture::Run run(config);
            run.step(0);
            const long before = allocations;
            for (int t = 1; t < 100; ++t) run.step(t);
            CHECK_EQUAL(allocations.load(), before);
        }
    }
    return wm::test::report();
}
