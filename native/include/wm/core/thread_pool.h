// A few threads that share a round of work: each begins with its own stretch of items, the same in every round, so that
// what an item wrote last time is still in that core's cache; who is done takes items from the end of others' stretches.
// They spin briefly, then sleep: pure spinning fell to a fifth of one thread's speed when the second core was busy.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

namespace wm::core {

// Refers to a callable work(worker, item) that outlives the call; std::function would allocate in every step.
class WorkRef {
public:
    template <class Callable>
    WorkRef(const Callable& callable)  // NOLINT: implicit, so that lambdas can be passed
        : object_(&callable), call_([](const void* object, int worker, int item) {
              (*static_cast<const Callable*>(object))(worker, item);
          }) {}

    void operator()(int worker, int item) const { call_(object_, worker, item); }

private:
    const void* object_;
    void (*call_)(const void*, int, int);
};

class ThreadPool {
public:
    // `threads` counts the calling thread; 0 means one for each core.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    [[nodiscard]] int size() const { return static_cast<int>(threads_.size()) + 1; }
    // Calls work(worker, item) once for every item in [0, items); returns when all are done. Rethrows the first exception.
    void run(int items, const WorkRef& work);

private:
    using Clock = std::chrono::steady_clock;
    struct alignas(64) Stretch {  // items that nobody has taken yet: first | past the last << 32
        std::atomic<std::uint64_t> left{0};
    };

    void serve(int worker);
    void join_round(int worker);
    void share_out(int items);
    void take_items(int worker);
    void do_item(int worker, int item);
    void remember(std::exception_ptr error);
    [[nodiscard]] bool in_forked_child() const;

    std::vector<std::thread> threads_;
    std::vector<Stretch> stretches_;  // one a worker
    std::int64_t owner_process_;
    Clock::time_point idle_since_{};
    const WorkRef* work_ = nullptr;
    std::exception_ptr error_;
    std::atomic_flag error_lock_;
    alignas(64) std::atomic<std::uint32_t> round_{0};
    std::atomic<std::int64_t> patience_{0};  // ns that a worker spins for the next round; read when it begins to wait
    // Open bit and number of helpers inside. A helper that wakes up after the gate has closed is not waited for.
    alignas(64) std::atomic<std::uint32_t> gate_{0};
    std::atomic<bool> stopping_{false};
};

}  // namespace wm::core
