"""What every kind of fact has in common."""

from typing import ClassVar

from shared.domain.values import Value


class FactData(Value):
    TYPE: ClassVar[str]
    OUTCOME: ClassVar[bool] = False
