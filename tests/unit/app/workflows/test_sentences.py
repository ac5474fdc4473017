"""Where sentences end, whatever the text holds and however it was cut."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tokentape.workflows.sentences import Sentences, sentences_of

# Sentences as they stand in the text; a space that begins one belongs to it.
TEXTS: dict[str, list[str]] = {
    "plain": ["One here.", " Two here!", " Three here?", " Four"],
    "titles": ["Dr. Smith met Mrs. Jones.", " They spoke."],
    "in mid-sentence": ["Bring fruit, e.g. apples, i.e. food.", " Then eat.", " End."],
    "acronym before a name": ["The U.S. Army came.", " It left."],
    "acronym at the end": [
        "He lives in the U.S. He works.".removesuffix(" He works."),
        " He works.",
    ],
    "initials": ["J. K. Rowling wrote it.", " So did I.", " Then we left."],
    "etc.": ["Pens, ink, etc. were sold.", " Bring pens, etc.", " Paper too."],
    "times": ["We eat at 5 p.m. on Sundays.", " We sleep at 9 p.m.", " Good night."],
    "figures": ["(See Fig. 3.)", " It shows No. 7 and p. 12 well.", " Next."],
    "decimals": ["It costs 3.14 or $2,000.50 today.", " Cheap.", " Version 1.2.3 is out."],
    "number at the end": ["It was 1999.", " In 2000. it rained.", " Then 3."],
    "addresses": ["Visit example.com/a.b?c=d!e or Node.js now.", " It is good."],
    "ellipsis that goes on": ["Wait... what?", " Yes.", " Well... I think so.", " No."],
    "ellipsis that ends": ["Hmm…", " Good.", " So it was...", " They left."],
    "quotes": ['"Really?" he asked.', ' "Yes!"', " She said “No.”", " Then ‘so’.", " End."],
    "brackets": ["It works (mostly.)", " [It does.]", " Fine."],
    "German quotes": ["„Guten Tag.“", " Er ging.", " Ende."],
    "notes": ["It is so.[1]", " It was not.[2][13]", " See a[1].", " End.[x] y."],
    "markdown": ["**Bold.**", " Some _more._", " `Code.`", " End."],
    "many marks": ["What?!", " No way!!!", " Yes.", " . . x"],
    "list after a colon": ["Take these:\n- Red", "\n- Green", "\n- Blue"],
    "numbered lines": ["Steps:\n\n1. Open the lid.", "\n2. Press play", "\n3. Wait."],
    "numbered in a line": ["Steps: 1. Open the lid.", " 2. Press play.", " Then wait."],
    "bullets with marks": ["- One thing.", "\n- Another thing!", "\n* A third"],
    "heading": ["# A heading", "\n\nThe body.", " More."],
    "soft line break": ["A line\nthat goes on.", " And\nmore."],
    "paragraphs": ["No mark here", "\n\nnone there", "\n\nend"],
    "emoji behind a mark": ["Great!😀", " Next 👍🏽.", " Third.👨‍👩‍👧", " End."],
    "emoji alone": ["Great!", " 😀 Next one.", " I ❤️ it."],
    "Chinese": ["他说：“你好。”", "然后走了！", "真的？", "是的……也许。", "完"],
    "Japanese": ["これはペンです。", "「はい。」と言った。", "次。"],
    "plain marks in Chinese": ["这是测试.", "另外!", "好的"],
    "Arabic and Hindi": ["مرحبا؟", " نعم.", " यह ठीक है।", " हाँ"],
    "German": ["Das ist z.B. so.", " Hr. Meier kam bzw. ging.", " Ende."],
    "Spanish": ["¿Qué tal?", " ¡Muy bien!", " La Sra. Paz vino."],
    "nothing but marks": ["... !? ..."],
    "nothing": [],
}
WHOLE = {name: "".join(sentences) for name, sentences in TEXTS.items()}


def let_through(pieces: list[str], limit: int) -> str:
    sentences = Sentences(limit)
    told = [sentences.feed(piece) for piece in pieces]
    return "".join(told) + sentences.close()


@pytest.mark.parametrize("name", TEXTS)
def test_sentences_are_told_apart(name: str) -> None:
    assert list(sentences_of(WHOLE[name])) == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_limit_lets_so_many_sentences_through_character_by_character(name: str) -> None:
    for limit in range(1, len(TEXTS[name]) + 2):
        assert let_through(list(WHOLE[name]), limit) == "".join(TEXTS[name][:limit])


@pytest.mark.parametrize("name", TEXTS)
def test_limit_ends_at_the_same_place_wherever_the_text_is_split_in_three(name: str) -> None:
    text = WHOLE[name]
    for limit in (1, 2):
        due = let_through([text], limit)
        for first in range(len(text) + 1):
            for second in range(first, len(text) + 1):
                pieces = [text[:first], text[first:second], text[second:]]
                assert let_through(pieces, limit) == due


PARTS = st.sampled_from(
    [
        *"aIAb1. ,!?…\n\t\"'”)*-:。！「」😀️\u200d你",
        *(
            "Dr.",
            "e.g.",
            "U.S.",
            "3.14",
            "\n\n",
            "\n- ",
            "...",
            " The ",
            "etc. ",
            "1. ",
            "[1]",
            "[",
        ),
        *(" " * 30, "word " * 20),
    ]
)


@given(st.lists(PARTS, max_size=40), st.lists(st.integers(0, 400), max_size=12), st.integers(1, 4))
@examples(400)
@example(["a", " ", ".", "\n", "\n", "b"], [1, 2], 1)
def test_any_text_ends_at_the_same_place_under_any_chunking(
    parts: list[str], cuts: list[int], limit: int
) -> None:
    text = "".join(parts)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b] for a, b in pairwise(places)]
    due = let_through([text], limit)
    assert let_through(pieces, limit) == due
    assert let_through(list(text), limit) == due
    assert text.startswith(due)
    assert "".join(sentences_of(text)) == text


@pytest.mark.parametrize(
    ("text", "decides"),
    [("One. Two", " T"), ("One! Two", " T"), ("一。二", "二"), ("One\n\nTwo", "\nT")],
)
def test_end_is_known_as_soon_as_what_decides_has_come(text: str, decides: str) -> None:
    sentences = Sentences(1)
    begin = text.index(decides)
    told = sentences.feed(text[:begin])
    for character in decides:
        assert not sentences.full
        told += sentences.feed(character)
    assert sentences.full
    assert told == next(iter(sentences_of(text)))


def test_text_before_a_mark_is_told_at_once_and_the_mark_too() -> None:
    sentences = Sentences(2)
    assert sentences.feed("Hello th") == "Hello th"
    assert sentences.feed('ere."') == 'ere."'
    assert sentences.feed(" ") == ""
    assert sentences.feed("N") == " N"


def test_what_is_remembered_does_not_grow_with_the_text() -> None:
    sentences = Sentences(100_000)
    for _ in range(2_000):
        sentences.feed("Some words here, and 3.14 more e.g. there! ")
    assert len(sentences._text) < 1_000
    endless = Sentences(1)
    for _ in range(2_000):
        endless.feed("word after word " * 5)
    assert len(endless._text) < 1_000


def test_long_text_at_once_takes_no_longer_than_its_length_asks_for() -> None:
    """Work, not time: half a million characters would never end if each looked back on all."""
    text = "A line without a mark\n" * 20_000
    assert let_through([text], 5) == text
