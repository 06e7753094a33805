"""What a session looks like: its numbers in words, and what must be said in the middle of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from wm_zoo.play.controls import Controls
from wm_zoo.play.hud import Shown
from wm_zoo.play.session import REAL, Session


def shown(  # noqa: PLR0913 (one parameter for each thing on the screen)
    session: Session,
    *,
    name: str,
    fps: float,
    uncertainty: Sequence[float],
    controls: Controls,
    message: str,
    paused: bool,
    recording: bool,
    help: bool,
) -> Shown:
    """One frame of a drive; see `Shown` for what is in it."""
    return Shown(
        pictures=[(side, picture, _caption(session, side)) for side, picture in session.pictures()],
        mode=session.mode,
        title=f"{name}   episode {session.episode}   seed {session.episode_seed}",
        facts=_facts(session, fps),
        uncertainty=None if session.dream is None else uncertainty,
        controls=controls,
        message=message,
        banner=_banner(session, paused),
        recording=recording,
        help=help,
    )


def _caption(session: Session, name: str) -> str:
    """While comparing, what each side has paid."""
    if not session.comparing:
        return ""
    score = session.scores[name]
    over = "   over" if score.last is not None and score.last.ended else ""
    return f"step {score.steps}   return {score.total:.1f}{over}"


def _facts(session: Session, fps: float) -> list[tuple[str, str]]:
    score = session.score
    last = score.last
    facts = [
        ("step", str(score.steps)),
        ("reward", "-" if last is None else f"{last.reward:.2f}"),
        ("return", f"{score.total:.1f}"),
    ]
    if session.mode == REAL and last is not None and "speed" in last.info:
        facts.append(("speed", f"{float(last.info['speed']):.1f}"))
    if session.dream is not None:
        facts.append(("temperature", f"{session.dream.temperature:g}"))
    return [*facts, ("loop", f"{fps:.0f}/s")]


def _banner(session: Session, paused: bool) -> list[str]:
    last = session.score.last
    if session.side.ended and last is not None:
        why = "the end" if last.terminated else "time is up"
        if last.info.get("invalid"):
            why = "the world predicted NaN"
        return [f"{why}: return {session.score.total:.1f}", "R: next episode"]
    return ["paused", "P: go on    N: one step"] if paused else []
