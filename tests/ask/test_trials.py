"""One lever at a time: what is moved, how far, and what comes of it."""

import pytest

from sim.ask.answers import Question, answer, differences
from sim.ask.trials import acts_on, moved_by, ranked, trials, try_all
from sim.place.levers import budgets
from sim.place.scenario import changed, load_scenario

SEED, REPLICATES = 3, 60


def moved(trial, scenario):
    """Return the levers in which a trial differs."""
    return {name: value for name, value in trial.levers.items() if value != scenario.levers[name]}


def test_each_trial_moves_one_lever_to_its_aim(vinh_phuc):
    plan = load_scenario(vinh_phuc, vinh_phuc.folder / "draft-plan.toml")
    found = trials(vinh_phuc, plan)
    assert len({trial.id for trial in found}) == len(found)
    for trial in found:
        ((name, value),) = moved(trial, plan).items()
        assert name == "priority" or value == vinh_phuc.levers[name].furthest(value)
        assert " → " in trial.name["vi"]
        assert not trial.unsupported(vinh_phuc.levers)
    names = [next(iter(moved(trial, plan))) for trial in found]
    assert names.count("priority") == len(vinh_phuc.levers["priority"].choices) - 1
    assert {*budgets(vinh_phuc.levers), "permit_days", "switch_off_2g"} <= set(names)


def test_what_is_as_far_already_and_money_that_never_comes_are_left_out(vinh_phuc):
    plan = changed(vinh_phuc, vinh_phuc.baseline, {
        "training": 6.0, "permit_days": 5.0, "switch_off_2g": 3, "communication_start": 7,
        "fibre_build_start": 7})  # fmt: skip
    names = {next(iter(moved(trial, plan))) for trial in trials(vinh_phuc, plan)}
    assert names.isdisjoint({"training", "permit_days", "switch_off_2g", "fibre_build_start"})
    assert "communication_start" in names
    later = changed(vinh_phuc, plan, {"switch_off_2g": 9})
    (trial,) = [t for t in trials(vinh_phuc, later) if "switch_off_2g" in moved(t, later)]
    assert moved(trial, later) == {"switch_off_2g": 6}


@pytest.mark.parametrize("place", range(3))
def test_the_most_helpful_stands_first_and_the_others_move_nothing(vinh_phuc, place):
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    target = targets.targets[place]
    plan = vinh_phuc.baseline

    question = Question(case=vinh_phuc, targets=targets, seed=SEED, replicates=REPLICATES)

    def answered(scenario):
        return answer(question, scenario)

    base, every = answered(plan), [answered(trial) for trial in trials(vinh_phuc, plan)]
    moving, still = ranked(every, base, targets, target)
    assert len(moving) + len(still) == len(every)
    changes = [each for each in differences(every, base, targets) if each.target == target]
    for trial, change in zip(every, changes, strict=True):
        lever = moved_by(vinh_phuc, plan, trial.summary.scenario)
        assert acts_on(lever, target.indicator) or change.p50 == change.chance == 0
    gained = differences(moving, base, targets)
    chances = [each.chance for each in gained if each.target == target]
    assert chances == sorted(chances, reverse=True)
    level = {each.summary.scenario.id: each.at_deadline[target] for each in every}
    ground = base.at_deadline[target]
    assert level[moving[0].summary.scenario.id].mean() > ground.mean()
    for each in still:
        assert abs(level[each.summary.scenario.id] - ground).mean() < 2e-3


def test_a_report_tells_of_the_same_differences_as_the_page(vinh_phuc):
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    question = Question(case=vinh_phuc, targets=targets, seed=SEED, replicates=REPLICATES)
    plan = vinh_phuc.baseline
    base, *every = (answer(question, each) for each in (plan, *trials(vinh_phuc, plan)))
    assert try_all(question, plan) == differences(every, base, targets)
