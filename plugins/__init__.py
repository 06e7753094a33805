"""The zoo's own models, one folder each; installed as `wm_plugins`.

A plugin imports torch, numpy, `wm_zoo.api` and its own modules, never another plugin.
"""

if __name__ != "wm_plugins":  # two import names would make two copies of every class
    raise ImportError(f"this package imports only as 'wm_plugins', not as {__name__!r}; install it: pip install .")
