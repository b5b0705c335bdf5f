"""Tokens of nobody, for adapters that ask for one."""

from shared.errors import ServiceError


class Tokens:
    """Implements `TokenSource`; keeps the scopes."""

    def __init__(self, error: ServiceError | None = None) -> None:
        self.error = error
        self.asked: list[str] = []

    def token(self, scope: str) -> str:
        self.asked.append(scope)
        if self.error:
            raise self.error
        return "bearer-token"
