"""Every sentence of the console, in French and English. A reason's words come from `policies/reasons.py`."""

from collections.abc import Callable, Iterable

from bot.console.times import Lang

Say = Callable[..., str]

LANGS: tuple[Lang, ...] = ("fr", "en")

# ruff: noqa: E501
# fmt: off
WORDS: dict[str, tuple[str, str]] = {
    "nav.console": ("À traiter", "Inbox"),
    "nav.accounts": ("Comptes", "Accounts"),
    "nav.sandbox": ("Simulateur", "Simulator"),
    "nav.skip": ("Aller au contenu", "Skip to content"),
    "nav.main": ("Navigation principale", "Main navigation"),
    "nav.logout": ("Se déconnecter", "Log out"),
    "nav.language": ("Langue", "Language"),
    "nav.back": ("Retour à la liste", "Back to the list"),
    "nav.next": ("Suivante", "Next"),

    "login.title": ("Connexion", "Log in"),
    "login.lead": ("Entrez pour relire les brouillons et répondre aux clients.", "Come in to review drafts and answer customers."),
    "login.name": ("Votre nom", "Your name"),
    "login.name_hint": ("Vos collègues le verront.", "Your colleagues will see it."),
    "login.password": ("Mot de passe de l’équipe", "Team password"),
    "login.submit": ("Entrer", "Enter"),
    "login.wrong": ("Ce mot de passe n’est pas le bon.", "That password is not right."),
    "login.name_wrong": ("Ce nom ne convient pas : de 1 à 40 caractères, et pas « bot ».", "This name won’t do: 1 to 40 characters, and not “bot”."),
    "login.blocked": ("Trop d’essais. Réessayez dans un quart d’heure.", "Too many attempts. Try again in fifteen minutes."),
    "login.exposed": ("Cette connexion n’est pas chiffrée : le mot de passe passerait en clair sur le réseau.", "This connection is not encrypted: the password would cross the network in the clear."),
    "login.first": ("Le mot de passe a été affiché une fois, au premier démarrage.", "The password was shown once, at the first start."),

    "stop.summary": ("Arrêt général", "Stop everything"),
    "stop.lead": ("Plus rien ne partira, sur aucun canal, pas même vos réponses : elles attendront. Les messages continuent d’arriver.", "Nothing will go out, on any channel, not even your answers: they will wait. Messages keep coming in."),
    "stop.confirm": ("Oui, tout arrêter", "Yes, stop everything"),
    "stop.on": ("Arrêt général : rien ne part.", "Everything is stopped: nothing goes out."),
    "stop.resume": ("Reprendre", "Resume"),
    "stop.resume_lead": ("Les réponses encore valables partiront. Celles que la suite a démenties seront reconsidérées.", "Replies that still hold will go out. Those overtaken by events will be thought over."),
    "stop.resume_confirm": ("Oui, reprendre", "Yes, resume"),

    "list.title": ("À traiter", "Inbox"),
    "list.one": ("1 conversation attend une personne", "1 conversation needs a person"),
    "list.many": ("{n} conversations attendent une personne", "{n} conversations need a person"),
    "list.empty": ("Rien n’attend", "All clear"),
    "list.empty_lead": ("Aplomb veille. Ce qui demande une personne apparaîtra ici tout seul.", "Aplomb is keeping watch. What needs a person will appear here by itself."),
    "list.live": ("En direct", "Live"),
    "list.since": ("depuis {time}", "for {time}"),
    "list.with": ("avec {name}", "with {name}"),
    "list.elsewhere": ("répondue dans l’application", "answered in the app"),
    "list.draft": ("Brouillon", "Draft"),
    "list.stale": ("Brouillon à revoir", "Draft to review"),
    "list.unknown": ("Envoi incertain", "Uncertain delivery"),
    "list.no_words": ("(sans texte)", "(no text)"),
    "list.late_one": ("1 en retard", "1 overdue"),
    "list.late_many": ("{n} en retard", "{n} overdue"),

    "account.title": ("Comptes", "Accounts"),
    "account.unwell_one": ("Un compte a besoin de vous", "One account needs you"),
    "account.unwell_many": ("{n} comptes ont besoin de vous", "{n} accounts need you"),
    "account.on": ("répond", "answers"),
    "account.shadow": ("observe sans envoyer", "watches, sends nothing"),
    "account.off": ("éteint", "off"),
    "account.well": ("Tout va bien", "All is well"),
    "account.paused": ("Au repos jusqu’à {time} : la plateforme limite les envois. Rien n’est perdu.", "Resting until {time}: the platform limits sending. Nothing is lost."),
    "account.reconnect": ("En attente de reconnexion : rien ne part, rien n’est perdu. Renouvelez les accès, puis :", "Waiting to be reconnected: nothing goes out, nothing is lost. Renew the credentials, then:"),
    "account.heard": ("Dernier événement", "Last event"),
    "account.never": ("rien encore", "nothing yet"),
    "account.probed": ("Accès vérifiés", "Credentials checked"),
    "account.expires": ("Accès valables jusqu’au", "Credentials end"),
    "account.polled": ("Dernière relève", "Last polled"),
    "problem.token": ("La plateforme n’accepte plus nos accès.", "The platform no longer takes our credentials."),
    "problem.token_ends": ("Les accès expirent bientôt et ne peuvent pas être renouvelés d’ici.", "The credentials end soon and can’t be renewed from here."),
    "problem.revoked": ("La plateforme dit que l’autorisation a été retirée.", "The platform says that the permission was withdrawn."),
    "problem.unsubscribed": ("La plateforme ne nous livre plus tout. Lancez : python -m bot doctor", "The platform no longer brings us everything. Run: python -m bot doctor"),
    "problem.gap": ("Des messages n’avaient pas été livrés ; ils ont été récupérés.", "Messages had not been delivered; they were fetched."),
    "problem.silent": ("Silence inhabituel, et la plateforme ne peut pas être interrogée.", "Unusual silence, and the platform can’t be asked."),
    "problem.poll": ("La plateforme ne répond pas quand on l’interroge.", "The platform does not answer when it is asked."),

    "priority.urgent": ("Urgent", "Urgent"),
    "priority.high": ("Haute", "High"),
    "priority.normal": ("Normale", "Normal"),
    "priority.low": ("Basse", "Low"),
    "someone": ("Quelqu’un", "Someone"),
    "public": ("Commentaire public", "Public comment"),
    "private": ("Message privé", "Private message"),

    "conv.why_person": ("Pourquoi une personne", "Why a person"),
    "conv.deadline": ("À traiter avant", "Answer by"),
    "conv.told": ("Le client sait qu’une personne va répondre.", "The customer knows that a person will answer."),
    "conv.not_told": ("Le client ne sait pas encore qu’une personne va répondre.", "The customer does not know yet that a person will answer."),
    "conv.nothing_waits": ("Rien n’attend ici", "Nothing waits here"),
    "conv.bot_has": ("L’assistant s’en occupe.", "The assistant has it."),
    "conv.you_have": ("Vous vous en occupez.", "You have it."),
    "conv.other_has": ("{name} s’en occupe.", "{name} has it."),
    "conv.app_has": ("Quelqu’un répond dans l’application de la plateforme.", "Someone is answering in the platform’s own app."),
    "conv.resolved": ("Résolue", "Resolved"),
    "conv.waiting": ("En attente", "Waiting"),
    "conv.open": ("Ouverte", "Open"),
    "conv.window": ("La plateforme accepte les réponses automatiques jusqu’à {time}", "The platform takes automatic replies until {time}"),
    "conv.window_closed": ("La fenêtre de réponse automatique est fermée depuis {time}.", "The window for automatic replies closed at {time}."),
    "conv.under": ("Sous la publication {post}", "Under the post {post}"),
    "conv.thread": ("Conversation", "Conversation"),
    "conv.desk": ("Votre réponse", "Your answer"),
    "conv.empty": ("Rien n’a encore été dit.", "Nothing has been said yet."),
    "conv.changed": ("La conversation a bougé depuis que vous l’avez sous les yeux.", "The conversation has moved since you opened it."),
    "conv.look": ("Prendre en compte (votre texte reste)", "Take it in (your text stays)"),

    "draft.title": ("Brouillon de réponse", "Draft reply"),
    "draft.by_bot": ("Proposé par l’assistant", "Suggested by the assistant"),
    "draft.by": ("Écrit par {name}", "Written by {name}"),
    "draft.private": ("partira en message privé", "will go as a private message"),
    "draft.public": ("sera publié sous le commentaire", "will be posted under the comment"),
    "draft.approve": ("Envoyer", "Send"),
    "draft.reject": ("Écarter", "Discard"),
    "draft.hint": ("Corrigez-le librement : c’est ce texte qui partira.", "Edit freely: this very text will go out."),
    "draft.stale": ("Ce texte n’est pas parti : {why}", "This text did not go: {why}"),
    "draft.stale_hint": ("Relisez-le à la lumière de la suite, puis renvoyez-le ou écartez-le.", "Read it again in the light of what followed, then send or discard it."),

    "reply.title": ("Répondre", "Reply"),
    "reply.instead": ("Répondre autrement", "Write something else"),
    "reply.text": ("Votre réponse", "Your reply"),
    "reply.private": ("En message privé à l’auteur", "As a private message to the author"),
    "reply.send": ("Envoyer", "Send"),
    "reply.public_hint": ("Visible par tous.", "Visible to everyone."),
    "own.title": ("Conduite de la conversation", "Handling"),
    "own.take": ("Prendre en charge", "Take over"),
    "own.take_hint": ("L’assistant se tait ici.", "The assistant goes quiet here."),
    "own.release": ("Rendre à l’assistant", "Hand back"),
    "own.resolve": ("Marquer comme résolue", "Mark as resolved"),
    "note.title": ("Note pour l’équipe", "Note for the team"),
    "note.text": ("Texte de la note", "Text of the note"),
    "note.add": ("Ajouter la note", "Add the note"),
    "note.by": ("Note de {name}", "Note by {name}"),

    "unknown.title": ("Est-ce bien arrivé ?", "Is it there?"),
    "unknown.lead": ("La plateforme n’a pas répondu clairement. Regardez la conversation dans son application.", "The platform gave no clear answer. Look at the conversation in its app."),
    "unknown.yes": ("Oui, c’est là", "Yes, it is there"),
    "unknown.no": ("Non, rien", "No, nothing"),

    "said.deleted": ("Message supprimé", "Message deleted"),
    "said.hidden": ("masqué au public", "hidden from the public"),
    "said.attachment": ("1 pièce jointe", "1 attachment"),
    "said.attachments": ("{n} pièces jointes", "{n} attachments"),
    "said.bot": ("Assistant", "Assistant"),
    "said.app": ("Dans l’application", "In the app"),
    "act.pending": ("partira à partir de {time}", "goes from {time} on"),
    "act.inflight": ("part en ce moment", "on its way"),
    "act.unknown": ("issue inconnue", "outcome unknown"),
    "act.failed": ("n’est pas parti", "did not go"),
    "act.cancelled": ("retiré avant l’envoi", "withdrawn before sending"),
    "act.hide_comment": ("Masquer le commentaire", "Hide the comment"),
    "act.unhide_comment": ("Montrer à nouveau le commentaire", "Show the comment again"),
    "act.delete_comment": ("Supprimer notre commentaire", "Delete our comment"),
    "act.like": ("Aimer", "Like"),

    "turn.reply": ("A répondu", "Replied"),
    "turn.shadow": ("Aurait répondu (mode ombre)", "Would have replied (shadow)"),
    "turn.draft": ("A préparé un brouillon", "Prepared a draft"),
    "turn.escalated": ("A appelé une personne", "Called a person"),
    "turn.silent": ("N’a rien dit", "Said nothing"),
    "turn.acted": ("A agi sans un mot", "Acted without a word"),
    "turn.waiting": ("Attend", "Is waiting"),
    "turn.intent": ("Compris comme", "Understood as"),
    "turn.no_intent": ("pas compris", "not understood"),
    "turn.unread": ("pas lu : le modèle était absent", "not read: the model was away"),
    "turn.also": ("aussi", "also"),
    "turn.toxic": ("{kind} envers {target}", "{kind} at {target}"),
    "turn.confidence": ("Confiance", "Confidence"),
    "turn.by": ("Décidé par", "Decided by"),
    "kind.reply": ("réponse", "reply"),
    "kind.escalate": ("une personne", "a person"),
    "kind.hide": ("masquer", "hide"),
    "kind.react": ("aimer", "like"),
    "kind.wait": ("attendre", "wait"),
    "kind.ignore": ("silence", "silence"),
    "kind.opt_out": ("désinscription", "opt-out"),
    "turn.reason": ("Raison", "Reason"),
    "turn.asked": ("Consultées avant", "Asked before"),
    "turn.guards": ("Retenu par", "Held back by"),
    "turn.guards_none": ("rien", "nothing"),
    "turn.earliest": ("Pas avant", "Not before"),
    "turn.latest": ("Au plus tard", "At the latest"),
    "turn.until": ("Jusqu’à", "Until"),
    "turn.versions": ("Versions", "Versions"),
    "turn.model": ("modèle {model}", "model {model}"),
    "turn.brand": ("marque {rev}", "brand {rev}"),

    "did.approve": ("C’est entendu, la réponse part.", "Done, the reply is going out."),
    "did.reject": ("Brouillon écarté.", "Draft discarded."),
    "did.reply": ("C’est entendu, votre réponse part.", "Done, your reply is going out."),
    "did.take_over": ("Vous vous en occupez. L’assistant se tait ici.", "It is yours. The assistant is quiet here."),
    "did.release": ("Rendue à l’assistant.", "Handed back to the assistant."),
    "did.resolve": ("Marquée comme résolue.", "Marked as resolved."),
    "did.note": ("Note ajoutée.", "Note added."),
    "did.confirm": ("Merci, c’est noté.", "Thank you, noted."),
    "did.pending": ("Enregistré. Le traitement prend un peu plus de temps ; cette page suivra.", "Recorded. Handling takes a little longer; this page will follow."),

    "refused.title": ("Cela n’a pas été fait", "That was not done"),
    "refused.kept": ("Votre texte est resté dans le formulaire.", "Your text is still in the form."),
    "refused.meanwhile": ("Pendant ce temps", "Meanwhile"),
    "refused.already_taken": ("Une autre personne s’en occupe déjà.", "Somebody else already has it."),
    "refused.draft_changed": ("Le brouillon n’est plus celui que vous aviez sous les yeux.", "The draft is no longer the one you had before you."),
    "refused.customer_wrote": ("Le client a écrit entre-temps.", "The customer wrote meanwhile."),
    "refused.outside_window": ("La plateforme n’accepte plus de message ici : sa fenêtre de réponse est fermée.", "The platform takes no more messages here: its reply window is closed."),
    "refused.too_long": ("Le texte est plus long que ce que la plateforme accepte.", "The text is longer than the platform takes."),
    "refused.empty": ("Il n’y a pas de texte à envoyer.", "There is no text to send."),
    "refused.colleague_acted": ("Un collègue est intervenu entre-temps.", "A colleague acted meanwhile."),
    "refused.no_private_reply": ("La plateforme n’accepte pas (ou plus) de réponse privée à ce commentaire.", "The platform takes no private reply to this comment (any more)."),
    "refused.already_settled": ("On sait déjà ce qu’il en est.", "What became of it is known by now."),
    "refused.other": ("La conversation a changé entre-temps.", "The conversation changed meanwhile."),

    "stale.customer_wrote": ("le client a écrit entre-temps", "the customer wrote meanwhile"),
    "stale.customer_edited": ("le client a modifié son message", "the customer edited their message"),
    "stale.customer_deleted": ("le client a supprimé son message", "the customer deleted their message"),
    "stale.colleague_answered": ("un collègue a répondu avant", "a colleague answered first"),
    "stale.answered_elsewhere": ("quelqu’un a répondu dans l’application", "someone answered in the app"),
    "stale.taken_over": ("un collègue a pris la conversation", "a colleague took the conversation over"),
    "stale.let_go": ("la conversation a été rendue ou résolue", "the conversation was handed back or resolved"),
    "stale.opted_out": ("la personne ne veut plus recevoir de messages", "the person asked not to be written to"),
    "stale.thread_control": ("une autre application a pris la conversation", "another app took the conversation"),
    "stale.other": ("la plateforme ne l’a pas accepté", "the platform did not take it"),

    "error.title": ("Un instant", "One moment"),
    "error.store": ("La mémoire d’Aplomb ne répond pas. Rien n’est perdu ; réessayez dans un instant.", "Aplomb’s memory does not answer. Nothing is lost; try again in a moment."),
    "error.forbidden": ("Cette demande ne venait pas de cette page. Rechargez-la et recommencez.", "That request did not come from this page. Reload it and try again."),
    "error.not_found": ("Il n’y a rien à cette adresse.", "There is nothing at this address."),
}
# fmt: on

_BEFORE = {"?": "\u202f?", "!": "\u202f!", ";": "\u202f;", ":": "\u00a0:", "»": "\u00a0»"}


def typeset(french: str) -> str:
    """With the spaces that must not break."""
    for mark, spaced in _BEFORE.items():
        french = french.replace(f" {mark}", spaced)
    return french.replace("« ", "«\u00a0")


def teller(table: dict[str, tuple[str, str]], lang: Lang) -> Say:
    """Says a key of the table in that language. Raises `KeyError` for a key that isn't there."""

    def say(key: str, **values: object) -> str:
        french, english = table[key]
        text = typeset(french) if lang == "fr" else english
        return text.format(**values) if values else text

    return say


def coded(kind: str, code: str, say: Say) -> str:
    """The sentence for a code of `refused` or `stale`, or the one for all others."""
    return say(f"{kind}.{code}" if f"{kind}.{code}" in WORDS else f"{kind}.other")


def preferred(accept_language: str, chosen: str | None = None) -> Lang:
    """The language chosen, else the first of the browser's that there is; English for everybody else."""
    for lang in LANGS:
        if chosen == lang:
            return lang
    for tag in _by_quality(accept_language):
        for lang in LANGS:
            if tag.partition("-")[0] == lang:
                return lang
    return "en"


def _by_quality(accept_language: str) -> Iterable[str]:
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")):
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        weighted.append((-quality, place, tag.strip().lower()))
    return [tag for quality, _, tag in sorted(weighted) if quality < 0]
