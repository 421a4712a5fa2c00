"""A step of a transition table: what each app's ``states.py`` is made of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """An act: the states from which it is possible, the state it leads to, and the verb it needs."""

    action: str
    sources: frozenset[str]
    target: str
    verb: str


def find_step(steps: Sequence[Step], action: str) -> Step:
    """The step of an action; an unknown action is an error of the program.

    Raises:
        KeyError: no such action.
    """
    for step in steps:
        if step.action == action:
            return step
    raise KeyError(action)
