"""What is heard before anything is answered: silence asked for, danger, insults, spam."""

from datetime import timedelta

import pytest

from bot.model.decision import Escalate, Ignore, OptOut
from bot.model.turn import Turn
from policies.decide.opt_out import OptOutPolicy
from policies.decide.safety import Safety
from policies.decide.spam import Spam
from policies.words import asks_for_silence, danger_in, fold
from tests.unit.test_policies import BRAND, NOW, awaited, both, decision_of, escalated, meant, said, toxic, turn


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("stop", True),
        ("STOP", True),
        ("Stop !!! 🛑", True),
        ("stop stop stop", True),
        ("stop svp", True),
        ("Bonjour, stop s'il vous plaît, merci", True),
        ("please stop", True),
        ("Arrêt", True),
        ("arrêtez !", True),
        ("ARRETEZ DE M’ECRIRE", True),
        ("Désabonnez-moi.", True),
        ("ne m'écrivez plus", True),
        ("Ne m’écrivez plus, merci.", True),
        ("laissez moi tranquille", True),
        ("unsubscribe", True),
        ("Un\u00adsub\u200bscribe", True),
        ("Leave me alone!!", True),
        ("don't contact me", True),
        ("Déjenme en paz", True),
        ("Bitte abmelden", True),
        ("lasciatemi in pace", True),
        ("Não me contactem mais", True),
        ("laat me met rust", True),
        ("", False),
        ("merci", False),
        ("bonjour merci", False),
        ("please", False),
        ("stop by your shop", False),
        ("don't stop!", False),
        ("non stop", False),
        ("I can't stop looking at it", False),
        ("je n'arrive pas à stopper la lampe", False),
        ("où est le bouton stop ?", False),
        ("arrêt de bus devant la boutique ?", False),
        ("I want to unsubscribe my sister from the raffle", False),
        ("basta così, la prendo", False),
    ],
)
def test_words_that_ask_for_silence(text: str, asks: bool) -> None:
    assert asks_for_silence(text) is asks


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("J'ai envie de mourir.", "self_harm"),
        ("je veux MOURIR", "self_harm"),
        ("I want to die", "self_harm"),
        ("i'm going to kill myself tonight", "self_harm"),
        ("je ne veux plus vivre", "self_harm"),
        ("je vais vous tuer", "threat"),
        ("I know where you live.", "threat"),
        ("I'll kill you", "threat"),
        ("kill yourself", "threat"),
        ("je vais vous tuer, et je veux mourir", "self_harm"),
        ("j'ai envie de mourir de rire", None),
        ("je veux mourir de honte", None),
        ("I want to die laughing", None),
        ("je meurs d'envie d'en acheter une", None),
        ("cette lampe est à tomber", None),
        ("je veux en finir avec cette commande", None),
        ("I cut myself on the shade", None),
        ("the price killed me", None),
        ("", None),
    ],
)
def test_words_of_danger(text: str, danger: str | None) -> None:
    assert danger_in(text) == danger


def test_fold() -> None:
    assert fold("  N’ÉCRIVEZ   plus… Straße 2 ") == "n ecrivez plus strasse 2"


@pytest.mark.parametrize(
    ("name", "at", "code", "speaks"),
    [
        ("without a model", turn(said("stop")), "opt_out_words", True),
        ("in public, without a word", turn(said("stop"), public=True), "opt_out_words", False),
        ("among other messages", turn(meant("ask_price"), said("stop"), meant("greet")), "opt_out_words", True),
        ("understood", turn(meant("opt_out", 0.7)), "opt_out_intent", True),
        ("not quite understood", turn(meant("opt_out", 0.69)), None, False),
        ("understood beside something else", turn(both("thank", ("opt_out", 0.7))), "opt_out_intent", True),
        ("not quite, beside something else", turn(both("thank", ("opt_out", 0.69))), None, False),
        ("something else", turn(meant("greet"), said("hello")), None, False),
        ("with a threat", turn(said("stop"), said("je vais vous tuer")), None, False),
        ("with words of despair", turn(said("je veux mourir"), said("stop")), None, False),
    ],
)
def test_opt_out(name: str, at: Turn, code: str | None, speaks: bool) -> None:
    decision = decision_of(OptOutPolicy(), at)
    if code is None:
        assert decision is None
    else:
        assert isinstance(decision, OptOut)
        assert decision.reason.code == code
        assert (decision.words is not None) is speaks


@pytest.mark.parametrize(
    ("name", "at", "code", "priority", "within_s", "speaks"),
    [
        ("despair without a model", turn(said("je veux mourir")), "self_harm", "urgent", 600, True),
        ("despair in public", turn(said("je veux mourir"), public=True), "self_harm", "urgent", 600, True),
        (
            "despair under a complaint in public",
            turn(meant("complain_quality"), said("I want to die"), public=True),
            "self_harm",
            "urgent",
            600,
            True,
        ),
        ("low in the ranking", turn(meant("greet", 0.6, ("self_harm", 0.35))), "self_harm", "urgent", 600, True),
        ("too low in the ranking", turn(meant("greet", 0.6, ("self_harm", 0.34))), None, "", 0, False),
        ("best, though unsure", turn(meant("self_harm", 0.36)), "self_harm", "urgent", 600, True),
        ("in an earlier message", turn(meant("self_harm"), meant("thank")), "self_harm", "urgent", 600, True),
        ("despair before threat", turn(meant("threat"), meant("self_harm", 0.4)), "self_harm", "urgent", 600, True),
        ("threat in words", turn(said("je vais vous tuer")), "threat", "urgent", 900, False),
        ("threat understood", turn(meant("threat", 0.35)), "threat", "urgent", 900, False),
        ("threat beside a question", turn(both("ask_price", ("threat", 0.35))), "threat", "urgent", 900, False),
        ("despair in the tone", turn(toxic("chitchat", "self_harm", 0.5)), "self_harm", "urgent", 600, True),
        ("hardly in the tone", turn(toxic("chitchat", "self_harm", 0.49)), None, "", 0, False),
        ("threat in the tone", turn(toxic("complain_service", "threat")), "threat", "urgent", 900, False),
        ("hate", turn(meant("hate_speech")), "abuse_not_answered", "normal", 4 * 3600, False),
        ("harassment", turn(meant("sexual_harassment")), "abuse_not_answered", "normal", 4 * 3600, False),
        (
            "hate beside praise",
            turn(both("praise", ("hate_speech", 0.5))),
            "abuse_not_answered",
            "normal",
            14400,
            False,
        ),
        (
            "hate, then an insult",
            turn(meant("hate_speech"), meant("insult")),
            "abuse_not_answered",
            "normal",
            14400,
            False,
        ),
        ("hate in the tone", turn(toxic("praise", "hate")), "abuse_not_answered", "normal", 4 * 3600, False),
        ("harassment in the tone", turn(toxic("praise", "sexual")), "abuse_not_answered", "normal", 4 * 3600, False),
        ("insult in the tone", turn(toxic("greet", "insult", 0.5)), "insult_not_answered", "low", 8 * 3600, False),
        ("insult hardly in the tone", turn(toxic("greet", "insult", 0.49)), None, "", 0, False),
        (
            "insult in a question",
            turn(toxic("ask_price", "insult")),
            "insult_not_answered",
            "normal",
            4 * 3600,
            False,
        ),
        (
            "an insult is heard where danger is not believed",
            turn(both("insult", ("threat", 0.2))),
            "insult_not_answered",
            "normal",
            4 * 3600,
            False,
        ),
        ("insult", turn(meant("insult")), "insult_not_answered", "low", 8 * 3600, False),
        ("insult, just", turn(meant("insult", 0.5)), "insult_not_answered", "low", 8 * 3600, False),
        ("insult, not quite", turn(meant("insult", 0.49)), None, "", 0, False),
        (
            "insult with a complaint",
            turn(meant("complain_quality"), meant("insult")),
            "insult_not_answered",
            "normal",
            4 * 3600,
            False,
        ),
        ("harmless", turn(meant("ask_price")), None, "", 0, False),
        ("not read", turn(said("???")), None, "", 0, False),
    ],
)
def test_safety(name: str, at: Turn, code: str | None, priority: str, within_s: float, speaks: bool) -> None:
    at = at.model_copy(update={"brand": at.brand.model_copy(update={"brand": BRAND.model_copy(update={"hours": ()})})})
    decision = decision_of(Safety(), at)
    if code is None:
        assert decision is None
    else:
        found = escalated(decision)
        assert (found.reason.code, found.priority) == (code, priority)
        assert found.deadline == NOW + timedelta(seconds=within_s)
        assert (found.holding is not None) is speaks


@pytest.mark.parametrize(
    ("name", "escalation", "used", "speaks"),
    [
        ("told that a person comes, for a lesser thing", awaited(), ("handover/1",), True),
        ("helpline already given", awaited("self_harm", priority="urgent"), ("self_harm_holding/1",), False),
        ("helpline written but not said", awaited(told=False), ("self_harm_holding/1",), True),
    ],
)
def test_a_helpline_is_given_once(name: str, escalation: object, used: tuple[str, ...], speaks: bool) -> None:
    at = turn(said("je veux mourir"), escalation=escalation, variants_used=used)
    found = escalated(decision_of(Safety(), at))
    assert (found.holding is not None) is speaks
    assert "3114" in found.holding.text if found.holding else True


@pytest.mark.parametrize(
    ("name", "at", "outcome"),
    [
        ("certain", turn(meant("spam", 0.8)), "spam"),
        ("uncertain", turn(meant("spam", 0.79)), "maybe_spam"),
        ("just uncertain", turn(meant("spam", 0.55)), "maybe_spam"),
        ("unclear", turn(meant("spam", 0.54)), None),
        ("a scam", turn(meant("scam", 0.8)), "spam"),
        ("spam or a scam", turn(meant("scam", 0.5, ("scam", 0.5), ("spam", 0.4))), "spam"),
        ("that greets", turn(both("greet", ("spam", 0.8))), "spam"),
        ("that greets, uncertain", turn(both("scam", ("greet", 0.9), confidence=0.7)), "maybe_spam"),
        ("that asks", turn(both("spam", ("ask_price", 0.5))), None),
        ("with a greeting", turn(meant("spam"), meant("greet")), None),
        ("not read", turn(said("http://spam.example")), None),
        ("something else", turn(meant("ask_price")), None),
    ],
)
def test_spam(name: str, at: Turn, outcome: str | None) -> None:
    decision = decision_of(Spam(), at)
    assert (decision.reason.code if decision else None) == outcome
    assert isinstance(decision, Ignore) is (outcome == "spam")
    if isinstance(decision, Escalate):
        assert (decision.priority, decision.holding) == ("low", None)
