// Every item is done once, whatever the numbers of items and threads, whoever is slow, asleep or throws.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.h"
#include "check_equal.h"
#include "wm/core/thread_pool.h"

namespace {

using wm::core::ThreadPool;
using namespace std::chrono_literals;

void nap(std::chrono::microseconds duration) { std::this_thread::sleep_for(duration); }

void check_each_item_once() {
    for (const int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        for (const int items : {0, 1, 2, 7, 64, 1000}) {
            std::vector<int> done(static_cast<std::size_t>(items), 0);  // plain: each belongs to one thread at a time
            for (int round = 1; round <= 50; ++round) {
                pool.run(items, [&](int /*worker*/, int item) { ++done[static_cast<std::size_t>(item)]; });
                for (const int count : done) CHECK_EQUAL(count, round);
            }
        }
    }
}

// Items are as uneven as can be: the stretch of one thread is slow, so the others must take from it.
void check_uneven_items() {
    ThreadPool pool(3);
    std::vector<int> done(30, 0);
    for (int round = 1; round <= 5; ++round) {
        pool.run(30, [&](int /*worker*/, int item) {
            if (item < 10) nap(200us);
            ++done[static_cast<std::size_t>(item)];
        });
        for (const int count : done) CHECK_EQUAL(count, round);
    }
}

// Callers that come back at once, after a while and after a long time: helpers spin, or sleep and are woken.
void check_gaps() {
    ThreadPool pool(4);
    std::atomic<int> sum{0};
    int expected = 0;
    for (const auto gap : {0us, 50us, 300us, 3000us, 20us, 500us}) {
        for (int round = 0; round < 20; ++round) {
            pool.run(16, [&](int /*worker*/, int item) { sum.fetch_add(item, std::memory_order_relaxed); });
            expected += 120;
            CHECK_EQUAL(sum.load(), expected);
            nap(gap);
        }
    }
}

void check_workers_are_numbered() {
    ThreadPool pool(3);
    std::atomic<bool> within{true};
    for (int round = 0; round < 100; ++round) {
        pool.run(20, [&](int worker, int /*item*/) {
            if (worker < 0 || worker >= pool.size()) within = false;
        });
    }
    CHECK(within.load());
}

void check_first_error_is_rethrown() {
    for (const int threads : {1, 3}) {
        ThreadPool pool(threads);
        bool thrown = false;
        try {
            pool.run(40, [](int /*worker*/, int item) {
                if (item % 7 == 3) throw std::runtime_error("item");
            });
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        CHECK(thrown);
        std::atomic<int> count{0};
        pool.run(40, [&](int /*worker*/, int /*item*/) { count.fetch_add(1); });  // and the pool goes on
        CHECK_EQUAL(count.load(), 40);
    }
}

}  // namespace

int main() {
    check_each_item_once();
    check_uneven_items();
    check_gaps();
    check_workers_are_numbered();
    check_first_error_is_rethrown();
    return wm::test::report();
}
