"""What a route is: one row of the table that the app, its tests and its documentation share."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from shared.chain.services import Services
from shared.security.callers import Role
from shared.web.access import Access
from shared.web.exchange import Answer, Call

Handler = Callable[[Call, Services], Answer]


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A query parameter or header; all of them are optional and text. `most`: a whole number
    from 1 to that.
    """

    name: str
    about: str
    where: str = "query"
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """
    `name` is the function's in `function_app.py`; `media`: what is answered
    instead of JSON, or besides it where there is a `response`. `waits`: with `Prefer: wait=N`
    the answer may be 200 and the resource.

    `problems` are statuses besides those that follow from access, path and body.
    """

    name: str
    method: str
    path: str
    access: Access
    role: Role | None
    handler: Handler
    status: int
    summary: str
    request: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[int, ...] = ()
    polled: bool = False
    waits: bool = False
    body_required: bool = True
    media: tuple[str, ...] = ()

    @property
    def path_names(self) -> tuple[str, ...]:
        parts = self.path.split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))
