"""The platforms' side of a rehearsal: simulated APIs, people who write, deliveries, and faults on demand.

    world        what the platforms remember            exchange     the values between the parts, and `Platform`
    facebook*    the Graph API, and people on Facebook  telegram*    the Bot API, and people on Telegram
    api          the door of the APIs, with faults      delivery     queues, retries, expiry
    control      the side door for page and tests       stream       changes as server-sent events
    server       all of it in one process               rehearsal    a client and a recording webhook, for tests

A platform more is one more `Platform`, named in `server.create_app`.
"""
