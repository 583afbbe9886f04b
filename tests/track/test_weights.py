"""What counts teach: Bayes' rule where it is known in closed form, and what must never move."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from cases import VIET_NAM, VINH_PHUC

from benchmarks.twins import follow, judged
from sim.ask.answers import Question, compare, nation_alone
from sim.forecast import Forecast, Track
from sim.place.case import load_case
from sim.place.facts import from_json
from sim.place.records import Observation
from sim.place.targets import judge
from sim.track.months import Runs, followed
from sim.track.weights import LEAST, Said, heard, lessons, weigh
from sim.track.why import State, why

LUCK = {"seed": 5, "replicates": 60}
MONTHS = (date(2022, 1, 31), date(2022, 2, 28), date(2022, 3, 31))
COST = {"low": 900, "central": 1100, "high": 1500, "source": "Tender"}


def count(indicator, day, value, unit="%"):
    said = {"area": "26", "source": "Own count", "confidence": "high", "published": day}
    return {**said, "indicator": indicator, "date": day, "value": value, "unit": unit}


LISTS = [
    count("uncovered_villages", "2022-02-28", 4, "villages"),
    count("uncovered_villages", "2022-03-31", 3, "villages"),
]
HOMES = [count("homes_passed", "2022-02-28", 90)]
JUNE = [  # months enough that assumptions tell
    count("uncovered_villages", "2022-04-30", 4, "villages"),
    count("uncovered_villages", "2022-06-30", 2, "villages"),
]
LEVEL = 1 - 4 / 1263


def known(day, rows=(), folder=VINH_PHUC, **more):
    entries = {"vintage": day, "observations": list(rows), **more}
    case = load_case(folder, facts=from_json(entries, folder / "own.toml"))
    return State(case=case, targets=case.target_sets[case.default_targets], plan=case.baseline)


def chances(month):
    return [each.chance for each in month.answer.judgement.verdicts]


def told(level, ranks, name="covered_villages", case=None, **levers):
    """Return a vintage that said one level of every month."""
    draws = np.repeat(level[:, None, None], len(MONTHS), axis=2)
    track = Track(draws=draws, weights=np.ones(1), observed=np.ones(1, dtype=bool))
    case = case or load_case(VINH_PHUC)
    nothing = {"money": {}, "spent": {}, "private": {}, "waiting": {}, "held": {}}
    said = Forecast(tracks={name: track}, months=MONTHS, areas=("26",), **nothing)
    return Said(case=case, levers=levers, forecast=said, ranks=ranks)


@pytest.fixture(scope="module")
def counted():
    first = known("2022-01-15")
    return [first, known("2022-04-30", JUNE[:1]), known("2022-06-30", JUNE)]


def test_weights_are_bayes_rule_where_it_is_known():
    """A level that is linear in a normal assumption, with normal luck and error."""
    rng, many = np.random.default_rng(4), 40_000
    effect, luck = rng.standard_normal((2, many))
    case = known("2022-02-28", LISTS[:1]).case
    error = 0.29 / 1263  # of a whole number
    said = told(0.994 + 0.002 * effect + 0.001 * luck, {"pace": effect, "other": luck[::-1]})
    (taught,) = lessons([said], case)
    assert taught.names == ("pace",)
    weights = weigh([taught], said.ranks, many)
    precision = 1 + 0.002**2 / (0.001**2 + error**2)
    mean = 0.002 * (LEVEL - 0.994) / (0.001**2 + error**2) / precision
    within = 5 / np.sqrt(weights.effective)
    assert weights.shares @ effect == pytest.approx(mean, abs=within)
    spread = np.sqrt(weights.shares @ (effect - mean) ** 2)
    assert spread == pytest.approx(precision**-0.5, abs=within)
    assert abs(weights.shares @ luck) < within  # luck is not learned


def test_luck_alone_teaches_nothing():
    rng = np.random.default_rng(4)
    level, rank = rng.standard_normal((2, 500))
    case = known("2022-02-28", LISTS[:1]).case
    taught = lessons([told(0.9 + 0.01 * level, {"pace": rank})], case)
    assert taught == []
    assert weigh(taught, {"pace": rank}, 500).shares is None


def test_weights_are_tempered_to_a_tenth_and_no_further():
    rng = np.random.default_rng(4)
    rank = rng.standard_normal(500)
    case = known("2022-02-28", LISTS[:1]).case
    said = told(0.985 + 0.002 * rank, {"pace": rank})  # 99.7 % came
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


def test_without_counts_draws_count_alike_and_works_go_on():
    days = ("2022-01-15", "2022-03-31")
    states = [known(day, folder=VIET_NAM) for day in days]
    months = followed(states, **LUCK)
    assert any(each.indicator == "smartphone_adults" for each in months[1].came)
    for place, month in enumerate(months):
        assert month.weights.shares is None
        asked = Runs(states, LUCK["seed"]).question(place, LUCK["replicates"])
        (alone,) = compare(asked, [month.case.baseline])
        assert alone.judgement == month.answer.judgement


def test_counts_weigh_each_once_and_in_any_order(counted):
    luck = {"seed": 5, "replicates": 300}
    months = followed(counted, **luck)
    assert [len(month.learned) for month in months] == [0, 1, 2]
    assert months[2].weights.effective < 300
    runs = Runs(counted, luck["seed"])
    for place, month in enumerate(months[1:], 1):  # villages are weighed, and nothing else
        own = runs.question(place, luck["replicates"])
        plain = judge(own.forecast(month.case.baseline), own.targets.targets)
        moved = [a != b.chance for a, b in zip(chances(month), plain.verdicts, strict=True)]
        assert moved == [False, True, False]
    turned = [*counted[:2], known("2022-06-30", JUNE[::-1])]
    assert [*map(chances, followed(turned, **luck))] == [*map(chances, months)]
    again = [*counted[:2], known("2022-05-31", JUNE[:1])]  # nothing new: learned as before
    assert followed(again, **luck)[2].learned == months[1].learned


def test_what_only_says_where_a_run_begins_is_not_learned():
    rng = np.random.default_rng(4)
    rank = rng.standard_normal(500)
    case = known("2022-02-28", LISTS[:1]).case
    for name in ("villages_done_since_list", "village_works_begun"):
        assert name in case.assumptions
        assert lessons([told(0.99 + 0.002 * rank, {name: rank})], case) == []


def test_counts_are_held_against_the_first_run_under_the_plan_that_stood_last():
    days = ("2022-01-15", "2022-01-31", "2022-02-28")
    level = 0.99 + 0.001 * np.random.default_rng(1).standard_normal(50)
    first, second, third = (
        replace(told(level, {}), case=known(day).case, levers={"plan": plan})
        for day, plan in zip(days, "abb", strict=True)
    )
    case = known("2022-03-31", [*LISTS, *HOMES]).case
    for said, spoke in (([first], first), ([first, second, third], second)):
        (one,) = heard(said, case)
        assert one.said is spoke
        assert [row.value for row in one.figures] == [4, 3]  # homes were not forecast there
    knew = replace(first, case=case)
    assert heard([knew], case) == []


def test_figures_of_one_day_are_one_count():
    twice = [LISTS[0], {**LISTS[0], "value": 6, "source": "Another office"}]
    level = 0.99 + 0.001 * np.random.default_rng(1).standard_normal(50)
    (one,) = heard([told(level, {})], known("2022-02-28", twice).case)
    assert one.came == pytest.approx([1 - 5 / 1263])
    assert len(one.figures) == 2


def test_scores_of_a_true_model_are_standard_normal_whatever_was_counted_before():
    """Steps of 300 draws set against those of 300 others, by another seed."""
    case = load_case(VINH_PHUC)
    targets = case.target_sets[case.default_targets]
    runs = (Question(case=case, targets=targets, seed=seed, replicates=300) for seed in (1, 2))
    follows, truths = (nation_alone(each.forecast(case.baseline)) for each in runs)
    said = Said(case=case, levers={}, forecast=follows, ranks={})
    days = follows.months[1:11:3]
    rows = [count("homes_passed", day.isoformat(), 0.0) for day in days]
    rows = [Observation.model_validate(each, strict=False) for each in rows]
    luck = 0.6 * np.random.default_rng(3).standard_normal((300, len(days)))
    scores = []
    for twin in range(300):
        came = 100 * truths.nation("homes_passed")[twin, 1:11:3] + luck[twin]
        own = [row.model_copy(update={"value": v}) for row, v in zip(rows, came, strict=True)]
        (one,) = heard([said], case.knowing([*case.observations, *own], case.assumptions))
        scores.append([each.score for each in one.seen()])
    found = np.array(scores)
    assert np.abs(found.mean(axis=0)).max() < 5 / np.sqrt(300)
    assert np.abs(found.std(axis=0) - 1).max() < 5 / np.sqrt(600)
    tied = np.corrcoef(found.T) - np.eye(len(days))
    assert np.abs(tied).max() < 5 / np.sqrt(300)


def test_truths_stay_within_the_ranges_of_those_who_follow_them():
    """A small version of `benchmarks/twins.py`: 15 of 24 is below 86 % once in ten thousand."""
    june = [judged(follow(date(2022, 12, 31), 12, 100, 6, twin)) for twin in range(12)]
    found = np.array(june)  # twin, vintage, target, what
    assert found.shape[1] == 2
    assert found[:, 1, [0, 2], 0].sum() >= 15
    assert found[:, 1, :, 3].mean() < found[:, 0, :, 3].mean()  # CRPS falls


def test_a_count_that_no_draw_can_show_is_a_conflict():
    days = ("2022-03-31", "2022-04-30", "2022-05-31")
    odd = [count("uncovered_villages", day, 400, "villages") for day in days]
    states = [known("2022-01-15"), known("2022-05-31", odd)]
    *_, last = followed(states, seed=5, replicates=150)
    assert any(each.surprise for each in last.came)
    assert last.conflict is not None
    assert last.conflict.figure.value == 400
    assert last.weights.effective == pytest.approx(LEAST * 150, rel=1e-2)
    assert len(last.conflict.without) == len(chances(last))


def test_parts_add_up_with_counts_and_what_a_cost_does_not_touch_is_nought():
    new = known("2022-06-30", [*HOMES, *LISTS], assumptions={"village_site_cost": COST})
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
        for row in JUNE[1:]
    )
    facts.write_text(f"vintage = 2022-06-30\n{rows}\n", encoding="utf-8")
    out, few = tmp_path / "out", ["--replicates", "300", "--lang", "en"]
    done = ketnoi("track", VINH_PHUC, "2022-01-15", facts, *few, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Counts of what was built: 1; of 300 draws," in done.stdout
    assert list(out.glob("towards-*.svg"))
    checked = ketnoi("verify", out, "--lang", "en")
    assert checked.returncode == 0, checked.stdout
