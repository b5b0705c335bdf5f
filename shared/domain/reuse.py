"""
When a request may be answered with the images of another one: only with those that people have
approved for the very same thing, all of them.

What has to be the same is whatever the model was told and the reviewers saw. Not compared is who
asked, and what is only a label.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.content import Content
from shared.domain.inputs import InputRef
from shared.domain.request import Request
from shared.domain.reuse_facts import ImagesReused, ReusedVerdict
from shared.domain.transitions import State
from shared.domain.values import Image, Options, Stage, TemplateVersion


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of what is asked for, that which journals have; `inputs` by role and digest."""

    caller: str
    options: Options
    template: TemplateVersion | None
    inputs: tuple[tuple[str, str | None], ...]
    stages: tuple[Stage, ...]
    include_prompt: bool
    require_provenance: bool = field(compare=False)

    @property
    def known(self) -> bool:
        """Nothing can be said yet while an input is still to be fetched."""
        return all(digest is not None for _, digest in self.inputs)

    def suited_by(self, images: Sequence[Image]) -> bool:
        """Whether they carry a manifest, where that is asked for today."""
        found = [image.provenance for image in images]
        return not self.require_provenance or all(one and one.there for one in found)

    @property
    def people(self) -> frozenset[str]:
        return frozenset(who for one in self.stages for who in (*one.reviewers, *one.escalate_to))

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(mark for one in self.stages for mark in one.checklist)

    def renamed(self, called: Mapping[str, str]) -> "Wanted":
        """The same, with people and marks as they are called elsewhere."""

        def there(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(called.get(one, one) for one in names)

        stages = (
            one.model_copy(
                update={
                    "reviewers": there(one.reviewers),
                    "escalate_to": there(one.escalate_to),
                    "checklist": there(one.checklist),
                }
            )
            for one in self.stages
        )
        return replace(self, stages=tuple(stages))

    def text(self, content: Content) -> bytes:
        """All that has to be the same, as one text; secret, since it has the prompt."""
        values = (self.options, self.template, *self.stages)
        parts = (
            self.caller,
            [one.wire() if one else None for one in values],
            self.inputs,
            self.include_prompt,
            *(content.prompt, dict(content.variables), content.purpose, content.alt_text),
        )
        return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()


def inputs_of(inputs: Sequence[InputRef]) -> tuple[tuple[str, str | None], ...]:
    return tuple((one.role, one.sha256) for one in inputs)


def wanted_by(request: Request) -> Wanted:
    terms = request.terms
    return Wanted(
        caller=terms.caller,
        options=terms.options,
        template=terms.template,
        inputs=inputs_of(request.inputs),
        stages=terms.stages,
        include_prompt=terms.include_prompt,
        require_provenance=terms.require_provenance,
    )


def is_source(request: Request) -> bool:
    """
    Whether people have looked at all of its images, in the round that was asked for, and let
    every one of them through.

    What was itself reused nobody has looked at: it leads to the one that was. What a further round
    brought was made from other words than the request's. Who they were of a row of a batch that is
    decided on as one, only the batch says.
    """
    released = tuple(index for index, _ in request.released)
    approved = request.state is State.APPROVED and released == request.release
    return approved and will_be_source(request)


def will_be_source(request: Request) -> bool:
    """Once what is being released now is released."""
    return (
        request.erasure is None
        and request.reused is None
        and request.round == 1
        and bool(request.after)
        and not any(stage.scope == "batch" for stage in request.after)
        and request.release == tuple(range(request.terms.options.n))
    )


def reused_from(source: Request, journal_head: str) -> ImagesReused:
    """Of a request that `is_source`; `blob` is still where the source has its image."""
    shown, released = source.reviewed(source.round), dict(source.released)
    assert shown is not None and source.final_at is not None
    agreed = {stage.name for stage in source.terms.stages}
    images = (one.model_copy(update={"blob": released[one.index]}) for one in shown.images)
    return ImagesReused(
        source=source.id,
        approved_at=source.final_at,
        journal_head=journal_head,
        manifest_sha256=shown.manifest_sha256,
        images=tuple(images),
        verdicts=tuple(
            ReusedVerdict(
                stage=one.data.stage,
                reviewer=one.data.reviewer,
                decision=one.data.decision,
                at=one.at,
            )
            for one in source.decisions
            if not one.withdrawn and one.data.stage in agreed
        ),
    )
