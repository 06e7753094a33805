"""Environment actions as vectors and back; the code lives with the dreams, which know nothing of wm_zoo."""

from wm_envs.dream.actions import ActionCodec

__all__ = ["ActionCodec"]
