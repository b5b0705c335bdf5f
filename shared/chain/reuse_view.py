"""Builds what callers see of the approval that was used again."""

from shared.domain.content import Content
from shared.domain.reuse_facts import ImagesReused
from shared.domain.reuse_views import EarlierVerdict, ReusedFrom


def reused_view(reused: ImagesReused | None, text: Content) -> ReusedFrom | None:
    if reused is None:
        return None
    # Under another signing key they were called otherwise.
    here = {there: one for one, there in reused.called.items()}
    return ReusedFrom(
        id=reused.source,
        approved_at=reused.approved_at,
        decisions=tuple(
            EarlierVerdict(
                stage=one.stage,
                reviewer=text.people.get(here.get(one.reviewer, one.reviewer), one.reviewer),
                decision=one.decision,
                at=one.at,
            )
            for one in reused.verdicts
        ),
    )
