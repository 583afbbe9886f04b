"""The runs behind one answer: all draws, the first few of them, and fresh ones for the proof."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np

from sim.ask.answers import Question
from sim.place.targets import wilson
from sim.seek.margins import Trials, Turn
from sim.seek.reply import Kind, Levers, Proof, Reply
from sim.seek.wish import Wish

FIRST = 250  # draws of the first search
PROOF_WORLDS, PROOF_DRAWS = 4, 1000  # of other seeds: 4,000 fresh draws


@dataclass(kw_only=True, eq=False)
class Seeker:
    """The runs behind one answer: all draws, the first few, and fresh ones for the proof."""

    wish: Wish
    done: Callable[[], object]
    turn: Turn = nullcontext

    def __post_init__(self) -> None:
        """Begin without a run."""
        question = self.wish.question
        self.all = self.trials(question)
        few = min(FIRST, question.replicates)
        self.few = (
            self.all
            if few == question.replicates
            else self.trials(replace(question, replicates=few))
        )
        self.fresh: list[Trials] = []
        self.held = 0.0  # runs with an assumption at one of its ends
        self.aside: list[Seeker] = []  # of other deadlines

    def trials(self, question: Question) -> Trials:
        """Return runs under the luck of a question, each in its turn."""
        return Trials(question=question, turn=self.turn)

    @property
    def runs(self) -> float:
        """How many runs of a thousand draws were made so far."""
        every = {id(each): each for each in (self.all, self.few, *self.fresh)}
        own = sum(each.worth for each in every.values())
        return float(own + self.held + sum(other.runs for other in self.aside))

    def proof(self, levers: Levers) -> Proof:
        """Return the chance of a plan on fresh draws."""
        question = self.wish.question
        if not self.fresh:
            draws = min(PROOF_DRAWS, 4 * question.replicates)
            self.fresh = [
                self.trials(replace(question, seed=question.seed + 1 + i, replicates=draws))
                for i in range(PROOF_WORLDS)
            ]
        hits = np.concatenate([each.of(levers).margins >= 0 for each in self.fresh])
        self.done()
        chance = float(hits.mean())
        return Proof(chance=chance, bounds=wilson(chance, len(hits)), draws=len(hits))

    def proves(self, levers: Levers, short: float) -> bool:
        """Return whether a plan's chance on fresh draws falls no further short than that."""
        return self.proof(levers).chance >= self.wish.chance - short

    def reply(self, kind: Kind, levers: Levers) -> Reply:
        """Return an answer with no more in it than its plan."""
        trial, standing = self.all.of(levers), self.all.of(self.wish.plan.levers)
        return Reply(
            wish=self.wish,
            kind=kind,
            levers=levers,
            chance=trial.chance,
            standing=standing.chance,
            money=trial.money,
            spent=standing.money,
        )
