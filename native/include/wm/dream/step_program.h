// What a dynamics model computes in one imagined step, as data: enough to run it without the model.
#pragma once

#include <memory>
#include <vector>

#include "wm/dream/row_network.h"

namespace wm::dream {

// A state is a list of entries, float [lanes, width] each. One of them is the latent: sampled from Gaussian mixtures
// that the network describes. Others are memory: the network gives them. The rest stay as they are.
struct StepProgram {
    static constexpr int kAction = -1;

    // Outputs: the memory entries in their order, then the mixtures (see Mixture), [reward, reward of a step that ends
    // the episode], and the probability of the end.
    std::shared_ptr<const RowNetwork> network;
    std::vector<int> widths;  // of the state entries
    std::vector<int> inputs;  // of the network: state entries, or kAction
    std::vector<int> memory;  // state entries
    int latent = 0;           // state entry
    int components = 1;       // Gaussians for each dimension of the latent
    float log_std_min = 0.0f, log_std_max = 0.0f;
    bool residual = false;       // means are added to the latent
    float latent_limit = 0.0f;   // the new latent is clamped to it
    float reward_scale = 1.0f;   // the network's rewards are this many times the environment's
    float reward_limit = 0.0f;   // the ordinary reward is clamped to it, in the environment's units
    double end_deadband = 0.0;   // probabilities of the end below this count as 0, those above are stretched to reach 1
};

}  // namespace wm::dream
