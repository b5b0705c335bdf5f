"""What every notice is: a fact of a stream that is no request's journal."""

from typing import ClassVar

from shared.domain.fact_data import FactData


class Notice(FactData):
    """`WORK`: somebody has to do something because of it, so it is covered as an event is."""

    EVENT: ClassVar[str | None] = None
    WORK: ClassVar[bool] = False
