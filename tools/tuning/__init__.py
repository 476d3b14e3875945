"""What `cinta tune` is made of. docs/tuning.md says what it does, and what it asks of programs."""


class TuningError(Exception):
    """One line for the user: a request that cannot be met."""
