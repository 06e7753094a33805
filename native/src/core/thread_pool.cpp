#include "wm/core/thread_pool.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace wm::core {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::uint32_t kOpen = 1u << 31;
// A caller that lately came back within kShortGap is spun for a little longer than that: waking a sleeper takes as long.
// Others think for so long that spinning would only heat the core.
constexpr nanoseconds kShortGap = 100us;
constexpr nanoseconds kPatience = 120us;
constexpr nanoseconds kNoHurry = 5us;
// Spun for a helper that is about to finish its last item. One that takes longer has lost its core: asleep, the caller
// lends it its own.
constexpr nanoseconds kLastItem = 30us;

void pause_core() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& variable, std::uint32_t old, nanoseconds patience) {
    const auto begin = std::chrono::steady_clock::now();
    do {
        for (int i = 0; i < 16; ++i) {  // in pauses, which last from 5 to 50 ns: the clock is read now and then
            const std::uint32_t now = variable.load(std::memory_order_acquire);
            if (now != old) return now;
            pause_core();
        }
    } while (std::chrono::steady_clock::now() - begin < patience);
    variable.wait(old, std::memory_order_acquire);
    return variable.load(std::memory_order_acquire);
}

std::uint64_t stretch(std::uint32_t first, std::uint32_t end) { return first | std::uint64_t{end} << 32; }

// The first item that is left (what its owner takes) or the last (what others take); -1 when there is none.
int take(std::atomic<std::uint64_t>& left, bool own) {
    std::uint64_t seen = left.load(std::memory_order_relaxed);
    for (;;) {
        const auto first = static_cast<std::uint32_t>(seen), end = static_cast<std::uint32_t>(seen >> 32);
        if (first >= end) return -1;
        const std::uint64_t rest = own ? stretch(first + 1, end) : stretch(first, end - 1);
        if (left.compare_exchange_weak(seen, rest, std::memory_order_relaxed)) return static_cast<int>(own ? first : end - 1);
    }
}

}  // namespace

ThreadPool::ThreadPool(int threads) : owner_process_(getpid()) {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const int wanted = std::max(1, threads == 0 ? cores : threads);
    stretches_ = std::vector<Stretch>(static_cast<std::size_t>(wanted));
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
        seen = wait_for_change(round_, seen, nanoseconds(patience_.load(std::memory_order_relaxed)));
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

void ThreadPool::share_out(int items) {
    const auto workers = static_cast<std::uint64_t>(size()), count = static_cast<std::uint64_t>(items);
    for (std::uint64_t w = 0; w < workers; ++w) {
        const auto first = static_cast<std::uint32_t>(count * w / workers), end = static_cast<std::uint32_t>(count * (w + 1) / workers);
        stretches_[w].left.store(stretch(first, end), std::memory_order_relaxed);
    }
}

void ThreadPool::take_items(int worker) {
    for (int k = 0; k < size(); ++k) {
        std::atomic<std::uint64_t>& left = stretches_[static_cast<std::size_t>((worker + k) % size())].left;
        for (int item = take(left, k == 0); item >= 0; item = take(left, k == 0)) do_item(worker, item);
    }
}

void ThreadPool::do_item(int worker, int item) {
    try {
        (*work_)(worker, item);
    } catch (...) {
        remember(std::current_exception());
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
    const nanoseconds gap = Clock::now() - idle_since_;
    patience_.store((gap < kShortGap ? kPatience : kNoHurry).count(), std::memory_order_relaxed);
    work_ = &work;
    share_out(items);
    gate_.store(kOpen, std::memory_order_release);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    take_items(0);
    std::uint32_t inside = gate_.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
    while (inside != 0) inside = wait_for_change(gate_, inside, kLastItem);
    idle_since_ = Clock::now();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

}  // namespace wm::core
