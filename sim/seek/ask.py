"""The answer to a question asked backwards: what is needed, or that it cannot be had by then."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import numpy as np

from sim.numbers import ten_digits
from sim.place.levers import Setting
from sim.place.targets import WIDE
from sim.seek.further import curve, others, swings, without, worth
from sim.seek.late import first_month, late
from sim.seek.margins import Trials, Turn, reached
from sim.seek.reply import SHORT, Levers, Proof, Reply
from sim.seek.search import NARROW, Aim, Field, Fractions, along, best, polished
from sim.seek.seeker import Seeker
from sim.seek.wish import Wish

CORRECTIONS = 3  # of what the common draws must show
NEAR = SHORT / 2  # between a chance asked and proved: nearer is not searched
SHIFTS = (3, 1)  # months by which a budget may begin later than as early as can be


def ask(wish: Wish, done: Callable[[], object] = lambda: None, turn: Turn = nullcontext) -> Reply:
    """Return the answer to a wish.

    Sample-average approximation (Kleywegt, Shapiro, Homem-de-Mello 2002): the plan is searched
    on draws common to all plans and proved on others.

    Args:
        wish: what is asked.
        done: called after each part of the answer, to show progress.
        turn: within which each run is made; what it raises ends the search.
    """
    seeker = Seeker(wish=wish, done=done, turn=turn)
    standing = seeker.all.of(wish.plan.levers)
    done()
    met = wish.sought != "chance" and reached(standing.margins, wish.chance) >= 0
    if met and seeker.proves(wish.plan.levers, SHORT):
        found = _met(seeker)
    elif wish.sought == "month":
        found = _earliest(seeker)
    else:
        found = _found(seeker)
    gains = tuple(worth(seeker))
    done()
    return replace(found, worth=gains, runs=ten_digits(seeker.runs))


def _met(seeker: Seeker) -> Reply:
    """Answer that nothing is needed, and what could be saved."""
    wish = seeker.wish
    saved: list[str] = []
    levers = dict(wish.plan.levers)
    for name in wish.priced:
        low = wish.question.case.levers[name].low
        less = {**levers, name: low}
        enough = reached(seeker.all.of(less).margins, wish.chance) >= 0
        if levers[name] != low and enough:
            levers, saved = less, [*saved, name]
    found = seeker.reply("met", wish.plan.levers)
    return replace(found, saved=tuple(saved), proof=seeker.proof(wish.plan.levers))


def _settled(seeker: Seeker, trials: Trials, levers: Levers) -> dict[str, Setting]:
    """Return the free levers without a price as far as they help, budgets as given.

    Those that are monotone go to their aim; every month and every choice of others is tried.
    """
    wish, found = seeker.wish, dict(levers)
    known = wish.question.case.levers
    for name in wish.free:
        if name not in wish.priced and known[name].kind not in ("month", "choice"):
            found[name] = wish.aim(name)
    for name in wish.free:
        if known[name].kind in ("month", "choice"):
            tried = [{**found, name: value} for value in _values(wish, name)]
            found = max(tried, key=lambda each: trials.of(each).score)
    return found


def _values(wish: Wish, name: str) -> list[Setting]:
    """Return all values of a month or a choice, the one that stands first."""
    lever, standing = wish.question.case.levers[name], wish.plan.levers[name]
    values: list[Setting] = list(lever.choices)
    if lever.kind == "month":
        months = wish.question.brief.months
        values = [0, *range(1, int(min(lever.high, months)) + 1)]
    return [standing, *(value for value in values if value != standing)]


def _at_aim(seeker: Seeker, trials: Trials) -> dict[str, Setting]:
    wish = seeker.wish
    furthest = {**wish.plan.levers, **{name: wish.aim(name) for name in wish.priced}}
    return _settled(seeker, trials, furthest)


def _found(seeker: Seeker) -> Reply:
    """Answer with a plan for the chance or the sum; or that it cannot be had."""
    wish = seeker.wish
    top = _at_aim(seeker, seeker.few)
    if wish.sought == "chance":
        return _for_sum(seeker, _field(seeker, top))
    if reached(seeker.all.of(top).margins, wish.chance) < 0:
        return late(seeker, top)
    field = _field(seeker, top)
    at = _searched(seeker, field, Aim(wish.chance))
    field = _later(seeker, field, at)
    seeker.done()
    at, aim, proof = _proved(seeker, field, at)
    levers = _plain(seeker, field.levers(at))
    if levers == dict(wish.plan.levers):  # surer on fresh draws than on the common ones
        return _met(seeker)
    found = replace(
        seeker.reply("found", levers),
        proof=proof,
        lowest=_lowest(seeker, field, at),
        free_moves=_free_moves(seeker, levers),
        curve=curve(field.on(seeker.all), at),
        swings=tuple(swings(seeker, field, at)),
        without=tuple(without(seeker, field, aim, at)),
    )
    seeker.done()
    if wish.cap is not None and found.money > wish.cap:
        most = _for_sum(seeker, field)
        return replace(
            found,
            kind="dear",
            levers=most.levers,
            chance=most.chance,
            money=most.money,
            needed=found.money,
            proof=most.proof,
            free_moves=most.free_moves,
        )
    return replace(found, plans=tuple(others(seeker, field, at)))


def _later(seeker: Seeker, field: Field, at: Fractions) -> Field:
    """Return the field with free budgets beginning later where that is enough and cheaper."""
    wish, aim = seeker.wish, Aim(seeker.wish.chance)
    known = wish.question.case.levers
    for name in wish.free:
        if known[name].kind == "start":
            early, standing = int(field.rest[name]), int(wish.plan.levers[name])
            for month in sorted({early + each for each in SHIFTS if early + each <= standing}):
                other = replace(field, rest={**field.rest, name: month})
                mine, theirs = (each.on(seeker.all).trial(at) for each in (field, other))
                if aim.fits(theirs) and theirs.money < mine.money:
                    field = other
    return field


def _for_sum(seeker: Seeker, field: Field) -> Reply:
    """Answer with the plan that has the most chance for the sum."""
    at = _searched(seeker, field, Aim(seeker.wish.chance, seeker.wish.cap))
    levers = _plain(seeker, field.levers(at))
    seeker.done()
    return replace(
        seeker.reply("found", levers),
        proof=seeker.proof(levers),
        free_moves=_free_moves(seeker, levers),
        curve=curve(field.on(seeker.all), at),
    )


def _earliest(seeker: Seeker) -> Reply:
    """Answer with the first month that any plan, or one for the sum, reaches the chance in."""
    wish = seeker.wish
    top = _at_aim(seeker, seeker.few)
    far = seeker.all.far(top)
    month = first_month(wish, far)
    if month is None:
        return late(seeker, top)
    if wish.cap is not None and seeker.all.of(top).money > wish.cap:
        return _earliest_for(seeker, top, month, far.months[-1])
    return replace(seeker.reply("found", top), month=month, proof=seeker.proof(top))


def _earliest_for(seeker: Seeker, top: Levers, first: date, last: date) -> Reply:
    """Answer with the first month that a plan for no more than the cap reaches the chance in.

    Months are halved, on the first draws: what the sum can buy grows from month to month.
    """
    wish, question = seeker.wish, seeker.few.question
    months = [day for day in question.case.months if first <= day <= last]
    low, high, kept = 0, len(months), {}
    while low < high:
        middle = (low + high) // 2
        due = tuple(replace(t, deadline=months[middle]) for t in question.targets.targets)
        asked = question.about(replace(question.targets, targets=due))
        own = replace(wish, question=asked, sought="chance")
        other = Seeker(wish=own, done=seeker.done, turn=seeker.turn)
        seeker.aside.append(other)
        kept[middle] = _for_sum(other, _field(other, _at_aim(other, other.few)))
        low, high = (low, middle) if kept[middle].chance >= wish.chance else (middle + 1, high)
    if low == len(months):
        return late(seeker, top)
    return replace(kept[low], wish=wish, month=months[low])


def _field(seeker: Seeker, top: Levers) -> Field:
    """Return where to search: budgets that do nothing even beside all others stay."""
    wish = seeker.wish
    names = []
    whole = seeker.few.of(top)
    for name in wish.priced:
        less = seeker.few.of({**top, name: wish.plan.levers[name]})
        if not np.array_equal(less.margins, whole.margins):
            names.append(name)
    rest = {name: top[name] for name in wish.free if name not in wish.priced}
    return Field(trials=seeker.few, wish=wish, rest=rest, names=tuple(names))


def _searched(seeker: Seeker, field: Field, aim: Aim) -> Fractions:
    """Return the best point on all draws, begun on the first few."""
    everything = (1.0,) * len(field.names)
    start = best(field, aim) or everything
    whole = field.on(seeker.all)
    return whole_draws(whole, aim, start) if seeker.all is not seeker.few else start


def whole_draws(field: Field, aim: Aim, start: Fractions) -> Fractions:
    """Return a point that fits on these draws, from one found on others."""
    everything, nothing = (1.0,) * len(start), (0.0,) * len(start)
    fits = aim.fits(field.trial(start))
    if aim.cap is not None:
        ends = [(everything, start) if fits else (start, nothing)]
    elif fits:
        ends = [(nothing, start)]
    else:
        alone = [(*start[:i], 1.0, *start[i + 1 :]) for i in range(len(start))]
        ends = [(start, end) for end in (everything, *alone)]
    found = [at for pair in ends if (at := along(field, aim, *pair)) is not None]
    at = min(found, key=lambda each: aim.key(field.trial(each)), default=everything)
    return polished(field, aim, at, NARROW)


def _proved(seeker: Seeker, field: Field, at: Fractions) -> tuple[Fractions, Aim, Proof]:
    """Return the point whose chance on fresh draws is nearest to what is asked.

    What the common draws must show is tightened where fresh ones fall short, and loosened where
    they are surer than asked, which would be money spent on luck.
    """
    wish, needed = seeker.wish, seeker.wish.chance
    most = field.on(seeker.all).trial((1.0,) * len(at))
    tried = [(at, Aim(needed), seeker.proof(field.levers(at)))]
    for _ in range(CORRECTIONS):
        short = wish.chance - tried[-1][2].chance
        needed = min(max(needed + short, 1 / wish.question.replicates), 1.0)
        if abs(short) <= NEAR or not Aim(needed).fits(most):
            break
        at = _searched(seeker, field, Aim(needed))
        tried.append((at, Aim(needed), seeker.proof(field.levers(at))))
    return min(tried, key=lambda each: abs(wish.chance - each[2].chance))


def _lowest(seeker: Seeker, field: Field, at: Fractions) -> float:
    """Return a lower bound of the money: that of the chance less two errors of the draws' luck."""
    chance, draws = seeker.wish.chance, seeker.wish.question.replicates
    error = (chance * (1 - chance) / draws) ** 0.5
    aim, whole = Aim(max(chance - WIDE * error, 1 / draws)), field.on(seeker.all)
    return whole.trial(whole_draws(whole, aim, at)).money


def _plain(seeker: Seeker, levers: Levers) -> Levers:
    """Return a plan in which free levers without a price move only where they are of use."""
    wish, found = seeker.wish, dict(levers)
    for name in wish.free:
        if name not in wish.priced and found[name] != wish.plan.levers[name]:
            back = {**found, name: wish.plan.levers[name]}
            mine, theirs = seeker.all.of(found), seeker.all.of(back)
            if np.array_equal(mine.margins, theirs.margins) and theirs.money <= mine.money:
                found = back
    return found


def _free_moves(seeker: Seeker, levers: Levers) -> dict[str, float]:
    """Return what each free lever without a price does for the chance in the plan found."""
    wish, chance = seeker.wish, seeker.all.of(levers).chance
    return {
        name: ten_digits(chance - seeker.all.of({**levers, name: wish.plan.levers[name]}).chance)
        for name in wish.free
        if name not in wish.priced and levers[name] != wish.plan.levers[name]
    }
