"""How complex a field's wildcards are: how many beginnings of them one value can match at the same time. Pure."""

from typing import Any

from sandbox.events.operators import wildcard_parts

MOST_ACTIVE = 10
"""EventBridge does not document its limit; ten is what others saw it refuse above."""

State = tuple[int, int]
"""A wildcard, by its number, and how many of its parts are matched."""


def complexity(conditions: list[Any]) -> int:
    """The most beginnings of wildcards that a value can match at once; the count ends just above the limit."""
    wildcards = [wildcard_parts(text) for text in _texts(conditions)]
    characters = {part for parts in wildcards for part in parts if part != "*"} | {""}
    start = _opened(wildcards, {(number, 0) for number in range(len(wildcards))})
    most, seen, waiting = 0, {start}, [start]
    while waiting and most <= MOST_ACTIVE:
        active = waiting.pop()
        most = max(most, sum(_is_open(wildcards, state) for state in active))
        for character in characters:
            following = _opened(wildcards, _step(wildcards, active, character))
            if following and following not in seen:
                seen.add(following)
                waiting.append(following)
    return most


def _texts(conditions: list[Any]) -> list[str]:
    """The wildcards among a field's conditions, those under anything-but too."""
    found: list[str] = []
    for condition in conditions:
        if isinstance(condition, dict):
            inner = condition.get("anything-but")
            texts = inner.get("wildcard", []) if isinstance(inner, dict) else condition.get("wildcard", [])
            found += texts if isinstance(texts, list) else [texts]
    return found


def _step(wildcards: list[list[str]], active: frozenset[State], character: str) -> set[State]:
    stay = {(number, done) for number, done in active if done and wildcards[number][done - 1] == "*"}
    return stay | {(number, done + 1) for number, done in active if wildcards[number][done : done + 1] == [character]}


def _opened(wildcards: list[list[str]], states: set[State]) -> frozenset[State]:
    """The states, and those beyond a star that nothing need be matched for."""
    return frozenset(states | {(number, done + 1) for number, done in states if wildcards[number][done : done + 1] == ["*"]})


def _is_open(wildcards: list[list[str]], state: State) -> bool:
    """Whether a star is behind it: before the first one there is only one way to match."""
    number, done = state
    return "*" in wildcards[number][:done]
