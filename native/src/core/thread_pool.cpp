#include "wm/core/thread_pool.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace wm::core {
namespace {

constexpr std::uint32_t kOpen = 1u << 31;
constexpr int kSpins = 2000;  // some microseconds: longer than the gap between two steps of a busy caller

void pause_core() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& variable, std::uint32_t old) {
    for (int i = 0; i < kSpins; ++i) {
        const std::uint32_t now = variable.load(std::memory_order_acquire);
        if (now != old) return now;
        pause_core();
    }
    variable.wait(old, std::memory_order_acquire);
    return variable.load(std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) : owner_process_(getpid()) {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const int wanted = threads == 0 ? cores : threads;
    for (int worker = 1; worker < wanted; ++worker) threads_.emplace_back([this, worker] { serve(worker); });
}

ThreadPool::~ThreadPool() {
    if (in_forked_child()) {  // the threads live in the parent only
        for (std::thread& thread : threads_) thread.detach();
        return;
    }
    stopping_.store(true);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

bool ThreadPool::in_forked_child() const { return getpid() != owner_process_; }

void ThreadPool::serve(int worker) {
    std::uint32_t seen = 0;
    for (;;) {
        seen = wait_for_change(round_, seen);
        if (stopping_.load()) return;
        join_round(worker);
    }
}

void ThreadPool::join_round(int worker) {
    std::uint32_t gate = gate_.load(std::memory_order_acquire);
    while ((gate & kOpen) != 0) {
        if (!gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) continue;
        take_items(worker);
        if (gate_.fetch_sub(1, std::memory_order_acq_rel) == 1) gate_.notify_all();
        return;
    }
}

void ThreadPool::take_items(int worker) {
    for (;;) {
        const int first = next_.fetch_add(group_, std::memory_order_relaxed);
        if (first >= items_) return;
        const int last = std::min(first + group_, items_);
        try {
            for (int item = first; item < last; ++item) (*work_)(worker, item);
        } catch (...) {
            remember(std::current_exception());
        }
    }
}

void ThreadPool::remember(std::exception_ptr error) {
    while (error_lock_.test_and_set(std::memory_order_acquire)) pause_core();
    if (!error_) error_ = std::move(error);
    error_lock_.clear(std::memory_order_release);
}

void ThreadPool::run(int items, const WorkRef& work) {
    if (threads_.empty() || items <= 1 || in_forked_child()) {
        for (int item = 0; item < items; ++item) work(0, item);
        return;
    }
    work_ = &work;
    items_ = items;
    group_ = std::max(1, items / (64 * size()));  // small: who finishes first waits for the other's last group
    next_.store(0, std::memory_order_relaxed);
    gate_.store(kOpen, std::memory_order_release);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    take_items(0);
    std::uint32_t inside = gate_.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
    while (inside != 0) inside = wait_for_change(gate_, inside);
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

}  // namespace wm::core
