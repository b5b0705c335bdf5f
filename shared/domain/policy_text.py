"""
How a rule reads a text: by whole words, whatever the letters look like.

Case, width, accents, invisible characters, look-alike letters of Greek and Cyrillic, digits for
letters, and letters with something between them make no other word. A list's words are read in
the same way as the text, so a list may be written in any script. What this cannot see: other
spellings, other languages, words cut in two by a space, and what is meant.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Letters that look like a Latin one, a few of many: those of scripts that keyboards have.
# https://www.unicode.org/Public/security/latest/confusables.txt
_GREEK_CAPITALS = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")  # noqa: RUF001
_CYRILLIC_CAPITALS = ("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS")  # noqa: RUF001
_GREEK = ("αβεηικνορτυχω", "abenikvoptuxw")
_CYRILLIC = ("авеһіјкмнорԛсѕтухԁԝӏ", "abehijkmhopqcstyxdwl")
_LATIN = ("ɡɑı", "gai")  # noqa: RUF001
_CAPITALS = {**str.maketrans(*_GREEK_CAPITALS), **str.maketrans(*_CYRILLIC_CAPITALS)}
_SMALL = {**str.maketrans(*_GREEK), **str.maketrans(*_CYRILLIC), **str.maketrans(*_LATIN)}
# Digits and signs written for letters, where letters are around them; `1` may be two.
_SIGNS = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "|": "i"}
_READ_AS = tuple(str.maketrans({**_SIGNS, "1": one}) for one in "il")
# Letters of no width that are called letters.
NO_WIDTH = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Marks on, around and between letters; formats, such as joiners and directions.
_DROPPED = frozenset({"Mn", "Me", "Cf"})
# Scripts that put nothing between words: each of their letters stands for itself.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff])"
)
_WORD = re.compile(r"[^\W_]+")
_LETTER = re.compile(r"[^\W\d_]")
_PIECE = re.compile(r"\S+")
# What stands between letters of one word that is to be hidden; a blank is something else.
_INSIDE = re.compile(r"(?<=\w)[^\w\s@$!|]+(?=\w)|_+")
# Two letters that stand for whole sentences: a prompt of them would grow eighteenfold.
_SENTENCES = {0xFDFA: " ", 0xFDFB: " "}
# One is enough for every letter by itself; a text must not be able to ask for more and more.
_MOST_FOLDS = 4
# From so many letters on, a word is also seen when each letter stands alone.
_SPELLED_CHARS = 3


@dataclass(frozen=True, slots=True)
class Readings:
    """One text in each way in which it is read; `plain` are those that patterns look at."""

    plain: tuple[str, ...] = field(repr=False)
    words: tuple[str, ...] = field(repr=False)

    def has(self, phrase: tuple[str, ...]) -> bool:
        """Whether any of the ways to write the phrase is there, from word to word."""
        return any(one in text for text in self.words for one in phrase)


def read(text: str) -> Readings:
    text = text.translate(_SENTENCES)
    plain = tuple(dict.fromkeys((fold(text), _alike(text))))
    glued = (_INSIDE.sub("", one) for one in plain)
    ways = (_words_of(way, table) for way in (*plain, *glued) for table in _READ_AS)
    return Readings(plain, tuple(dict.fromkeys(ways)))


def phrase_of(text: str) -> tuple[str, ...]:
    """How a list's word or phrase may stand in `Readings.words`; none when it has no letter."""
    ways = []
    for way in read(text).words:
        letters = way.replace(" ", "")
        if letters:
            ways.append(way)
        if len(letters) >= _SPELLED_CHARS:
            ways.append(f" {' '.join(letters)} ")
    return tuple(dict.fromkeys(ways))


def fold(text: str) -> str:
    """Lower case, plain letters, single blanks, nothing invisible; folded again it is the same."""
    for _ in range(_MOST_FOLDS):
        if (folded := _folded(text)) == text:
            break
        text = folded
    return text


def _alike(text: str) -> str:
    """As it looks: a capital may look like another letter than the small one."""
    return fold(unicodedata.normalize("NFKD", text).translate(_CAPITALS)).translate(_SMALL)


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(one for one in parts if not _dropped(one))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _dropped(one: str) -> bool:
    return one in NO_WIDTH or unicodedata.category(one) in _DROPPED


def _words_of(text: str, table: dict[int, str]) -> str:
    """The words with one blank around each, so that one never begins or ends inside another."""
    spaced = _UNSPACED.sub(r" \1 ", text)
    found = (word for piece in _PIECE.findall(spaced) for word in _meant(piece, table))
    return _joined(found)


def _meant(piece: str, table: dict[int, str]) -> Iterator[str]:
    """A number is a number: signs stand for letters only beside letters."""
    for part in re.findall(r"[\w@$!|]+", piece.replace("_", " ")):
        inner = part.strip("!|")
        yield from _WORD.findall(inner.translate(table) if _LETTER.search(inner) else inner)


def _joined(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "
