"""Aplomb's understanding of text: a Rasa NLU project with an environment of its own.

Nothing outside this folder imports it; the bot speaks to `intents.server` over HTTP on loopback.
"""
