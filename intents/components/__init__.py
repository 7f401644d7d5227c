"""Rasa graph components of ours, named in config.yml as `intents.components.<module>.<Class>`."""
