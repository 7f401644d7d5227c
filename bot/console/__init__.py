"""The agents' console: server-rendered pages, live by server-sent events, working without a script."""
