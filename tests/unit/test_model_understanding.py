"""How a parse is asked what it says."""

import pytest

from bot.model.understanding import Understanding

RANKED = Understanding(
    intent="praise",
    confidence=0.5,
    ranking=(("praise", 0.5), ("report_damaged", 0.25), ("delivery_late", 0.125)),
    also=(("delivery_late", 0.75),),
)


@pytest.mark.parametrize(
    ("name", "understood", "intents", "probability"),
    [
        ("the main one", RANKED, ("praise",), 0.5),
        ("another", RANKED, ("report_damaged",), 0.25),
        ("of two, those of the ranking together", RANKED, ("praise", "report_damaged"), 0.75),
        ("beside the main one", RANKED, ("delivery_late",), 0.75),
        ("either way", RANKED, ("praise", "report_damaged", "delivery_late"), 0.875),
        ("not at all", RANKED, ("spam",), 0),
        ("without a ranking", Understanding(intent="praise", confidence=0.5), ("praise",), 0.5),
        ("nothing recognised", Understanding(confidence=0.5), ("praise",), 0),
    ],
)
def test_probability(name: str, understood: Understanding, intents: tuple[str, ...], probability: float) -> None:
    assert understood.probability(*intents) == probability


@pytest.mark.parametrize(
    ("understood", "intents"),
    [
        (RANKED, ("praise", "delivery_late")),
        (Understanding(also=(("thank", 0.5),)), ("thank",)),
        (Understanding(), ()),
    ],
)
def test_intents(understood: Understanding, intents: tuple[str, ...]) -> None:
    assert understood.intents == intents
