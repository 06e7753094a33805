"""Plugins without a test file of their own keep what the host expects of their kind."""

from wm_zoo.testing import parametrize_with_checks


@parametrize_with_checks("wm/pca-v0")
def test_pca(check):
    check()


@parametrize_with_checks("wm/mdn-rnn-v0")
def test_mdn_rnn(check):
    check()


@parametrize_with_checks("wm/mlp-policy-v0")
def test_mlp_policy(check):
    check()
