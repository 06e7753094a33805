"""
The C++ core of wm_envs.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
__all__: list[str] = ['CarRacingBatch', 'DreamBatch', 'DrivingBatch', 'DrivingNetwork', 'RowNetwork', 'ScoreTable', 'SequenceGather', 'SnapshotError', 'all_finite', 'driving_derivatives', 'driving_drive', 'driving_rollout', 'lane_normal', 'lane_uniform', 'sample_mixture']
class SequenceGather:
    """
    Gathers windows of rows out of (memory-mapped) arrays, float16 widened to float32.
    """
    def __init__(self, fields: collections.abc.Mapping[str, collections.abc.Sequence[numpy.ndarray]], num_threads: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
        """
        fields: the arrays of each field, one a shard, alike but for their first axis; they are kept alive.
        num_threads: threads for large batches; 0 means one for each core.
        """
    def gather(self, field: str, source: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], start: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], valid: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], out: numpy.ndarray) -> None:
        """
        Window b: rows [start[b], start[b] + valid[b]) of array source[b] into out[b], zeros after them.
        
        source, start, valid: int64 [B]. out: [B, length, *row], C-contiguous. The GIL is released.
        Raises IndexError, before anything is written, when a window leaves its array.
        """
class RowNetwork:
    """
    A small float32 network: the bits of a row depend on that row alone, whatever its batch.
    
    Build it value by value (weights are copied), then `run` it, also from several threads.
    """
    def __init__(self, level: typing.SupportsInt | typing.SupportsIndex = -1) -> None:
        """
        level: 0 plain, 1 AVX2, 2 AVX-512; -1 the best there is.
        """
    def dense(self, values: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], weight: numpy.ndarray, bias: numpy.ndarray | None, activation: str = 'identity') -> int:
        """
        activation(weight [O, I] times the values side by side, plus bias [O]); "identity", "relu", "elu", "tanh", "sigmoid".
        """
    def gru(self, values: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], hidden: typing.SupportsInt | typing.SupportsIndex, weight_ih: numpy.ndarray, weight_hh: numpy.ndarray, bias_ih: numpy.ndarray | None, bias_hh: numpy.ndarray | None) -> int:
        """
        A GRU cell with torch's weights; returns the new hidden value.
        """
    def input(self, width: typing.SupportsInt | typing.SupportsIndex) -> int:
        """
        A value that `run` is given, float32 [rows, width].
        """
    def lstm(self, values: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], hidden: typing.SupportsInt | typing.SupportsIndex, cell: typing.SupportsInt | typing.SupportsIndex, weight_ih: numpy.ndarray, weight_hh: numpy.ndarray, bias_ih: numpy.ndarray | None, bias_hh: numpy.ndarray | None) -> tuple[int, int]:
        """
        An LSTM cell with torch's weights; returns the new hidden and cell values.
        """
    def output(self, value: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        Let `run` write this value.
        """
    def run(self, inputs: list[numpy.ndarray], outputs: list[numpy.ndarray]) -> None:
        """
        inputs, outputs: float32 [rows, width] each, C-contiguous, in the order they were declared. The GIL is released.
        """
    @property
    def instructions(self) -> str:
        """
        "plain", "avx2" or "avx512".
        """
class DreamBatch:
    """
    Dreams stepped together by a `wm_zoo.api.nn.StepProgram`; see wm_envs.dream.native.
    """
    def __init__(self, *, network: RowNetwork, lanes: typing.SupportsInt | typing.SupportsIndex, widths: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], inputs: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], memory: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], latent: typing.SupportsInt | typing.SupportsIndex, components: typing.SupportsInt | typing.SupportsIndex, log_std_limits: tuple[typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex], residual: bool, latent_limit: typing.SupportsFloat | typing.SupportsIndex, reward_scale: typing.SupportsFloat | typing.SupportsIndex, reward_limit: typing.SupportsFloat | typing.SupportsIndex, end_deadband: typing.SupportsFloat | typing.SupportsIndex, action_low: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], action_high: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], action_shape: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], first_class: typing.SupportsInt | typing.SupportsIndex | None, temperature: typing.SupportsFloat | typing.SupportsIndex, sample_latent: bool, sample_end: bool, threshold: typing.SupportsFloat | typing.SupportsIndex, pessimism: typing.SupportsFloat | typing.SupportsIndex, max_reward: typing.SupportsFloat | typing.SupportsIndex | None, max_uncertainty: typing.SupportsFloat | typing.SupportsIndex | None, horizon: typing.SupportsInt | typing.SupportsIndex | None, observed: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], observed_limit: typing.SupportsFloat | typing.SupportsIndex, num_threads: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        widths: of the state entries. inputs: of the network: state entries, -1 the action. memory: state entries that become
        the network's first outputs. observed: state entries side by side. first_class: of a Discrete action, None for a Box.
        """
    def begin(self, lanes: numpy.ndarray | None, obs: numpy.ndarray | None) -> None:
        """
        Begin an episode in `lanes` at a start that each lane's own noise draws: row floor(M * uniform). obs as in `step`.
        """
    def look(self, lanes: numpy.ndarray | None, obs: numpy.ndarray) -> None:
        """
        Write rows of `lanes` of obs float32 [N, F].
        """
    def set_starts(self, starts: collections.abc.Sequence[numpy.ndarray]) -> None:
        """
        Where episodes may begin: float32 [M, width] of every state entry. The arrays are kept and must not change.
        """
    def step(self, actions: numpy.ndarray, lanes: numpy.ndarray | None, obs: numpy.ndarray | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.bool], numpy.typing.NDArray[numpy.bool], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.bool]] | None:
        """
        Step `lanes` (int64 [M] ascending, None: all) with action vectors float32 [M, A]: reward, terminated, truncated,
        uncertainty, invalid, [M] each; rows of `lanes` of obs float32 [N, F] are written (None: nowhere).
        None, and nothing has changed, where an action is not finite. The GIL is released.
        """
    def step_one(self, action: typing.Any) -> tuple[numpy.typing.NDArray[numpy.float32], float, bool, bool, dict[str, typing.Any]] | None:
        """
        The only lane's step with an environment's action: what `gymnasium.Env.step` returns. None, and nothing has
        changed, where the lane was never reset or the action is not a finite one of the space's shape, float32 or an integer.
        """
    def step_or_begin(self, ended: numpy.ndarray, actions: numpy.ndarray, obs: numpy.ndarray | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.bool], numpy.typing.NDArray[numpy.bool], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.bool]] | None:
        """
        As `step` of all lanes, but where `ended` (bool [N]) is set, a new episode begins, and the action is ignored.
        """
    @property
    def alive(self) -> numpy.typing.NDArray[numpy.bool]:
        """
        bool [N], writeable: was ever reset.
        """
    @property
    def noise_counts(self) -> numpy.typing.NDArray[numpy.uint64]:
        """
        uint64 [N], writeable.
        """
    @property
    def noise_keys(self) -> numpy.typing.NDArray[numpy.uint64]:
        """
        uint64 [N], writeable.
        """
    @property
    def num_threads(self) -> int:
        """
        Threads that share the lanes.
        """
    @property
    def states(self) -> list[numpy.typing.NDArray[numpy.float32]]:
        """
        The state entries, float32 [N, width] each: the batch's own memory, writeable.
        """
    @property
    def steps(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        int64 [N], writeable: of the episode.
        """
class ScoreTable:
    """
    The score texts of the exact painter; see wm_envs.car_racing.score_text.
    """
    def __init__(self, first_value: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def add(self, grey: numpy.ndarray) -> None:
        """
        The next value's text, as rendered: uint8 [H, W]
        """
    def set_negative_zero(self, grey: numpy.ndarray) -> None:
        """
        The text -000: uint8 [H, W]
        """
class SnapshotError(ValueError):
    pass
class CarRacingBatch:
    """
    Many CarRacing environments stepped together; see wm_envs.car_racing.
    """
    def __init__(self, *, num_envs: typing.SupportsInt | typing.SupportsIndex, num_threads: typing.SupportsInt | typing.SupportsIndex, entropy: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], actions: str, lap_complete_percent: typing.SupportsFloat | typing.SupportsIndex, domain_randomize: bool, frame_skip: typing.SupportsInt | typing.SupportsIndex, obs_size: typing.SupportsInt | typing.SupportsIndex, grayscale: bool, max_episode_steps: typing.SupportsInt | typing.SupportsIndex, autoreset: str, scores: ScoreTable | None = None) -> None:
        ...
    def bodies(self, lane: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [5, 12], hull and wheels: angle, its sine and cosine, centre of mass x, y, velocity x, y, angular velocity, mass, gas, brake, steer
        """
    def borders(self, lane: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [tiles]: 0 none, 1 white, 2 red
        """
    def car_state(self, lane: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [30]: hull x, y, angle, vx, vy, angular velocity; x, y, joint angle, omega, phase, on road per wheel
        """
    def ended(self, lane: typing.SupportsInt | typing.SupportsIndex) -> bool:
        """
        whether the episode is over and the lane not reset since
        """
    def get_state(self, lane: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def observe(self, lane: typing.SupportsInt | typing.SupportsIndex, obs: numpy.ndarray) -> None:
        """
        obs uint8 [H, W, 3], or [H, W] in grey, is written
        """
    def picture(self, lane: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [96, 96, 3], as stock's render() in mode state_pixels
        """
    def reset(self, mask: numpy.ndarray, randomize: bool, obs: numpy.ndarray) -> None:
        """
        mask bool [N]; obs uint8 [N, H, W, 3], or [N, H, W] in grey, is written where the mask is set
        """
    def reward_sum(self, lane: typing.SupportsInt | typing.SupportsIndex) -> float:
        """
        of the episode, as the score shows it
        """
    def seed(self, lane: typing.SupportsInt | typing.SupportsIndex, words: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> None:
        """
        32-bit words, low word first
        """
    def set_state(self, lane: typing.SupportsInt | typing.SupportsIndex, snapshot: bytes) -> None:
        ...
    def skid_marks(self, lane: typing.SupportsInt | typing.SupportsIndex) -> list[tuple[bool, numpy.typing.NDArray[numpy.float64]]]:
        """
        (on grass, float64 [k, 2]) each, oldest first
        """
    def step(self, actions: numpy.ndarray, obs: numpy.ndarray, final_obs: numpy.ndarray | None = None) -> None:
        """
        actions float64 [N, A]; obs and final_obs uint8 [N, H, W, 3], or [N, H, W] in grey, are written
        """
    def steps(self, lane: typing.SupportsInt | typing.SupportsIndex) -> int:
        """
        decisions since reset
        """
    def time(self, lane: typing.SupportsInt | typing.SupportsIndex) -> float:
        """
        seconds since reset
        """
    def track(self, lane: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [tiles, 4]: alpha, beta, x, y
        """
    def video_frame(self, lane: typing.SupportsInt | typing.SupportsIndex, score: numpy.ndarray) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [400, 600, 3], as stock's rgb_array; score uint8 [h, w] is the text's picture
        """
    def window_frame(self, lane: typing.SupportsInt | typing.SupportsIndex, score: numpy.ndarray) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [800, 1000, 3], as stock's window; score uint8 [h, w] is the text's picture
        """
    @property
    def final_lap(self) -> numpy.typing.NDArray[numpy.int8]:
        """
        int8 [N]
        """
    @property
    def final_speed(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [N]
        """
    @property
    def final_tiles_total(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        int64 [N]
        """
    @property
    def final_tiles_visited(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        int64 [N]
        """
    @property
    def lap(self) -> numpy.typing.NDArray[numpy.int8]:
        """
        int8 [N]: -1 running, 0 left the field, 1 finished
        """
    @property
    def num_envs(self) -> int:
        ...
    @property
    def obs_shape(self) -> list[int]:
        ...
    @property
    def rewards(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [N], of the last step
        """
    @property
    def speed(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [N], track units/s
        """
    @property
    def terminated(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [N]
        """
    @property
    def tiles_total(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        int64 [N]
        """
    @property
    def tiles_visited(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        int64 [N]
        """
    @property
    def truncated(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [N]
        """
    @property
    def was_reset(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [N], by autoreset
        """
class DrivingNetwork:
    """
    A road network; see wm_envs.driving.load_opendrive and docs/driving.md.
    """
    @staticmethod
    def build(scenario: str, words: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], *, signals: bool = True, lanes: typing.SupportsInt | typing.SupportsIndex = 0, parked: typing.SupportsFloat | typing.SupportsIndex = 0.5) -> DrivingNetwork:
        """
        The network of a scenario, for looking at: `words` seed its generator, low word first.
        """
    def __init__(self, *, points: numpy.ndarray, offsets: numpy.ndarray, widths: numpy.ndarray, speed_limits: numpy.ndarray, kinds: collections.abc.Sequence[str], junctions: numpy.ndarray, next_lanes: numpy.ndarray, next_offsets: numpy.ndarray, left: numpy.ndarray, right: numpy.ndarray, signals: numpy.ndarray, lane_signals: numpy.ndarray, priorities: numpy.ndarray, left_marks: collections.abc.Sequence[str], right_marks: collections.abc.Sequence[str], ends: numpy.ndarray, max_step: typing.SupportsFloat | typing.SupportsIndex) -> None:
        """
        points float32 [P, 3] (x, y, heading) of all L lanes, those of lane i from offsets[i] to offsets[i + 1];
        widths, speed_limits float32 [L]; junctions, left, right, lane_signals int32 [L], -1 for none; priorities int8 [L];
        next_lanes int32, those of lane i from next_offsets[i] on; signals float32 [S, 6]: x, y, heading, cycle, green from, to;
        ends bool [L]; max_step: m between kept points. Raises ValueError for arrays that do not fit together.
        """
    def crossings(self) -> list[tuple[float, float, float, float, float]]:
        """
        [(ax, ay, bx, by, half width)]
        """
    def drivable(self, x: typing.SupportsFloat | typing.SupportsIndex, y: typing.SupportsFloat | typing.SupportsIndex) -> bool:
        ...
    def lane(self, lane: typing.SupportsInt | typing.SupportsIndex) -> dict[str, typing.Any]:
        """
        the lane's numbers, links, conflicts and crossings as a dict
        """
    def layout(self) -> dict[str, typing.Any]:
        """
        where agents start, traffic lives and vehicles park
        """
    def light(self, signal: typing.SupportsInt | typing.SupportsIndex, time: typing.SupportsFloat | typing.SupportsIndex) -> str:
        """
        'green', 'yellow' or 'red', time seconds after reset
        """
    def light_remaining(self, signal: typing.SupportsInt | typing.SupportsIndex, time: typing.SupportsFloat | typing.SupportsIndex) -> float:
        """
        seconds until the light changes
        """
    def locate(self, x: typing.SupportsFloat | typing.SupportsIndex, y: typing.SupportsFloat | typing.SupportsIndex, heading: typing.SupportsFloat | typing.SupportsIndex = 0.0) -> dict[str, typing.Any] | None:
        """
        the same for the lane under a point; None off the road
        """
    def obstacles(self) -> list[tuple[float, float, float, float, float, float]]:
        """
        [(x, y, heading, half length, half width, height)]
        """
    def points(self, lane: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [P, 4]: x, y, heading, curvature of its centre line
        """
    def pose(self, lane: typing.SupportsInt | typing.SupportsIndex, s: typing.SupportsFloat | typing.SupportsIndex, d: typing.SupportsFloat | typing.SupportsIndex = 0.0) -> tuple[float, float, float]:
        """
        (x, y, heading): m, m, rad; d to the left of the centre line
        """
    def project(self, lane: typing.SupportsInt | typing.SupportsIndex, x: typing.SupportsFloat | typing.SupportsIndex, y: typing.SupportsFloat | typing.SupportsIndex, hint: typing.SupportsFloat | typing.SupportsIndex = 0.0) -> dict[str, typing.Any] | None:
        """
        lane, s, d, heading, curvature at the nearest point of a lane
        """
    def quads(self) -> tuple[numpy.typing.NDArray[numpy.float32], list[str]]:
        """
        (float32 [Q, 4, 2] corners, [Q] names of the paint), in painter's order
        """
    def signals(self) -> list[tuple[float, float, float, float, float, float]]:
        """
        [(x, y, heading, cycle, green from, green to)]
        """
    def walls(self) -> list[tuple[float, float, float, float, float]]:
        """
        [(ax, ay, bx, by, height)]
        """
    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """
        (low x, low y, high x, high y) of the roads, m
        """
    @property
    def hash(self) -> int:
        """
        of the content
        """
    @property
    def num_lanes(self) -> int:
        ...
class DrivingBatch:
    """
    Many driving environments stepped together; see wm_envs.driving. Rows: lane * num_agents + agent.
    """
    @staticmethod
    def info_names() -> list[str]:
        """
        columns of infos
        """
    @staticmethod
    def state_names() -> list[str]:
        """
        entries of the state vector
        """
    @staticmethod
    def state_size() -> int:
        ...
    def __init__(self, *, entropy: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], **kwargs: typing.Any) -> None:
        """
        Options are named like the fields of native/include/wm/driving/config.h.
        """
    def actors(self, lane: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [k, 8]: x, y (m), heading (rad), speed (m/s), half length, half width (m), kind, lane of everybody present
        """
    def car_state(self, lane: typing.SupportsInt | typing.SupportsIndex, agent: typing.SupportsInt | typing.SupportsIndex = 0) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [7]: x, y (m), steering angle (rad), speed (m/s), heading (rad), yaw rate (rad/s), slip angle (rad)
        """
    def ended(self, lane: typing.SupportsInt | typing.SupportsIndex) -> bool:
        """
        whether the episode is over and the lane not reset since
        """
    def ending(self, lane: typing.SupportsInt | typing.SupportsIndex, agent: typing.SupportsInt | typing.SupportsIndex = 0) -> str:
        """
        running, success, collision, off_road, time_limit, off_route, red_light, wrong_way or sat_out
        """
    def get_state(self, lane: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def goal(self, lane: typing.SupportsInt | typing.SupportsIndex, agent: typing.SupportsInt | typing.SupportsIndex = 0) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [3]: x, y (m), heading (rad)
        """
    def observe(self, lane: typing.SupportsInt | typing.SupportsIndex, obs: dict[str, numpy.ndarray]) -> None:
        """
        as in reset, with one row an agent
        """
    def render(self, lane: typing.SupportsInt | typing.SupportsIndex, height: typing.SupportsInt | typing.SupportsIndex, width: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [height, width, 3]
        """
    def reset(self, mask: numpy.ndarray, obs: dict[str, numpy.ndarray]) -> None:
        """
        mask bool [lanes]; obs: camera uint8 [rows, H, W, 3], birdseye uint8 [rows, S, S, 3], lidar float32 [rows, beams], state float32 [rows, state_size], any of them, written where the mask is set
        """
    def route(self, lane: typing.SupportsInt | typing.SupportsIndex, agent: typing.SupportsInt | typing.SupportsIndex = 0, spacing: typing.SupportsFloat | typing.SupportsIndex = 2.0, count: typing.SupportsInt | typing.SupportsIndex = 50) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [count, 2]: points of the route ahead of an agent, m
        """
    def seed(self, lane: typing.SupportsInt | typing.SupportsIndex, words: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> None:
        """
        32-bit words, low word first
        """
    def set_state(self, lane: typing.SupportsInt | typing.SupportsIndex, snapshot: bytes) -> None:
        ...
    def step(self, actions: numpy.ndarray, obs: dict[str, numpy.ndarray], final_obs: dict[str, numpy.ndarray] | None = None, infos: numpy.ndarray | None = None, last_infos: numpy.ndarray | None = None) -> None:
        """
        actions float64 [rows, 3 or 2]; obs and final_obs as in reset. Written: infos float64 [len(info_names), rows or more]; last_infos float32 [rows, len(info_names)], final_infos where same_step reset the lane, else infos
        """
    def steps(self, lane: typing.SupportsInt | typing.SupportsIndex) -> int:
        """
        decisions since reset
        """
    @property
    def active(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [rows], agents that go on
        """
    @property
    def final_infos(self) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [rows, len(info_names)], where same_step reset the lane
        """
    @property
    def infos(self) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [rows, len(info_names)]
        """
    @property
    def num_agents(self) -> int:
        ...
    @property
    def num_envs(self) -> int:
        ...
    @property
    def rewards(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [rows], of the last step
        """
    @property
    def terminated(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [rows], in the last step
        """
    @property
    def truncated(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [rows], in the last step
        """
    @property
    def was_reset(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        uint8 [lanes], by autoreset
        """
def all_finite(arrays: list[numpy.ndarray]) -> bool:
    """
    Whether every number of these float32 arrays is finite.
    """
def driving_derivatives(model: str, x: numpy.ndarray, u: numpy.ndarray, vehicle: typing.SupportsInt | typing.SupportsIndex, friction: typing.SupportsFloat | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float64]:
    """
    dx/dt float64 [N, 5 or 7] of x float64 [N, 5 or 7] and u float64 [N, 2]; see wm_envs.driving.derivatives
    """
def driving_drive(model: str, x0: numpy.ndarray, pedals: numpy.ndarray, dt: typing.SupportsFloat | typing.SupportsIndex, vehicle: typing.SupportsInt | typing.SupportsIndex, friction: typing.SupportsFloat | typing.SupportsIndex, reverse: bool) -> numpy.typing.NDArray[numpy.float64]:
    """
    float64 [T+1, N, 7] of x0 float64 [N, 7] and pedals float64 [T, N, 3]; see wm_envs.driving.drive
    """
def driving_rollout(model: str, x0: numpy.ndarray, u: numpy.ndarray, dt: typing.SupportsFloat | typing.SupportsIndex, vehicle: typing.SupportsInt | typing.SupportsIndex, friction: typing.SupportsFloat | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float64]:
    """
    float64 [T+1, N, 5 or 7] of x0 float64 [N, 5 or 7] and u float64 [T, N, 2]; see wm_envs.driving.rollout
    """
def lane_normal(keys: numpy.ndarray, counts: numpy.ndarray, lanes: numpy.ndarray | None, out: numpy.ndarray) -> None:
    """
    Standard normal noise of `lanes` (None: all) into the first rows of out, float32 [rows, columns].
    """
def lane_uniform(keys: numpy.ndarray, counts: numpy.ndarray, lanes: numpy.ndarray | None, out: numpy.ndarray) -> None:
    """
    Uniform noise in [0, 1) of `lanes` (None: all) into the first rows of out, float32 [rows, columns].
    """
def sample_mixture(outputs: numpy.ndarray, base: numpy.ndarray | None, noise: numpy.ndarray | None, uniform: numpy.ndarray | None, latent: numpy.ndarray, spread: numpy.ndarray, components: typing.SupportsInt | typing.SupportsIndex, log_std_min: typing.SupportsFloat | typing.SupportsIndex, log_std_max: typing.SupportsFloat | typing.SupportsIndex, temperature: typing.SupportsFloat | typing.SupportsIndex, level: typing.SupportsInt | typing.SupportsIndex = -1) -> None:
    """
    Samples (or, without noise, the modes) of independent Gaussian mixtures, row by row to the bit.
    
    outputs: float32 [rows, parts * dims * components]: means, log standard deviations, and logits for more
    than one component. base: added to the means, [rows, dims]. latent [rows, dims] and spread [rows], the mean
    standard deviation, are written.
    """
