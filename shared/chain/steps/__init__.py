"""
What each step does outside: one function a step, one file a concern.

A step's function gets the journal it was decided on and answers with the facts that follow, or
with the time until which it has to wait for something outside; it never appends facts itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.chain.steps import (
    alt_text,
    ask,
    call,
    choose,
    erase,
    fetch,
    hear_batch,
    intend,
    release,
    retire,
    reuse,
    screen,
    settle,
)
from shared.domain import step as steps
from shared.domain.facts import FactData
from shared.domain.step import Step, WaitUntil

Outcome = Sequence[FactData] | WaitUntil
Perform = Callable[[Any, Journal, Services], Outcome]

PERFORM: dict[type[Step], Perform] = {
    steps.FetchInputs: fetch.fetch_inputs,
    steps.Screen: screen.screen,
    steps.Reuse: reuse.reuse,
    steps.Intend: intend.intend,
    steps.Call: call.call,
    steps.Settle: settle.settle,
    steps.IntendAltText: alt_text.intend,
    steps.DraftAltText: alt_text.draft,
    steps.SettleAltText: alt_text.settle,
    steps.Salvage: settle.salvage,
    steps.Choose: choose.choose,
    steps.OpenStage: ask.open_stage,
    steps.Escalate: ask.escalate,
    steps.SeeIfHeard: ask.see_if_heard,
    steps.HearBatch: hear_batch.hear_batch,
    steps.Revise: ask.revise,
    steps.RaiseAttention: choose.raise_attention,
    steps.GiveUp: choose.give_up,
    steps.Release: release.release,
    steps.Reject: release.reject,
    steps.Retire: retire.retire,
    steps.Erase: erase.erase,
}


def perform(step: Step, journal: Journal, services: Services) -> Outcome:
    return PERFORM[type(step)](step, journal, services)
