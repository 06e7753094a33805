"""acme/gru-v0 keeps what the host expects of a dynamics model."""

from wm_zoo.testing import parametrize_with_checks


@parametrize_with_checks("acme/gru-v0")
def test_conformance(check):
    check()
