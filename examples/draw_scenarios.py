"""Draw every driving scenario: from above, and as the camera sees it. Makes the pictures of docs/driving.md.

python examples/draw_scenarios.py --out docs/images
"""

import argparse
from pathlib import Path

import gymnasium as gym
import matplotlib

matplotlib.use("Agg")
import matplotlib.image
import numpy as np

import wm_envs  # noqa: F401  (registers the ids)

SCENES = (  # id, seed, decisions until the picture is taken
    ("Highway", 3, 60),
    ("Merge", 3, 90),
    ("Roundabout", 3, 105),
    ("Intersection", 3, 62),
    ("Racetrack", 3, 60),
    ("Parking", 3, 40),
    ("Town", 3, 40),
    ("Town", 8, 90),
    ("Town", 12, 130),
)


def drive(name: str, seed: int, decisions: int, **options: object) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A picture from above and the sensors after some seconds behind a driver who keeps lane, speed and distance."""
    env = gym.make(
        f"wm/{name}-v0", render_mode="rgb_array", sensors=("camera", "birdseye", "lidar", "state"), **options
    )
    obs, info = env.reset(seed=seed)
    for _ in range(decisions):
        obs, _, terminated, _, info = env.step(driver(obs["state"], info))
        if terminated:
            break
    picture = np.asarray(env.render())
    env.close()
    return picture, obs


def driver(state: np.ndarray, info: dict[str, float]) -> np.ndarray:
    """Steer at the route 10 m ahead, and keep 2 s behind whoever is in front."""
    x, y = state[19:21]  # route_10m_x, route_10m_y
    steer = 0.6 * float(np.arctan2(y, max(x, 1e-3)))
    wish = min(0.9 * info["speed_limit"], 14.0, 8.0 * info["headway"])
    push = 0.3 * (wish - info["speed"])
    return np.array([steer, np.clip(push, 0, 0.6), np.clip(-push, 0, 1)], np.float32)


def tiled(pictures: list[np.ndarray], columns: int) -> np.ndarray:
    """Pictures of one size side by side, on white."""
    height, width, _ = pictures[0].shape
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (height + 4), columns * (width + 4), 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = (i // columns) * (height + 4), (i % columns) * (width + 4)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path())
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    size = {"camera_height": 192, "camera_width": 192, "birdseye_size": 192}
    above, seen = [], []
    for name, seed, decisions in SCENES:
        picture, obs = drive(name, seed, decisions, **size)
        height, width, _ = picture.shape
        halved = picture.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
        above.append(halved.astype(np.uint8))
        seen += [obs["camera"], obs["birdseye"]]
    matplotlib.image.imsave(args.out / "driving_scenarios.png", tiled(above, 3))
    matplotlib.image.imsave(args.out / "driving_sensors.png", tiled(seen, 6))


if __name__ == "__main__":
    main()
