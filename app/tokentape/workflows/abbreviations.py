"""Words with a full stop of their own, by what they say of the sentence. In lower case."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER_LAST = _words(
    "dr. mr. mrs. ms. mx. prof. gen. rep. sen. gov. capt. lt. col. sgt. cpl. maj. rev. hon."
    " pres. messrs. nos. nr. fig. figs. eq. eqs. sec. ch. chap. vol. vols. eds. pp."
    " p. vs. cf. viz. ca. approx. e.g. eg. i.e. ie. resp. incl. excl. esp. z.b. d.h. u.a."
    " s.o. bzw. vgl. hr. fr. sra. srta. mme. mlle. jan. feb. apr. jun. jul. aug. sept. sep."
    " oct. nov. dec. tue. tues. wed. thu. thur. thurs."
)
"""Something always follows these."""

BEFORE_DIGITS = _words("no. art. ed. mar. sat. mon. fri. par. v. max. min.")
"""Everyday words, and abbreviations where a number follows."""

BEFORE_CAPITALS = _words(
    "etc. al. inc. ltd. co. corp. jr. sr. bros. dept. est. a.m. p.m. usw. usf. ff. max. min. avg."
)
"""These end a sentence when a capital follows."""

BEFORE_OPENERS = _words(
    "ph.d. m.d. b.a. m.a. b.sc. m.sc. u.s. u.k. u.n. e.u. d.c. u.s.a. st. mt. ft."
)
"""These, like all initials, end one only before a word that opens many."""

SENTENCE_OPENERS = _words(
    "A An The This That These Those There Here He She It We They You I My Your His Her Its Our"
    " Their In On At By For From With Without To As And But Or So Yet If When While Where Who What"
    " Why How After Before Since Because Although However Then Now Also Not No Yes Some Many Most"
    " All Each Every Both One Two Do Does Did Is Are Was Were Have Has Had Can Could Will Would"
    " Should May Might Let Please Thank Thanks Next Finally First Second Third Er Sie Es Wir Ihr"
    " Der Die Das Ein Eine Und Aber Wenn Im In"
)
