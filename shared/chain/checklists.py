"""
Texts of checklists, which are callers' words: the record has marks, the erasable content the texts.

A mark is made with a signing key, as a person's pseudonym is: nobody can guess what it stands for,
and whoever has the key and knows the text can still tell that it was ticked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from shared.chain.batch_order import BatchOrder
from shared.chain.order import Order
from shared.chain.services import Services
from shared.chain.verdict import Verdict
from shared.domain.content import Content
from shared.domain.parts import Opening
from shared.domain.values import Stage
from shared.security.keys import KeyRing
from shared.security.people import mark_of

Asked = TypeVar("Asked", Order, BatchOrder)


def marked(order: Asked, ring: KeyRing) -> Asked:
    """As it is recorded: marks in its stages, and what they stand for in its content."""
    texts = {text: mark_of(ring, text) for stage in order.stages for text in stage.checklist}
    if not texts:
        return order
    stages = (_with(one, (texts[text] for text in one.checklist)) for one in order.stages)
    known = {mark: text for text, mark in texts.items()}
    content = order.content.model_copy(update={"checklists": known})
    return replace(order, stages=tuple(stages), content=content)


def written_out(stages: Iterable[Stage], content: Content) -> tuple[Stage, ...]:
    """As it was asked for, to be asked for again."""
    known = content.checklists
    return tuple(_with(one, (known.get(mark, mark) for mark in one.checklist)) for one in stages)


def texts_of(marks: Iterable[str], content: Content) -> tuple[str | None, ...]:
    """None where the text is not kept any more."""
    return tuple(content.checklists.get(mark) for mark in marks)


def ticks_of(opening: Opening, content_id: str, s: Services) -> Mapping[str, str | None]:
    """What may be ticked, by its mark; the content is that of the request or the batch."""
    marks = opening.asks.checklist
    content = s.contents.read(content_id) if marks else None
    known = content.checklists if content else {}
    return {mark: known.get(mark) for mark in marks}


def ticked(verdict: Verdict, ticks: Mapping[str, str | None]) -> tuple[str, ...]:
    """What was ticked, in the order in which it was; anything else only a no may have named."""
    by_text = {text: mark for mark, text in ticks.items()}
    return tuple(by_text[text] for text in verdict.checklist if text in by_text)


def _with(stage: Stage, checklist: Iterable[str]) -> Stage:
    return stage.model_copy(update={"checklist": tuple(checklist)})
