"""Patterns: what is taken has work that can be counted; the rest is refused with its reason."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy_patterns import MAX_STEPS, PatternRefused, compiled, steps_of


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(a+)+b", "no end"),
        ("a*", "no end"),
        (".{1,}x", "say how often"),
        ("(?:a|a){1,20}b", "steps at each place"),
        (r"\w{0,50}\w{0,50}x", "steps at each place"),
        ("((a{0,9}){0,9}){0,9}x", "steps at each place"),
        ("a{5,3}", "from the lower to the higher"),
        ("a{1,101}", "at most 100"),
        ("a{2}{3}", "one repeat after another"),
        ("a??b", "one repeat after another"),
        (r"(a)\1", "of letters and digits only"),
        (r"\Ax", "of letters and digits only"),
        ("(?=a)b", "only (?:"),
        ("(?i)b", "only (?:"),
        ("(?P<x>b)", "only (?:"),
        ("(a", "not closed"),
        ("a)", "never opened"),
        ("[ab", "not closed"),
        ("[z-a]", "no regular expression"),
        ("\\", "of letters and digits only"),
        ("?a", "a repeat of nothing"),
        ("x?", "where there is nothing"),
        (r"\b", "where there is nothing"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_refused(text: str, why: str) -> None:
    """Whatever cannot be bounded, with what to do about it."""
    with pytest.raises(PatternRefused, match=re.escape(why)):
        compiled(text)


@pytest.mark.parametrize(
    ("text", "found", "other"),
    [
        (r"\b1[0-7] ?years?\b", "a 12 year old", "a 19 year old"),
        ("(?:red|blue) kite", "BLUE kite", "green kite"),
        (r"c\.1{2,3}", "c.111", "cx111"),
        ("[^]a]b", "cb", "ab"),
        (r"[\d-]{3}x", "1-1x", "ax"),
    ],
)
def test_taken(text: str, found: str, other: str) -> None:
    """What operators need is there: words, classes, choices, counted repeats; case is ignored."""
    assert compiled(text).search(found) and not compiled(text).search(other)


ATOMS = st.sampled_from(["a", "b", ".", r"\w", "[ab]"])
REPEATS = st.sampled_from(["", "", "?", "{2}", "{0,3}", "{1,20}", "{0,100}"])
PATTERNS = st.recursive(
    st.builds("{}{}".format, ATOMS, REPEATS),
    lambda inner: st.one_of(
        st.builds("({}|{}){}".format, inner, inner, REPEATS),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=8,
)


@given(PATTERNS)
def test_whatever_is_taken_ends(text: str) -> None:
    """The worst text, of the greatest length, takes no pattern longer than its steps allow."""
    try:
        pattern = compiled(text + "c")
    except PatternRefused:
        return
    begun = time.thread_time()
    pattern.search("a" * 8000)
    # Python's engine makes far more than ten million steps a second.
    assert time.thread_time() - begun < 8000 * steps_of(text + "c") / 1e7 + 0.05


def test_steps() -> None:
    """Each way to match what comes first makes what comes next be tried once more."""
    assert steps_of("abc") == 4
    assert steps_of("a{0,9}b") == 1 + 10 + 10
    assert steps_of("(?:a|b){2}") < MAX_STEPS
    assert steps_of("(?:a|a){9}") > MAX_STEPS
