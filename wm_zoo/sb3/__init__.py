"""Stable-Baselines3 over Gymnasium's vector environments: train in a dream, and see what it is worth outside."""

from wm_zoo.sb3.real_eval import RealEvalCallback
from wm_zoo.sb3.real_features import make_real_vec_env
from wm_zoo.sb3.vec_adapter import VecAdapter, make_vec_env

__all__ = ["RealEvalCallback", "VecAdapter", "make_real_vec_env", "make_vec_env"]
