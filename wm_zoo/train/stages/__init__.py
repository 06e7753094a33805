"""The stages of a run: each a function from the files of the stages before it to its own files.

A stage reads through `Assembly`, writes into its `StageFolder`, reports to a `Monitor`, and returns an `Outcome`.
`perform` runs one and marks it as finished.
"""

from wm_zoo.train.stages.outcome import Outcome
from wm_zoo.train.stages.table import perform

__all__ = ["Outcome", "perform"]
