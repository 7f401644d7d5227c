"""Reasons in words, for the people who read them in the console and the ledger."""

import re

from bot.model.decision import Reason

DEFAULT_LANGUAGE = "en"

WORDS: dict[str, tuple[str, str]] = {
    # engine
    "undecided": ("Aucune règle n'a d'avis.", "No policy had an opinion."),
    "guard_loosened": (
        "Le garde-fou {guard} voulait assouplir la décision ; elle est maintenue.",
        "The guard {guard} wanted to loosen the decision; it stands.",
    ),
    "too_long": (
        "La réponse est trop longue pour ce canal (limite : {limit}).",
        "The reply is too long for this channel (limit: {limit}).",
    ),
    # opt_out
    "opt_out_words": ("La personne demande qu'on ne lui écrive plus.", "They asked not to be written to."),
    "opt_out_intent": (
        "La personne semble demander qu'on ne lui écrive plus (confiance : {confidence}).",
        "They seem to ask not to be written to (confidence: {confidence}).",
    ),
    # safety
    "self_harm": (
        "La personne est peut-être en danger (indice : {seen_in}).",
        "This person may be in danger (seen in: {seen_in}).",
    ),
    "threat": (
        "Le message contient peut-être une menace (indice : {seen_in}).",
        "This may be a threat (seen in: {seen_in}).",
    ),
    "insult_not_answered": (
        "Une insulte : on n'y répond pas automatiquement.",
        "An insult: it gets no automatic answer.",
    ),
    "abuse_not_answered": (
        "Des propos haineux ou du harcèlement sexuel : une personne décide.",
        "Hate speech or sexual harassment: a person decides.",
    ),
    # spam
    "spam": ("Du spam (confiance : {confidence}) : pas de réponse.", "Spam (confidence: {confidence}): no answer."),
    "maybe_spam": ("Peut-être du spam (confiance : {confidence}).", "Perhaps spam (confidence: {confidence})."),
    # complaint
    "complaint_in_public": (
        "Une réclamation publique ({intent}) : une personne relit avant de répondre.",
        "A public complaint ({intent}): a person reads the answer first.",
    ),
    "complaint_in_private": (
        "Une réclamation ({intent}) : une personne répond.",
        "A complaint ({intent}): a person answers.",
    ),
    # confidence
    "asked_for_person": ("La personne veut parler à quelqu'un.", "They asked for a person."),
    "not_understood_by_model": (
        "Le modèle de compréhension n'a pas pu lire ce message.",
        "The language model could not read this message.",
    ),
    "nothing_to_read": (
        "Rien à lire : une pièce jointe ou un message vide.",
        "Nothing to read: an attachment or no words.",
    ),
    "out_of_scope": ("Le sujet n'est pas de ceux que l'assistant connaît.", "Not a subject that the assistant knows."),
    "unsure": (
        "Confiance trop faible : {confidence} pour un seuil de {threshold}.",
        "Confidence too low: {confidence}, the threshold is {threshold}.",
    ),
    "two_close": (
        "Deux interprétations trop proches (écart : {ahead}).",
        "Two readings are too close (apart by {ahead}).",
    ),
    "still_unclear": (
        "Toujours pas clair, et une question a déjà été posée ou une personne est déjà attendue.",
        "Still unclear, and a question was asked before or a person is already awaited.",
    ),
    # answer
    "answered": ("Une réponse connue existe ({intent}).", "There is a known answer ({intent})."),
    "nothing_to_answer": ("Rien qui attende une réponse.", "Nothing that wants an answer."),
    "no_fact": ("Aucune réponse ni information pour : {intent}.", "No wording or fact for: {intent}."),
    "person_needed": (
        "Il faut une personne pour terminer la réponse ({intent}).",
        "A person has to finish the answer ({intent}).",
    ),
    "too_many_questions": ("Trop de questions à la fois ({asked}).", "Too many questions at once ({asked})."),
    # guards
    "loop_fuse": (
        "Trop de réponses automatiques, ou nos propres mots nous reviennent : l'assistant se tait.",
        "Too many automatic replies, or our own words came back: the assistant is silent.",
    ),
    "quiet_hours": ("Heures calmes : la réponse attend {until}.", "Quiet hours: the reply waits until {until}."),
    # invariants
    "human_owns": ("Une personne s'en occupe : l'assistant se tait.", "A person has it: the assistant is silent."),
    "opted_out": ("La personne ne veut plus qu'on lui écrive.", "They asked not to be written to."),
    "outside_window": (
        "La plateforme n'accepte plus de message automatique ici.",
        "The platform takes no automatic message here any more.",
    ),
    "criticism_not_hidden": ("Une critique n'est jamais masquée.", "Criticism is never hidden."),
    "late": (
        "Le message est arrivé trop tard pour une réponse automatique.",
        "It came too late for an automatic answer.",
    ),
    "shadow": ("Mode observation : décidé et noté, pas envoyé.", "Shadow mode: decided and recorded, not sent."),
    "one_reply_per_turn": ("Une seule réponse automatique par tour.", "One automatic reply to a turn."),
    "disclosure": (
        "Le message annonce que c'est un assistant qui écrit.",
        "The message says that an assistant writes.",
    ),
    "waiting_for_person": (
        "Une personne est déjà attendue : l'assistant ne parle pas par-dessus.",
        "A person is already awaited: the assistant does not talk on top of it.",
    ),
    "channel_cannot_react": ("Ce canal ne sait pas aimer ces mots.", "This channel can't like these words."),
    "channel_cannot_hide": ("Ce canal ne sait pas masquer.", "This channel can't hide."),
    # what happened to a conversation
    "send_failed": ("L'envoi a échoué.", "It could not be sent."),
    "customer_wrote": ("La personne a écrit entre-temps.", "The customer wrote meanwhile."),
    "customer_edited": ("La personne a modifié son message.", "The customer changed their message."),
    "customer_deleted": ("La personne a supprimé son message.", "The customer deleted their message."),
    "returned_to_author": (
        "La situation a changé : le texte revient à la personne qui l'a écrit.",
        "Something happened meanwhile: the text goes back to whoever wrote it.",
    ),
    "content_unavailable": (
        "La plateforme ne montre pas ce message : il faut le lire dans son application.",
        "The platform does not show this message: it has to be read in its own app.",
    ),
    "erasure_requested": (
        "La plateforme demande d'effacer les données de cette personne.",
        "The platform asks for this person's data to be erased.",
    ),
    "kept_too_long": (
        "Les conditions de la plateforme ne permettent pas de garder ces mots plus longtemps.",
        "The platform's terms do not allow these words to be kept any longer.",
    ),
    "handling_failed": ("Le traitement a échoué trois fois.", "It could not be handled after three tries."),
    "person_spoke_elsewhere": (
        "Une personne a répondu dans l'application de la plateforme.",
        "A person answered in the platform's own app.",
    ),
    "thread_given_back": ("La plateforme nous rend la conversation.", "The platform gave the conversation back to us."),
    "thread_taken_elsewhere": ("Une autre application a pris la conversation.", "Another app took the conversation."),
    "opted_out_on_platform": (
        "La personne a bloqué ou quitté le compte sur la plateforme.",
        "They blocked or left the account on the platform.",
    ),
    "opted_in_on_platform": ("La personne accepte de nouveau nos messages.", "They take our messages again."),
    "unknown_outcome": (
        "On ne sait pas si le message est parti : il faut vérifier sur la plateforme.",
        "Nobody knows whether it went: look on the platform.",
    ),
}
"""French and English, by code; `{…}` are the reason's facts."""

_FACT = re.compile(r"\{(\w+)\}")
_PLACES = {"fr": 0, "en": 1}


def explain(reason: Reason, lang: str) -> str:
    """One sentence; in English where there is none in `lang`, and the bare code where there is none at all."""
    words = WORDS.get(reason.code)
    if words is None:
        return reason.code.replace("_", " ")
    sentence = words[_PLACES.get(lang, _PLACES[DEFAULT_LANGUAGE])]
    return _FACT.sub(lambda found: reason.facts.get(found[1], "?"), sentence)
