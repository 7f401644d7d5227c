"""Words that are recognised without a model: who wants silence, who is in danger, who threatens.

Small lists that a person can review, compared without case, accents and punctuation. Silence is asked for with a whole
message, so that `don't stop!` is not; danger is found anywhere in a text.
"""

import re
from collections.abc import Iterable
from typing import Literal
from unicodedata import normalize

Danger = Literal["self_harm", "threat"]

OPT_OUT: dict[str, tuple[str, ...]] = {
    "fr": (
        "stop", "arrêt", "arrêtez", "arrête", "arrêtez de m'écrire", "arrête de m'écrire", "arrêtez de me contacter",
        "désabonnez-moi", "désabonnement", "désabonner", "me désabonner", "je veux me désabonner", "désinscription",
        "désinscrivez-moi", "je souhaite me désabonner", "ne m'écrivez plus", "ne m'écris plus", "ne me contactez plus",
        "ne m'envoyez plus rien", "ne m'envoyez plus de messages", "plus de messages", "stop aux messages",
        "stop sms", "stop pub", "laissez-moi tranquille", "laisse-moi tranquille", "fichez-moi la paix",
    ),
    "en": (
        "stop", "stop it", "stop all", "stopall", "stop messages", "stop messaging me", "stop texting me",
        "stop writing to me", "stop contacting me", "unsubscribe", "unsubscribe me", "opt out", "optout",
        "i want to unsubscribe", "i want to opt out", "leave me alone", "do not contact me", "don't contact me",
        "do not message me", "don't message me", "don't write to me", "do not write to me", "no more messages",
        "don't contact me again", "do not contact me again", "don't message me again", "never contact me again",
    ),
    "es": (
        "baja", "parar", "basta", "darme de baja", "quiero darme de baja", "cancelar suscripción",
        "no me escriban más", "no me escribas más", "no me contacten más", "déjenme en paz", "déjame en paz",
    ),
    "de": (
        "stopp", "abmelden", "abbestellen", "aufhören", "hört auf", "bitte abmelden", "ich möchte mich abmelden",
        "schreibt mir nicht mehr", "schreiben sie mir nicht mehr", "keine nachrichten mehr", "lasst mich in ruhe",
        "lassen sie mich in ruhe", "kontaktieren sie mich nicht mehr",
    ),
    "it": (
        "basta", "smettila", "smettetela", "cancellami", "cancellatemi", "disiscrivimi", "disiscrivetemi",
        "annulla iscrizione", "non scrivetemi più", "non scrivermi più", "non contattatemi più",
        "lasciatemi in pace", "lasciami in pace",
    ),
    "pt": (
        "parar", "pare", "parem", "sair", "cancelar inscrição", "cancelar subscrição", "descadastrar",
        "não me escrevam mais", "não me contactem mais", "não me contatem mais", "deixem-me em paz", "me deixe em paz",
    ),
    "nl": (
        "afmelden", "uitschrijven", "stoppen", "hou op", "schrijf me uit", "meld me af", "stuur me niets meer",
        "schrijf me niet meer", "neem geen contact meer op", "laat me met rust", "laat mij met rust",
    ),
}  # fmt: skip

POLITE: tuple[str, ...] = (
    "s'il vous plaît", "s'il te plaît", "svp", "stp", "merci", "merci d'avance", "bonjour", "please", "pls", "plz",
    "thanks", "thank you", "now", "maintenant", "hello", "hi", "por favor", "gracias", "hola", "bitte", "danke",
    "hallo", "per favore", "grazie", "ciao", "obrigado", "obrigada", "alstublieft", "aub", "bedankt", "dank u",
)  # fmt: skip
"""May stand before or after the words that ask for silence."""

DANGERS: dict[Danger, tuple[str, ...]] = {
    "self_harm": (
        "me suicider", "suicidaire", "envie de mourir", "je veux mourir", "je voudrais mourir", "envie de me tuer",
        "je vais me tuer", "je veux me tuer", "vais me pendre", "veux me pendre", "mettre fin à mes jours",
        "mettre fin à ma vie", "en finir avec la vie", "plus envie de vivre", "ne veux plus vivre",
        "je veux plus vivre", "marre de vivre", "envie de me faire du mal", "vais me faire du mal",
        "me foutre en l'air", "kill myself", "killing myself", "end my life", "ending my life", "want to die",
        "wanna die", "take my own life", "don't want to live", "dont want to live", "do not want to live",
        "no reason to live", "want to hurt myself", "going to hurt myself", "gonna hurt myself", "suicidal",
        "commit suicide",
    ),
    "threat": (
        "vais te tuer", "vais vous tuer", "vais tous vous tuer", "vais te buter", "vais vous buter", "vais te crever",
        "vais vous crever", "vais te faire la peau", "vais vous faire la peau", "va te tuer", "va crever", "va mourir",
        "je sais où tu habites", "je sais où vous habitez", "vais mettre le feu à", "vais brûler votre",
        "poser une bombe", "vais tout faire sauter",
        "i will kill you", "i'll kill you", "ill kill you", "going to kill you", "gonna kill you", "kill you all",
        "kill yourself", "i know where you live", "burn your shop", "burn your store", "burn down your",
        "bomb your", "going to shoot you", "gonna shoot you", "i will shoot you", "i'll shoot you",
    ),
}  # fmt: skip

HARMLESS: tuple[str, ...] = (
    "de rire", "de honte", "d'envie", "de fatigue", "de joie", "laughing", "of laughter", "of laughing", "of joy",
    "of embarrassment", "of shame",
)  # fmt: skip
"""After words of danger, these make them a manner of speaking."""


_NOT_SEEN = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]+")
"""Accents that stand apart from their letters, soft hyphens, joiners, direction marks."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Letters and digits only, without case, accents and invisible signs, one space between words."""
    return _BETWEEN_WORDS.sub(" ", _NOT_SEEN.sub("", normalize("NFKD", text.casefold()))).strip()


def _folded(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(phrase) for phrase in phrases)


_OPT_OUT = _folded(phrase for phrases in OPT_OUT.values() for phrase in phrases)
_POLITE = tuple(sorted(_folded(POLITE), key=len, reverse=True))
_DANGERS: dict[Danger, frozenset[str]] = {danger: _folded(phrases) for danger, phrases in DANGERS.items()}
_ANY_DANGER = re.compile("|".join(re.escape(f" {phrase} ") for phrases in _DANGERS.values() for phrase in phrases))
_HARMLESS = tuple(f" {phrase} " for phrase in _folded(HARMLESS))


def asks_for_silence(text: str) -> bool:
    """Whether the whole message, courtesies and repetitions aside, is a wish not to be written to."""
    said = _bare(fold(text))
    return said in _OPT_OUT or " ".join(dict.fromkeys(said.split())) in _OPT_OUT


def _bare(said: str) -> str:
    while said not in _OPT_OUT:
        polite = next((p for p in _POLITE if said.startswith(f"{p} ") or said.endswith(f" {p}")), None)
        if polite is None:
            break
        said = said.removeprefix(f"{polite} ").removesuffix(f" {polite}")
    return said


def danger_in(text: str) -> Danger | None:
    """What the words themselves say, the gravest first."""
    said = f" {fold(text)} "
    if _ANY_DANGER.search(said) is None:
        return None
    return next(
        (danger for danger, phrases in _DANGERS.items() if any(_meant(said, phrase) for phrase in phrases)), None
    )


def _meant(said: str, phrase: str) -> bool:
    _, found, rest = said.partition(f" {phrase} ")
    return bool(found) and not f" {rest}".startswith(_HARMLESS)
