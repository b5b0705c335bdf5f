"""How rules read a text: by whole words, whatever the letters look like."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy_text import fold, phrase_of, read

# What a hidden word may be written with, and stay one.
HIDING = st.sampled_from(["", "\u200b", "\u00ad", "\u2060", "\u0336", "\u202e", "\ufe0f"])
BETWEEN = st.sampled_from([".", "-", "_", "*", "\u00b7", "~"])
WORDS = st.text("abcdefghijkmnopqrstuvwxyz", min_size=3, max_size=9)
LETTERS = st.text("abcdefghijkmnopqrstuvwxyz", min_size=1, max_size=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def has(text: str, *phrases: str) -> bool:
    return any(read(text).has(phrase_of(one)) for one in phrases)


@pytest.mark.parametrize(
    "text",
    [
        *("nike", "NIKE shoes", "a Nike.", "(nike)", "Nike's", "anti-nike", "nike/adidas"),
        *("n.i.k.e", "N-I-K-E", "n i k e", "n_i_k_e", "n  i\tk\ne", "new n i k e shoe", "ni-ke"),
        *("ni\u200bke", "n\u00adike", "n\u0336i\u0336k\u0336e\u0336", "\u202enike", "ni\ufe0fke"),
        *(
            "\uff2e\uff29\uff2b\uff25",
            "\U0001d427\U0001d422\U0001d424\U0001d41e",
            "\u24dd\u24d8\u24da\u24d4",
        ),
        *(
            "n\u00edk\u00e9",
            "n\u0456k\u0435",
            "\u039d\u0399\u039a\u0395",
            "n\u03b9\u03bae",
            "n\u0131ke",
        ),
        *("n\u20de\u20dei\u20deke", "ni\u3164ke"),
        *("n1ke", "n!ke", "nik3", "N|KE", "_nike_"),
    ],
)
def test_a_word_in_disguise(text: str) -> None:
    """Case, accents, width, look-alikes, digits, and what stands between letters hide nothing."""
    assert has(text, "nike")


@pytest.mark.parametrize(
    "text",
    ["nikes", "snike", "ni ke", "nik", "n i k", "nik e", "niike", "", "monike x", "\u8010\u514b"],
)
def test_what_is_another_word(text: str) -> None:
    """Nothing is found inside other words, and a blank parts words: pages say so."""
    assert not has(text, "nike")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("just do it", "JUST  do-it!"),
        ("app1e", "apple"),
        ("apple", "app1e"),
        ("a$ap", "asap now"),
        ("007", "agent 007"),
        ("\u8010\u514b", "\u6211\u7684\u8010\u514b\u978b"),
        ("\u0434\u0435\u0442\u0438", "\u0433\u0434\u0435 \u0414\u0415\u0422\u0418"),
        ("\u03bd\u03af\u03ba\u03b7", "\u0397 \u039d\u0399\u039a\u0397 \u03c4\u03b7\u03c2"),
        ("stra\u00dfe", "STRASSE"),
        ("\ub098\uc774\ud0a4", "\ub098\uc774\ud0a4 \uc2e0\ubc1c"),
    ],
)
def test_lists_are_read_as_texts_are(word: str, text: str) -> None:
    """A list may be in any script; where nothing parts words, a word is found anywhere."""
    assert has(text, word)


def test_a_number_is_no_word() -> None:
    """Digits stand for letters only among letters."""
    assert not has("room 1 and 1,000", "i", "iooo", "l")
    assert has("room 101", "101") and not has("room 1010", "101")


def test_a_text_does_not_grow() -> None:
    """No letter stands for so many that reading a prompt of them takes long."""
    letters = map(chr, (*range(0xD800), *range(0xE000, 0x30000)))
    long = [one for one in letters if len(unicodedata.normalize("NFKC", one)) > 3]

    assert "\ufdfa" in long and max(len(way) for one in long for way in read(one).plain) <= 6


def test_short_words_are_not_spelled() -> None:
    """Two letters that stand alone are too often two words."""
    assert not has("plan a b testing", "ab") and has("plan a b c testing", "abc")


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    """So it does not matter how often a text was folded before."""
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_form_does_not_matter(text: str) -> None:
    """Composed or not, a text reads the same."""
    forms = {read(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}

    assert len(forms) == 1


@given(WORDS, st.lists(HIDING, min_size=9, max_size=9), LETTERS)
def test_hidden_anywhere(word: str, hiding: list[str], other: str) -> None:
    """Wherever something invisible is put, in any case, the word is found."""
    hidden = "".join(letter + mark for letter, mark in zip(word, hiding, strict=False))

    assert has(f"{other} {hidden.upper()} {other}", word)


@given(WORDS, BETWEEN)
def test_parted_by_signs(word: str, between: str) -> None:
    """A sign between all letters parts no word."""
    assert has(f"x, {between.join(word)}!", word)


@given(WORDS, LETTERS, LETTERS)
def test_never_inside_another_word(word: str, before: str, after: str) -> None:
    """With a letter beside it, it is another word."""
    longer = (before + word + after, word + after, before + word)

    assert not any(has(f"the {one} thing", word) for one in longer if one != word and word != "the")


@given(st.lists(WORDS, min_size=1, max_size=6), WORDS)
def test_words_by_themselves(words: list[str], word: str) -> None:
    """Of a plain text, what is found is what stands there."""
    assert has(" ".join(words), word) == (word in words)
