"""A maker's own words, fit for a journal, a page and a line of text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.facts import Completed
from shared.domain.provenance import MAX_GENERATOR_CHARS, generator_of
from shared.domain.values import Image, Provenance
from tests.unit.histories import COST, completed, image

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
)


@pytest.mark.parametrize(
    ("manifest", "generator"),
    [
        ({"claim_generator_info": [{"name": "Maker", "version": "1"}]}, "Maker 1"),
        ({"claim_generator_info": [{"name": "Maker", "more": "x"}, {"name": "Other"}]}, "Maker"),
        ({"claim_generator": "OpenAI-API c2pa-rs/0.28.4"}, "OpenAI-API c2pa-rs/0.28.4"),
        ({"claim_generator": "Old", "claim_generator_info": [{"name": "New"}]}, "New"),
        ({"claim_generator": " two\n\tlines\u202e \x1b[1m\ud800 "}, "two lines [1m"),
        ({"claim_generator": "x" * 500}, "x" * MAX_GENERATOR_CHARS),
        ({"claim_generator": "\u200b\n"}, None),
        ({"claim_generator_info": []}, None),
        ({}, None),
    ],
)
def test_the_maker(manifest: dict[str, Any], generator: str | None) -> None:
    """Name and version, as the claim has them, in one short line."""
    assert generator_of(manifest) == generator


INFO = st.fixed_dictionaries({"name": ANYTHING, "version": ANYTHING})
CLAIMS = st.fixed_dictionaries(
    {},
    optional={"claim_generator": ANYTHING, "claim_generator_info": ANYTHING | st.lists(INFO)},
)


@given(CLAIMS)
def test_whatever_a_claim_says(manifest: dict[str, Any]) -> None:
    """Nothing raises; what is kept is a short line of text that can be seen and written."""
    found = generator_of(manifest)

    assert found is None or (
        0 < len(found) <= MAX_GENERATOR_CHARS
        and found.isprintable()
        and found == found.strip()
        and found.encode()
    )


def test_facts_from_before() -> None:
    """A journal without a word of it still folds, and says that nobody looked."""
    raw = completed().wire()
    for one in raw["images"]:
        del one["provenance"]

    assert Completed.model_validate(raw) == completed()
    assert Image.model_validate(raw["images"][0]).provenance is None


def test_in_the_journal() -> None:
    """What was found is a part of the fact, and comes back from its line."""
    found = Provenance(c2pa="valid", generator="Maker 1")
    seen = image(0).model_copy(update={"provenance": found})
    fact = Completed(attempt=1, images=(seen,), cost=COST, manifest_sha256="d" * 64)

    assert Completed.model_validate(fact.wire()) == fact
    assert fact.wire()["images"][0]["provenance"] == {"c2pa": "valid", "generator": "Maker 1"}
