"""The values everything is said in: frozen, without a clock, a client or a callback inside."""
