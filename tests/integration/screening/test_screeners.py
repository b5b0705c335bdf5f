"""One contract, two backends: the fake, and the adapter on the simulator."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from dev.simulator import Simulator, running_simulator
from shared.adapters.content_safety import ContentSafety
from shared.chain.screening_port import Screener
from shared.domain.screening import CATEGORIES, Finding
from shared.errors import ScreeningMisconfigured
from tests.fakes_of_screening import ScriptedScreener
from tests.integration.screening.calls import KEY, NO_TOKENS

LISTS = {"brand-terms": ("contoso", "fabrikam"), "rivals": ("northwind",)}
WORDS = dict(zip(CATEGORIES, ("hate", "selfharm", "sexual", "violence"), strict=True))

Screen = Callable[[str, Sequence[str]], Finding]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(key=KEY, deployments={"img": "gpt-image-2"}) as running:
        running.block(brand_terms=LISTS["brand-terms"], rivals=LISTS["rivals"])
        yield running


@pytest.fixture(params=["fake", "simulator"])
def screen(request: pytest.FixtureRequest) -> Screen:
    screener: Screener = ScriptedScreener(lists=LISTS)
    if request.param == "simulator":
        url = request.getfixturevalue("simulator").url
        screener = ContentSafety(url, KEY, NO_TOKENS)
    return partial(screener.screen, timeout_s=30)


def levels(found: Finding) -> dict[str, int]:
    return {name: getattr(found.severities, name) for name in CATEGORIES}


def test_harmless(screen: Screen) -> None:
    """Every category is spoken of, and nothing was found."""
    found = screen("A lighthouse at dusk \N{SMILING FACE WITH OPEN MOUTH}\n\t\x00", ())

    assert levels(found) == dict.fromkeys(CATEGORIES, 0)
    assert found.blocklists == ()


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize(("said", "severity"), [(1, 0), (2, 2), (3, 2), (4, 4), (5, 4), (6, 6)])
def test_severities(screen: Screen, category: str, said: int, severity: int) -> None:
    """Each category by itself, in four levels."""
    found = screen(f"a picture of {WORDS[category]}-{said}", ())

    assert levels(found) == dict.fromkeys(CATEGORIES, 0) | {category: severity}


def test_blocklists(screen: Screen) -> None:
    """The names of those that hit, of those that were asked, once each."""
    text = "Contoso and Fabrikam and Northwind"

    assert screen(text, ("brand-terms",)).blocklists == ("brand-terms",)
    assert screen(text, ("brand-terms", "rivals")).blocklists == ("brand-terms", "rivals")
    assert screen("nobody", ("brand-terms", "rivals")).blocklists == ()


def test_no_such_blocklist(screen: Screen) -> None:
    """A list that is not there is a fault of ours, and no pass."""
    with pytest.raises(ScreeningMisconfigured) as caught:
        screen("planted", ("gone",))

    assert caught.value.code == "not_found"
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("length", [9_999, 10_000, 10_001, 19_500, 19_501, 32_000])
def test_texts_of_any_length(screen: Screen, length: int) -> None:
    """What stands at the end, in the middle, or where a text is cut, is seen."""
    word = " violence-6 "
    ends = (0, length - len(word), 9_994, 9_500, length // 2)
    for start in (at for at in ends if 0 <= at <= length - len(word)):
        text = "x" * start + word + "x" * (length - start - len(word))
        assert screen(text, ()).severities.violence == 6, start
