"""
What can be wrong with a workflow, or in a run of it.
"""


class EngineError(Exception):
    """Something in a run failed; `code` is what the run's history would show."""

    code = "ActionFailed"


class BadExpression(EngineError):
    """An expression cannot be read or has no value."""

    code = "InvalidTemplate"


class UnknownFunction(BadExpression):
    """An expression uses a function that the stand-in does not have."""


class TimedOut(EngineError):
    """An action waited longer than its limit."""

    code = "ActionTimedOut"


class Stopped(EngineError):
    """The run was cancelled, or ended by another action, while this one waited."""

    code = "ActionCancelled"


class FaultyWorkflow(Exception):
    """A definition that could not be saved; the message has every fault in a line of its own."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
