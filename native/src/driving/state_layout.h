// Scales of the `state` vector: what an entry of 1 means.
#pragma once

#include "wm/driving/geometry.h"

namespace wm::driving {

constexpr float kSpeedScale = 40.0f;         // m/s
constexpr float kYawScale = 1.0f;            // rad/s
constexpr float kSlipScale = 0.5f;           // rad
constexpr float kAccelerationScale = 10.0f;  // m/s^2
constexpr float kLaneScale = 5.0f;           // m
constexpr float kCurvatureScale = 0.1f;      // 1/m
constexpr float kPreviewScale = 50.0f;       // m
constexpr float kPreviewStep = 5.0f;         // m
constexpr int kPreviewPoints = 10;
constexpr float kRemainingScale = 400.0f;    // m
constexpr float kGapScale = 100.0f;          // m
constexpr float kTimeScale = 30.0f;          // s
constexpr int kOwnFeatures = 17, kTaskFeatures = 12, kNeighbourFeatures = 12;
constexpr int kStateSize = kOwnFeatures + 2 * kPreviewPoints + kTaskFeatures + kNeighbourFeatures;

}  // namespace wm::driving
