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
    "intent.accuse_brand": ("accusation contre la marque", "accuses the brand"),
    "intent.affirm": ("oui", "yes"),
    "intent.ask_availability": ("demande de disponibilité", "asks about availability"),
    "intent.ask_business": ("demande d’un professionnel", "asks as a business"),
    "intent.ask_collab": ("proposition de partenariat", "proposes a partnership"),
    "intent.ask_contest": ("question sur un concours", "asks about a contest"),
    "intent.ask_data_erasure": ("demande d’effacement des données", "asks for data to be erased"),
    "intent.ask_data_export": ("demande d’accès aux données", "asks for their data"),
    "intent.ask_discount": ("demande de réduction", "asks about discounts"),
    "intent.ask_event": ("question sur un événement", "asks about an event"),
    "intent.ask_human": ("veut une personne", "asks for a person"),
    "intent.ask_is_bot": ("demande si c’est un robot", "asks if this is a bot"),
    "intent.ask_job": ("cherche un emploi", "asks about a job"),
    "intent.ask_location": ("demande d’adresse", "asks where"),
    "intent.ask_opening_hours": ("demande d’horaires", "asks for opening hours"),
    "intent.ask_payment": ("question sur le paiement", "asks about payment"),
    "intent.ask_press": ("demande de la presse", "asks for the press"),
    "intent.ask_price": ("demande de prix", "asks for a price"),
    "intent.ask_product_info": ("question sur un produit", "asks about a product"),
    "intent.ask_return_policy": ("demande sur les retours", "asks about returns"),
    "intent.ask_shipping": ("demande sur la livraison", "asks about shipping"),
    "intent.ask_size_advice": ("conseil de taille", "asks which size"),
    "intent.ask_sustainability": ("question sur l’origine et l’écologie", "asks about origin and ecology"),
    "intent.ask_warranty": ("question sur la garantie", "asks about the guarantee"),
    "intent.cancel_order": ("annulation de commande", "cancels an order"),
    "intent.change_order": ("modification de commande", "changes an order"),
    "intent.chitchat": ("bavardage", "small talk"),
    "intent.complain_no_answer": ("réclamation sans réponse", "complaint about no answer"),
    "intent.complain_price": ("réclamation sur le prix", "complaint about the price"),
    "intent.complain_quality": ("réclamation sur la qualité", "complaint about quality"),
    "intent.complain_service": ("réclamation sur le service", "complaint about service"),
    "intent.delivery_late": ("livraison en retard", "late delivery"),
    "intent.deny": ("non", "no"),
    "intent.emoji_only": ("emoji seuls", "only emoji"),
    "intent.goodbye": ("au revoir", "goodbye"),
    "intent.greet": ("bonjour", "greeting"),
    "intent.hate_speech": ("propos haineux", "hate speech"),
    "intent.insult": ("insulte", "insult"),
    "intent.opt_out": ("ne plus être contacté", "opt-out"),
    "intent.out_of_scope": ("hors sujet", "out of scope"),
    "intent.praise": ("compliment", "praise"),
    "intent.report_account_problem": ("problème de compte", "account problem"),
    "intent.report_billing_error": ("erreur de facturation", "billing error"),
    "intent.report_damaged": ("article abîmé", "damaged item"),
    "intent.report_missing_item": ("article manquant", "missing item"),
    "intent.report_site_bug": ("panne du site", "website problem"),
    "intent.report_wrong_item": ("mauvais article reçu", "wrong item"),
    "intent.request_exchange": ("demande d’échange", "asks for an exchange"),
    "intent.request_refund": ("demande de remboursement", "asks for a refund"),
    "intent.scam": ("arnaque", "scam"),
    "intent.self_harm": ("détresse", "distress"),
    "intent.sexual_harassment": ("harcèlement sexuel", "sexual harassment"),
    "intent.spam": ("spam", "spam"),
    "intent.spread_rumour": ("rumeur", "rumour"),
    "intent.suggest_idea": ("idée", "idea"),
    "intent.tag_friend": ("s’adresse à des amis", "speaks to friends"),
    "intent.thank": ("remerciement", "thanks"),
    "intent.threat": ("menace", "threat"),
    "intent.threaten_boycott": ("appel au boycott", "boycott"),
    "intent.track_order": ("suivi de commande", "order tracking"),
    "toxicity.hate": ("haine", "hate"),
    "toxicity.insult": ("insulte", "insult"),
    "toxicity.self_harm": ("détresse", "distress"),
    "toxicity.sexual": ("propos sexuels", "sexual words"),
    "toxicity.threat": ("menace", "threat"),
    "target.brand": ("la marque", "the brand"),
    "target.group": ("un groupe", "a group"),
    "target.person": ("une personne", "a person"),
    "target.self": ("soi-même", "themselves"),
}
"""What isn't here is called by its own name."""

_NAMED_FACTS = {"intent": "intent", "guard": "guard", "policy": "policy"}
_ASIDES = ("(", " :", ": ", ", ", " pour ")


def in_words(reason: Reason | str, lang: Lang) -> str:
    """One sentence. Of a bare code, only as much as holds without the figures."""
    given = Reason(code=reason, by="") if isinstance(reason, str) else reason
    facts = {
        key: ", ".join(named(_NAMED_FACTS[key], code, lang) for code in value.split(", "))
        if key in _NAMED_FACTS
        else value
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
    """`kind`: `intent`, `policy`, `guard`, `toxicity` or `target`."""
    names = NAMES.get(f"{kind}.{code}")
    return names[LANGS.index(lang)] if names else code.replace("_", " ")
