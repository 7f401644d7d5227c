"""Aplomb answers a brand's customers on social networks, or has a person answer where a machine should not."""
