// Drives the fuzz target without libFuzzer: replays the files it is given, or random inputs for some seconds.
//
//     fuzz_racing [-seconds=600] [-seed=1] [FILE...]
//
// An input that fails is left in crash-SEED.bin: each is written before it is tried.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

bool option(std::string_view argument, std::string_view name, unsigned& value) {
    if (!argument.starts_with(name)) return false;
    argument.remove_prefix(name.size());
    return std::from_chars(argument.data(), argument.data() + argument.size(), value).ec == std::errc{};
}

void replay(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), {}};
    std::printf("%s: %zu bytes\n", path.c_str(), bytes.size());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void write(const std::string& path, const Bytes& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void fuzz(unsigned seconds, unsigned seed) {
    const std::string path = "crash-" + std::to_string(seed) + ".bin";
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    std::mt19937_64 random(seed);
    unsigned long inputs = 0;
    while (std::chrono::steady_clock::now() < end) {
        Bytes bytes(random() % 3000);
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
        write(path, bytes);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        ++inputs;
    }
    std::remove(path.c_str());
    std::printf("%lu inputs in %u s, none failed\n", inputs, seconds);
}

}  // namespace

int main(int argc, char** argv) {
    unsigned seconds = 60;
    unsigned seed = 1;
    bool replayed = false;
    for (int i = 1; i < argc; ++i) {
        if (option(argv[i], "-seconds=", seconds) || option(argv[i], "-seed=", seed)) continue;
        replay(argv[i]);
        replayed = true;
    }
    if (!replayed) fuzz(seconds, seed);
    return 0;
}
