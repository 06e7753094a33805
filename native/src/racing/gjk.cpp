// GJK distance (Gilbert, Johnson, Keerthi 1988) with Voronoi regions and barycentric coordinates (Ericson, Real-Time
// Collision Detection, 9.5), in Box2D 2.3's order of operations: a wheel at a tile's edge decides by the last bit.
#include <cfloat>

#include "wm/racing/polygon.h"

namespace wm::racing {
namespace {

constexpr float kPolygonRadius = 2.0f * 0.005f;
constexpr int kMaxIterations = 20;

struct SupportPoint {
    Vec2 on_a;
    Vec2 on_b;
    Vec2 w;  // on_b - on_a
    float weight = 0.0f;
    int index_a = 0;
    int index_b = 0;
};

struct Simplex {
    SupportPoint v[3];
    int count = 0;

    void keep(int i) {
        v[i].weight = 1.0f;
        count = 1;
        v[0] = v[i];
    }

    void keep_edge(int i, int j, float wi, float wj) {
        const float inverse = 1.0f / (wi + wj);
        v[i].weight = wi * inverse;
        v[j].weight = wj * inverse;
        count = 2;
    }

    void solve_edge();
    void solve_triangle();
    [[nodiscard]] Vec2 search_direction() const;
    [[nodiscard]] float distance() const;
};

void Simplex::solve_edge() {
    const Vec2 w1 = v[0].w;
    const Vec2 w2 = v[1].w;
    const Vec2 e12 = w2 - w1;
    const float d2 = -dot(w1, e12);
    if (d2 <= 0.0f) return keep(0);
    const float d1 = dot(w2, e12);
    if (d1 <= 0.0f) return keep(1);
    keep_edge(0, 1, d1, d2);
}

void Simplex::solve_triangle() {
    const Vec2 w1 = v[0].w;
    const Vec2 w2 = v[1].w;
    const Vec2 w3 = v[2].w;
    const Vec2 e12 = w2 - w1;
    const Vec2 e13 = w3 - w1;
    const Vec2 e23 = w3 - w2;
    const float d12_1 = dot(w2, e12);
    const float d12_2 = -dot(w1, e12);
    const float d13_1 = dot(w3, e13);
    const float d13_2 = -dot(w1, e13);
    const float d23_1 = dot(w3, e23);
    const float d23_2 = -dot(w2, e23);
    const float n123 = cross(e12, e13);
    const float d123_1 = n123 * cross(w2, w3);
    const float d123_2 = n123 * cross(w3, w1);
    const float d123_3 = n123 * cross(w1, w2);

    if (d12_2 <= 0.0f && d13_2 <= 0.0f) return keep(0);
    if (d12_1 > 0.0f && d12_2 > 0.0f && d123_3 <= 0.0f) return keep_edge(0, 1, d12_1, d12_2);
    if (d13_1 > 0.0f && d13_2 > 0.0f && d123_2 <= 0.0f) {
        keep_edge(0, 2, d13_1, d13_2);
        v[1] = v[2];
        return;
    }
    if (d12_1 <= 0.0f && d23_2 <= 0.0f) return keep(1);
    if (d13_1 <= 0.0f && d23_1 <= 0.0f) return keep(2);
    if (d23_1 > 0.0f && d23_2 > 0.0f && d123_1 <= 0.0f) {
        keep_edge(1, 2, d23_1, d23_2);
        v[0] = v[2];
        return;
    }
    const float inverse = 1.0f / (d123_1 + d123_2 + d123_3);
    v[0].weight = d123_1 * inverse;
    v[1].weight = d123_2 * inverse;
    v[2].weight = d123_3 * inverse;
    count = 3;
}

Vec2 Simplex::search_direction() const {
    if (count == 1) return -v[0].w;
    const Vec2 e12 = v[1].w - v[0].w;
    return cross(e12, -v[0].w) > 0.0f ? cross(1.0f, e12) : cross(e12, 1.0f);
}

float Simplex::distance() const {
    if (count == 3) return 0.0f;  // both witness points are the same point
    if (count == 1) return length(v[0].on_a - v[0].on_b);
    const Vec2 a = v[0].weight * v[0].on_a + v[1].weight * v[1].on_a;
    const Vec2 b = v[0].weight * v[0].on_b + v[1].weight * v[1].on_b;
    return length(a - b);
}

int support(const Polygon& polygon, Vec2 direction) {
    int best = 0;
    float best_value = dot(polygon[0], direction);
    for (int i = 1; i < polygon.count; ++i) {
        const float value = dot(polygon[i], direction);
        if (value > best_value) {
            best = i;
            best_value = value;
        }
    }
    return best;
}

SupportPoint support_point(const Polygon& a, const Polygon& b, const Pose& pose, int index_a, int index_b) {
    SupportPoint point;
    point.index_a = index_a;
    point.index_b = index_b;
    point.on_a = a[index_a];
    point.on_b = apply(pose, b[index_b]);
    point.w = point.on_b - point.on_a;
    return point;
}

float gjk_distance(const Polygon& a, const Polygon& b, const Pose& pose) {
    Simplex simplex;
    simplex.v[0] = support_point(a, b, pose, 0, 0);
    simplex.v[0].weight = 1.0f;
    simplex.count = 1;
    for (int iteration = 0; iteration < kMaxIterations; ++iteration) {
        int seen_a[3];
        int seen_b[3];
        const int seen = simplex.count;
        for (int i = 0; i < seen; ++i) {
            seen_a[i] = simplex.v[i].index_a;
            seen_b[i] = simplex.v[i].index_b;
        }
        if (simplex.count == 2) simplex.solve_edge();
        if (simplex.count == 3) simplex.solve_triangle();
        if (simplex.count == 3) break;
        const Vec2 d = simplex.search_direction();
        if (length_squared(d) < FLT_EPSILON * FLT_EPSILON) break;
        const SupportPoint next = support_point(a, b, pose, support(a, -d), support(b, rotate_back(pose.q, d)));
        simplex.v[simplex.count] = next;
        bool duplicate = false;
        for (int i = 0; i < seen; ++i) duplicate = duplicate || (next.index_a == seen_a[i] && next.index_b == seen_b[i]);
        if (duplicate) break;
        ++simplex.count;
    }
    return simplex.distance();
}

}  // namespace

bool touching(const Polygon& world_polygon, const Polygon& body_polygon, const Pose& pose) {
    const float distance = gjk_distance(world_polygon, body_polygon, pose);
    constexpr float radii = kPolygonRadius + kPolygonRadius;
    if (!(distance > radii && distance > FLT_EPSILON)) return true;
    return distance - radii < 10.0f * FLT_EPSILON;
}

}  // namespace wm::racing
