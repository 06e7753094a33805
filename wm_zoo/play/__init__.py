"""`wm play`: drive with keyboard or gamepad, in the real environment or in a dream of it (see docs/play.md).

`keys` says which key does what, `keyboard` and `gamepad` turn events into `controls`, `actions` those into an
environment's action; `real` and `dream` are the two sides that `session` switches between; `hud` draws, `recorder`
keeps, `loop` turns. Nothing here imports torch unless a world is given, or pygame before a window is wanted.
"""
