"""
The Office 365 connector's mails: whoever starts the stand-in says what approval mails are answered.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dev.engine.errors import EngineError
from dev.engine.wire import Ask, ask_of, send

PATHS = frozenset({"/approvalmail/$subscriptions", "/mailwithoptions/$subscriptions"})
SEND = ("post", "/v2/Mail")
MAX_OPTIONS = 100
FIELDS = frozenset(
    {"To", "Subject", "Options", "HeaderText", "SelectionText", "Body", "Importance"}
    | {"Attachments", "UseOnlyHTMLMessage", "HideHTMLMessage", "ShowHTMLConfirmationDialog"}
)


class Connector(Protocol):
    """
    A managed connector: it is told of a subscription and calls back, or answers a call at once.
    """

    def subscribe(self, path: str, body: Mapping[str, Any]) -> None: ...

    def call(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str = field(repr=False)
    html: str = field(repr=False)
    options: tuple[str, ...] = ()


class Mailbox:
    """
    `choose` is asked for each mail: one of its options, or None for somebody who never answers.
    """

    def __init__(self, choose: Callable[[Mail], str | None]) -> None:
        self.choose = choose
        self.mails: list[Mail] = []

    def subscribe(self, path: str, body: Mapping[str, Any]) -> None:
        if path not in PATHS:
            raise EngineError(f"The stand-in's mailbox has no operation at {path}.")
        mail, place = _mail(body["Message"]), str(body["NotificationUrl"])
        self.mails.append(mail)
        only_html = body["Message"].get("UseOnlyHTMLMessage") is True
        work = (mail, place, only_html)
        threading.Thread(target=self._answer, args=work, daemon=True).start()

    def call(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        A mail that nobody answers has no options.
        """
        if (method, path) != SEND:
            raise EngineError(f"The stand-in's mailbox has no operation {method} {path}.")
        self.mails.append(Mail(body["To"], body["Subject"], body["Body"]))
        return {"statusCode": 200, "body": None}

    def _answer(self, mail: Mail, place: str, only_html: bool) -> None:
        option = self.choose(mail)
        if option is None:
            return
        # By an HTML button nobody but the option is reported.
        who = None if only_html else mail.to
        content = {"SelectedOption": option, "UserEmailAddress": who}
        send(_post(place, content))


def _mail(message: Mapping[str, Any]) -> Mail:
    if unknown := sorted(set(message) - FIELDS):
        raise EngineError(f"A mail has no field {', '.join(unknown)}.")
    options = tuple(option.strip() for option in str(message.get("Options", "")).split(","))
    if not message.get("To") or not all(options) or len(options) > MAX_OPTIONS:
        raise EngineError("A mail needs an address, and between 1 and 100 options.")
    return Mail(message["To"], message.get("Subject", ""), message.get("Body", ""), options)


def _post(place: str, content: Mapping[str, Any]) -> Ask:
    return ask_of({"method": "POST", "uri": place, "body": dict(content)}, {})
