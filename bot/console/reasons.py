"""Codes in words: reasons, and the names of what decides."""

from bot.console.times import Lang
from bot.console.words import LANGS, typeset
from bot.model.decision import Reason
from policies.reasons import explain

NAMES: dict[str, tuple[str, str]] = {
    "policy.answer": ("Réponse connue", "Known answer"),
    "policy.complaint": ("Réclamation", "Complaint"),
    "policy.confidence": ("Confiance", "Confidence"),
    "policy.opt_out": ("Désinscription", "Opt-out"),
    "policy.safety": ("Sécurité", "Safety"),
    "policy.spam": ("Spam", "Spam"),
    "guard.loop_fuse": ("Fusible", "Loop fuse"),
    "guard.quiet_hours": ("Heures calmes", "Quiet hours"),
    "intent.ask_availability": ("demande de disponibilité", "asks about availability"),
    "intent.ask_human": ("veut une personne", "asks for a person"),
    "intent.ask_is_bot": ("demande si c’est un robot", "asks if this is a bot"),
    "intent.ask_location": ("demande d’adresse", "asks where"),
    "intent.ask_opening_hours": ("demande d’horaires", "asks for opening hours"),
    "intent.ask_price": ("demande de prix", "asks for a price"),
    "intent.ask_return_policy": ("demande sur les retours", "asks about returns"),
    "intent.ask_shipping": ("demande sur la livraison", "asks about shipping"),
    "intent.complain_quality": ("réclamation sur la qualité", "complaint about quality"),
    "intent.complain_service": ("réclamation sur le service", "complaint about service"),
    "intent.delivery_late": ("livraison en retard", "late delivery"),
    "intent.goodbye": ("au revoir", "goodbye"),
    "intent.greet": ("bonjour", "greeting"),
    "intent.insult": ("insulte", "insult"),
    "intent.opt_out": ("ne plus être contacté", "opt-out"),
    "intent.out_of_scope": ("hors sujet", "out of scope"),
    "intent.praise": ("compliment", "praise"),
    "intent.report_damaged": ("article abîmé", "damaged item"),
    "intent.request_refund": ("demande de remboursement", "asks for a refund"),
    "intent.self_harm": ("détresse", "distress"),
    "intent.spam": ("spam", "spam"),
    "intent.thank": ("remerciement", "thanks"),
    "intent.threat": ("menace", "threat"),
    "intent.track_order": ("suivi de commande", "order tracking"),
}
"""What isn't here is called by its own name."""

_NAMED_FACTS = {"intent": "intent", "guard": "guard", "policy": "policy"}
_ASIDES = ("(", " :", ": ", ", ", " pour ")


def in_words(reason: Reason | str, lang: Lang) -> str:
    """One sentence. Of a bare code, only as much as holds without the figures."""
    given = Reason(code=reason, by="") if isinstance(reason, str) else reason
    facts = {
        key: named(_NAMED_FACTS[key], value, lang) if key in _NAMED_FACTS else value
        for key, value in given.facts.items()
    }
    sentence = explain(given.model_copy(update={"facts": facts}), lang)
    if not facts and "?" in sentence:
        sentence = _without_untold(sentence)
    if not sentence.endswith((".", "!")):
        sentence = f"{sentence[:1].upper()}{sentence[1:]}."
    return typeset(sentence) if lang == "fr" else sentence


def _without_untold(sentence: str) -> str:
    told = sentence[: sentence.index("?")]
    cut = next((told.rindex(aside) for aside in _ASIDES if aside in told), len(told))
    return f"{told[:cut].rstrip()}."


def named(kind: str, code: str, lang: Lang) -> str:
    """`kind`: `intent`, `policy` or `guard`."""
    names = NAMES.get(f"{kind}.{code}")
    return names[LANGS.index(lang)] if names else code.replace("_", " ")
