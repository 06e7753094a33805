// A few threads that share one counter of work. They spin briefly, then sleep: pure spinning fell to a fifth of one
// thread's speed when the second core was busy.
#pragma once

#include <atomic>
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
    void serve(int worker);
    void join_round(int worker);
    void take_items(int worker);
    void remember(std::exception_ptr error);
    [[nodiscard]] bool in_forked_child() const;

    std::vector<std::thread> threads_;
    std::int64_t owner_process_;
    const WorkRef* work_ = nullptr;
    int items_ = 0;
    int group_ = 1;
    std::exception_ptr error_;
    std::atomic_flag error_lock_;
    alignas(64) std::atomic<int> next_{0};
    alignas(64) std::atomic<std::uint32_t> round_{0};
    // Open bit and number of helpers inside. A helper that wakes up after the gate has closed is not waited for.
    alignas(64) std::atomic<std::uint32_t> gate_{0};
    std::atomic<bool> stopping_{false};
};

}  // namespace wm::core
