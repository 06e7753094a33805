"""What can go wrong before or while one drives."""

from wm_zoo.errors import WMError


class PlayError(WMError):
    """An environment cannot be driven or shown, or there is no display."""
