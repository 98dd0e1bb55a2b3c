"""An action's turn with a worker."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """`patience`: how many seconds the action may wait for its call; `receives`: how often its message was received, this time among them."""

    patience: float
    receives: int
