"""The conformance kit: what the host expects of a component, as checks that an author runs on their own.

```python
from wm_zoo.testing import parametrize_with_checks

@parametrize_with_checks("acme/gru-v0")
def test_conformance(check):
    check()
```

`check_component(id)` does the same without pytest, and `wm plugins check id` from the command line. No data is needed:
toy spaces, systems and worlds are in `wm_zoo.testing.toy`.
"""

from wm_zoo.testing.kit import Check, Result, check_component, component_checks, parametrize_with_checks, run_checks

__all__ = ["Check", "Result", "check_component", "component_checks", "parametrize_with_checks", "run_checks"]
