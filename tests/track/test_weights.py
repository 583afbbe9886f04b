"""What counts teach: Bayes' rule where it is known in closed form, and what must never move."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.ask.answers import Question, compare
from sim.forecast import Forecast, Track
from sim.place.case import load_case
from sim.place.facts import from_json
from sim.place.records import Observation
from sim.place.targets import judge
from sim.track.months import followed
from sim.track.weights import LEAST, Said, lessons, speaker, weigh
from sim.track.why import State, why

LUCK = {"seed": 5, "replicates": 60}
MONTHS = (date(2022, 1, 31), date(2022, 2, 28), date(2022, 3, 31))
COST = {"low": 900, "central": 1100, "high": 1500, "source": "Tender"}


def count(indicator, day, value, unit="%"):
    said = {"area": "26", "source": "Own count", "confidence": "high", "published": day}
    return {**said, "indicator": indicator, "date": day, "value": value, "unit": unit}


HOMES = [count("homes_passed", "2022-02-28", 90), count("homes_passed", "2022-03-31", 90.4)]
VILLAGES = [count("uncovered_villages", "2022-02-28", 4, "villages")]


def known(day, rows=(), folder=VINH_PHUC, **more):
    entries = {"vintage": day, "observations": list(rows), **more}
    case = load_case(folder, facts=from_json(entries, folder / "own.toml"))
    return State(case=case, targets=case.target_sets[case.default_targets], plan=case.baseline)


def chances(month):
    return [each.chance for each in month.answer.judgement.verdicts]


def told(level, ranks, name="homes_passed", case=None):
    """Return a vintage that said one level of every month."""
    draws = np.repeat(level[:, None, None], len(MONTHS), axis=2)
    track = Track(draws=draws, weights=np.ones(1), observed=np.ones(1, dtype=bool))
    case = case or load_case(VINH_PHUC)
    nothing = {"money": {}, "spent": {}, "private": {}, "waiting": {}, "held": {}}
    said = Forecast(tracks={name: track}, months=MONTHS, areas=("26",), **nothing)
    return Said(case=case, forecast=said, ranks=ranks)


@pytest.fixture(scope="module")
def counted():
    first = known("2022-01-15")
    return [first, known("2022-02-28", HOMES[:1]), known("2022-03-31", HOMES)]


def test_weights_are_bayes_rule_where_it_is_known():
    """A level that is linear in a normal assumption, with normal luck and error."""
    rng, many = np.random.default_rng(4), 40_000
    effect, luck = rng.standard_normal((2, many))
    case = known("2022-02-28", HOMES[:1]).case
    error = case.assumptions["noise_high"].central
    said = told(0.88 + 0.02 * effect + 0.01 * luck, {"pace": effect, "other": luck[::-1]})
    (taught,) = lessons([said], case)
    assert taught.names == ("pace",)
    weights = weigh([taught], said.ranks, many)
    precision = 1 + 0.02**2 / (0.01**2 + error**2)
    mean = 0.02 * (0.90 - 0.88) / (0.01**2 + error**2) / precision
    within = 5 / np.sqrt(weights.effective)
    assert weights.shares @ effect == pytest.approx(mean, abs=within)
    spread = np.sqrt(weights.shares @ (effect - mean) ** 2)
    assert spread == pytest.approx(precision**-0.5, abs=within)
    assert abs(weights.shares @ luck) < within  # luck is not learned


def test_luck_alone_teaches_nothing():
    rng = np.random.default_rng(4)
    level, rank = rng.standard_normal((2, 500))
    case = known("2022-02-28", HOMES[:1]).case
    taught = lessons([told(0.9 + 0.01 * level, {"pace": rank})], case)
    assert taught == []
    assert weigh(taught, {"pace": rank}, 500).shares is None


def test_weights_are_tempered_to_a_tenth_and_no_further():
    rng = np.random.default_rng(4)
    rank = rng.standard_normal(500)
    case = known("2022-02-28", HOMES[:1]).case
    said = told(0.5 + 0.02 * rank, {"pace": rank})  # 90 % came
    taught = lessons([said], case)
    hard = weigh(taught, said.ranks, 500)
    soft = weigh(taught, said.ranks, 500, least=LEAST * 500)
    assert hard.effective < 50
    assert hard.power == 1
    assert soft.effective == pytest.approx(50, rel=1e-3)
    assert 0 < soft.power < 1


def test_a_weighted_judgement_is_that_of_draws_repeated():
    asked = Question(case=load_case(VINH_PHUC), targets=known("2022-01-15").targets, **LUCK)
    forecast = asked.forecast(asked.case.baseline)
    times = np.arange(60) % 3
    index = np.repeat(np.arange(60), times)
    more = {
        name: Track(draws=each.draws[index], weights=each.weights, observed=each.observed)
        for name, each in forecast.tracks.items()
    }
    weighted = judge(replace(forecast, weights=times / times.sum()), asked.targets.targets)
    repeated = judge(replace(forecast, tracks=more), asked.targets.targets)
    assert weighted.chance_all == pytest.approx(repeated.chance_all)
    for one, other in zip(weighted.verdicts, repeated.verdicts, strict=True):
        assert one.chance == pytest.approx(other.chance)
        assert one.chance_change == pytest.approx(other.chance_change)
        assert one.month_passed_p50 == other.month_passed_p50
        assert one.bounds[1] - one.bounds[0] >= other.bounds[1] - other.bounds[0]
    alike = judge(replace(forecast, weights=np.full(60, 1 / 60)), asked.targets.targets)
    plain = judge(forecast, asked.targets.targets)
    for one, other in zip(alike.verdicts, plain.verdicts, strict=True):
        assert one.chance == pytest.approx(other.chance)
        assert one.bounds == pytest.approx(other.bounds)


def test_without_counts_nothing_moves():
    """National series are the trend's, and a vintage is what it is when run by itself."""
    days = ("2022-01-15", "2022-03-31")
    first, second = followed([known(day, folder=VIET_NAM) for day in days], **LUCK)
    assert any(each.indicator == "smartphone_adults" for each in second.came)
    for month in (first, second):
        assert month.weights.shares is None
        asked = Question(
            case=month.case, targets=month.case.target_sets[month.case.default_targets], **LUCK
        )
        (alone,) = compare(asked, [month.case.baseline])
        assert alone.judgement == month.answer.judgement


def test_counts_weigh_each_once_and_in_any_order(counted):
    months = followed(counted, **LUCK)
    assert [len(month.learned) for month in months] == [0, *(len(m.learned) for m in months[1:])]
    rows = [row for month in months[1:] for row in month.learned]
    assert all(row.indicator == "homes_passed" for row in rows)
    assert len({row.date for row in months[2].learned}) == len(months[2].learned)
    turned = [*counted[:2], known("2022-03-31", HOMES[::-1])]
    assert [chances(month) for month in followed(turned, **LUCK)] == [*map(chances, months)]
    again = [*counted, known("2022-04-30", HOMES)]  # nothing new: learned as before
    assert followed(again, **LUCK)[3].learned == months[2].learned


def test_a_figure_is_held_against_the_vintage_that_spoke_from_nearest():
    first, second = (
        replace(told(np.full(5, 0.9), {}), case=known(day).case)
        for day in ("2022-01-15", "2022-01-31")
    )
    rows = [Observation.model_validate(each, strict=False) for each in (*HOMES, *VILLAGES)]
    assert {speaker([first, second], row) for row in rows} == {0}  # both knew the same counts
    newer = replace(
        second, case=known("2022-01-31", [count("homes_passed", "2022-01-31", 89)]).case
    )
    assert [speaker([first, newer], row) for row in rows] == [1, 1, 0]
    knew = replace(first, case=known("2022-02-28", HOMES[:1]).case)
    assert speaker([knew], rows[0]) is None


def test_a_count_that_no_draw_can_show_is_a_conflict():
    odd = [count("homes_passed", "2022-02-28", 90), count("homes_passed", "2022-03-31", 99.9)]
    states = [known("2022-01-15"), known("2022-02-28", odd[:1]), known("2022-03-31", odd)]
    *_, last = followed(states, seed=5, replicates=150)
    if last.conflict is None:  # no assumption tells within a month: then it is a surprise
        assert any(each.surprise and each.figure.value == 99.9 for each in last.came)
        return
    assert last.conflict.figure.value == 99.9
    assert last.weights.effective == pytest.approx(LEAST * 150, rel=1e-2)
    assert len(last.conflict.without) == len(chances(last))


def test_parts_add_up_with_counts_and_what_a_cost_does_not_touch_is_nought():
    new = known("2022-06-30", [*HOMES, *VILLAGES], assumptions={"village_site_cost": COST})
    found = why(known("2022-01-15"), new, **LUCK)
    for place, before in enumerate(found.before):
        moved = sum(part.moved[place] for part in found.parts)
        assert before + moved == pytest.approx(found.now[place], abs=1e-12)
    fibre = [each.indicator for each in found.targets].index("fibre_households")
    assert found.parts[-1].name == "village_site_cost"
    assert found.parts[-1].moved[fibre] == 0


def test_what_was_followed_with_counts_is_told_and_verified(ketnoi, tmp_path):
    facts = tmp_path / "june.toml"
    rows = "\n".join(
        "[[observations]]\n" + "\n".join(f"{key} = {value!r}" for key, value in row.items())
        for row in [count("uncovered_villages", "2022-06-30", 5, "villages")]
    )
    facts.write_text(f"vintage = 2022-06-30\n{rows}\n", encoding="utf-8")
    out, few = tmp_path / "out", ["--replicates", "150", "--lang", "en"]
    done = ketnoi("track", VINH_PHUC, "2022-01-15", facts, *few, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Counts of what was built: 1; of 150 draws," in done.stdout
    assert list(out.glob("towards-*.svg"))
    checked = ketnoi("verify", out, "--lang", "en")
    assert checked.returncode == 0, checked.stdout
