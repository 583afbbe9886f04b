"""What may be wrong between the files of a case: sums, areas, units, days."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from sim.faults import Fault, near, one_of, shown, told
from sim.indicators import SERIES
from sim.months import first_month_end, month_ends
from sim.place.assumptions import Assumption
from sim.place.levers import Lever
from sim.place.records import SUMMED, Area, CaseFile, Head, Observation, TargetSetFile, TargetsFile

TOLERANCE = 0.01
LEAST_HOUSEHOLD, MOST_HOUSEHOLD = 1, 15  # people
USED = ("population", "households", "villages", "upland", "urban_share", "area_km2")
FARTHEST = 100  # years from the vintage to the horizon
EARLIEST = 1990
AHEAD = 92  # days by which a figure may be published before its own day, with a note
PUBLISHED = "as published"  # in the note of a figure that fell so far and is right all the same
FALL = 5  # times by which no share falls from one figure to the next
MUCH = 20  # per cent in the nation, where an area's first figure is not 1 or less


def _unknown_yet(name: str, place: str, day: date, head: Head) -> Fault:
    wanted = told("a figure published by the vintage {vintage}", vintage=head.vintage)
    return Fault(name, place, told("published {day}", day=day), wanted)


def _day_faults(name: str, head: Head) -> Iterator[Fault]:
    """Yield what is wrong with a case's days."""
    if not EARLIEST <= head.vintage.year <= 2200:
        yield Fault(
            name,
            "case.vintage",
            str(head.vintage),
            told("a day from {first} to {last}", first=EARLIEST, last=2200),
        )
        return
    first, last = first_month_end(head.vintage), head.vintage.year + FARTHEST
    if head.horizon < first:
        given = told(
            "{horizon}, not after the vintage {vintage} by a whole month",
            horizon=head.horizon,
            vintage=head.vintage,
        )
        yield Fault(name, "case.horizon", given, told("a later day"))
    elif head.horizon.year > last:
        yield Fault(
            name, "case.horizon", str(head.horizon), told("a day by the end of {last}", last=last)
        )
    if head.base_year and head.base_year > head.vintage.year:
        wanted = told("a year by that of the vintage {vintage}", vintage=head.vintage)
        yield Fault(name, "case.base_year", str(head.base_year), wanted)


def _column_faults(name: str, file: CaseFile, areas: tuple[Area, ...]) -> Iterator[Fault]:
    """Yield columns that there are not, those nothing is told of, those not yet known."""
    for column, about in file.columns.items():
        if column in USED and about.published > file.case.vintage:
            yield _unknown_yet(name, f"columns.{column}.published", about.published, file.case)
    for column in USED:
        if column not in file.columns and any(getattr(area, column) for area in areas):
            wanted = told("its unit, source and day of publication")
            yield Fault(name, f"columns.{column}", told("nothing"), wanted)
    yield from _covariate_faults(name, file, areas)


def _covariate_faults(name: str, file: CaseFile, areas: tuple[Area, ...]) -> Iterator[Fault]:
    """Yield covariates that nothing is told of, and which stands for service if that is not."""
    extra = [item for area in areas for item in (area.model_extra or {}).items()]
    there, known = {each for each, _ in extra}, {each for each, n in extra if n is not None}
    about, service = [*file.columns], file.score.column
    if service and areas and service not in {*there, *about, *Area.model_fields}:
        yield Fault(name, "score.column", shown(service), near(service, there))
    if not service and len(known & {*about}) > 1:
        wanted = one_of(sorted(known & {*about}))
        yield Fault(name, "score.column", told("nothing"), wanted)
    for column in sorted(known - {*about}):
        given = told("column {name}", name=shown(column))
        wanted = told("no such column; {hint}", hint=near(column, Area.model_fields))
        wanted = told(
            "{other}, or a covariate described in case.toml: [columns.{name}]",
            other=wanted,
            name=column,
        )
        yield Fault(str(Path(name).with_name("areas.csv")), "line 1", given, wanted)


def check_head(folder: Path, file: CaseFile, areas: tuple[Area, ...]) -> list[Fault]:
    """Return what is wrong with a case's head, and with areas that do not add up to it."""
    name, head = str(folder / "case.toml"), file.case
    later = [
        _unknown_yet(name, f"nation.{label}.published", about.published, head)
        for label, about in file.nation.known()
        if about.published > head.vintage
    ]
    return [
        *_day_faults(name, head),
        *_code_faults(name, file, {area.code for area in areas}),
        *_column_faults(name, file, areas),
        *later,
        *_people_faults(folder, file, areas),
        *(_sum_faults(folder, file, areas) if areas else ()),
    ]


def _code_faults(name: str, file: CaseFile, codes: set[str]) -> Iterator[Fault]:
    """Yield a code of the whole, or of the reference, that is an area's too."""
    named = {"case.nation": file.case.nation}
    if file.reference:
        named["reference.area"] = file.reference.area
    for place, code in named.items():
        if code in codes:
            given = told("{code}, which is also an area's code", code=shown(code))
            yield Fault(name, place, given, told("a code of its own"))


def _people_faults(folder: Path, file: CaseFile, areas: tuple[Area, ...]) -> Iterator[Fault]:
    """Yield households that nobody could live in, or nobody would."""
    wanted = told(
        "{low:g} to {high:g} people a household", low=LEAST_HOUSEHOLD, high=MOST_HOUSEHOLD
    )
    people, homes = file.nation.population.value, file.nation.households.value
    if not LEAST_HOUSEHOLD <= people / homes <= MOST_HOUSEHOLD:
        given = told("{people:,.0f} people in {homes:,.0f} households", people=people, homes=homes)
        yield Fault(str(folder / "case.toml"), "nation", given, wanted)
    for area in areas:
        if not LEAST_HOUSEHOLD / 2 <= area.population / area.households <= 2 * MOST_HOUSEHOLD:
            given = told(
                "{people:,.0f} people in {homes:,.0f} households",
                people=area.population,
                homes=area.households,
            )
            yield Fault(
                str(folder / "areas.csv"),
                f"area {area.code}",
                given,
                told("roughly {wanted}", wanted=wanted),
            )


def _sum_faults(folder: Path, file: CaseFile, areas: tuple[Area, ...]) -> Iterator[Fault]:
    """Yield columns whose areas do not add up to the whole."""
    for column in SUMMED:
        about, parts = getattr(file.nation, column), [getattr(a, column) for a in areas]
        if about is None or None in parts:
            if about is not None or any(parts):
                yield _part_unknown(folder, column, about is None, parts.count(None))
            continue
        whole, total = about.value, sum(parts)
        if abs(total / whole - 1) > TOLERANCE:
            given = told("areas add up to {total:,.0f} {column}", total=total, column=column)
            wanted = told(
                "{whole:,.0f} of the nation in case.toml, within {tolerance:.0%}",
                whole=whole,
                tolerance=TOLERANCE,
            )
            yield Fault(str(folder / "areas.csv"), f"column {column}", given, wanted)


def _part_unknown(folder: Path, column: str, whole: bool, areas: int) -> Fault:
    """Return the fault of a count known of areas and not of the whole, or not of all areas."""
    if whole:
        place = str(folder / "case.toml")
        return Fault(place, f"nation.{column}", told("nothing"), told("the sum of the areas"))
    given = told("{count} areas without a number", count=areas)
    wanted = told("a number for each area, or none here and in case.toml")
    return Fault(str(folder / "areas.csv"), f"column {column}", given, wanted)


def check_observations(
    folder: Path,
    file: CaseFile,
    areas: tuple[Area, ...],
    rows: list[tuple[Path, str, Observation]],
) -> list[Fault]:
    """Return what is wrong with observations: areas, units, levels, days, rows twice."""
    known = {area.code for area in areas}
    if known:  # else areas.csv has faults of its own, and every code would seem unknown
        known |= {file.case.nation, *([file.reference.area] if file.reference else [])}
    faults: list[Fault] = []
    seen: dict[tuple[object, ...], str] = {}
    for path, place, row in rows:
        met = _row_faults(row, known, file.case, path.name == "outcomes.csv")
        faults += [Fault(str(path), place, *each) for each in met]
        key = (row.date, row.indicator, row.area, row.published, row.source, row.value)
        if key in seen:
            given = told("the row of {row} again", row=seen[key])
            faults.append(Fault(str(path), place, given, told("each observation once")))
        seen.setdefault(key, f"{path.name} {place}")
    wholes = [file.case.nation, *([file.reference.area] if file.reference else [])]
    faults += _fall_faults(rows, wholes)
    faults += _list_faults(folder, file, rows)
    return faults


def _fall_faults(
    rows: list[tuple[Path, str, Observation]], wholes: Sequence[str]
) -> Iterator[Fault]:
    """Yield figures far below the one before: a share in place of per cents, a dot too many.

    A first figure is held against those of the whole, and of the place that the whole follows:
    0.8 % where the nation has 60 %.
    """
    last: dict[tuple[str, str], Observation] = {}
    for path, place, row in sorted(rows, key=lambda each: (each[2].date, each[2].published)):
        before = last.get((row.indicator, row.area), row)
        known = (last.get((row.indicator, each)) for each in wholes)
        whole = max((each for each in known if each), key=lambda each: each.value, default=row)
        given = told("")
        if before.value >= 1 and row.value * FALL < before.value:
            given = told(
                "{value:g} {unit}, after {earlier:g} on {date}",
                value=row.value,
                unit=row.unit,
                earlier=before.value,
                date=before.date,
            )
        elif before is row and 0 < row.value <= 1 and whole.value >= MUCH:
            given = told(
                "{value:g} {unit}, where {nation} has {whole:g}",
                value=row.value,
                unit=row.unit,
                nation=whole.area,
                whole=whole.value,
            )
        if given and SERIES[row.indicator].per_cent and PUBLISHED not in row.note.lower():
            wanted = told(
                "figures in one unit; without the one that is wrong; or with '{words}' in its note",
                words=PUBLISHED,
            )
            yield Fault(str(path), place, given, wanted)
        last[row.indicator, row.area] = row


def _list_faults(
    folder: Path, file: CaseFile, rows: list[tuple[Path, str, Observation]]
) -> Iterator[Fault]:
    """Yield what is wrong with the lists of villages without signal."""
    head = file.case
    lists = [
        (path, place, row)
        for path, place, row in rows
        if row.indicator == "uncovered_villages" and row.area == head.nation
    ]
    villages = file.nation.villages
    for path, place, row in lists:
        if villages is None:
            wanted = told("villages of the nation in case.toml, and of each area")
            yield Fault(str(path), place, told("a list of villages"), wanted)
        elif row.value > villages.value:
            given = told(
                "{value:,.0f} villages without signal on {date}", value=row.value, date=row.date
            )
            wanted = told(
                "at most the {whole:,.0f} villages of the nation in case.toml",
                whole=villages.value,
            )
            yield Fault(str(path), place, given, wanted)
    years = sorted({row.date.year for _, _, row in lists if row.published <= head.vintage})
    if years and head.base_year and head.base_year not in {*years, head.vintage.year}:
        given = told("{year}, for which there is no list of villages", year=head.base_year)
        wanted = one_of(dict.fromkeys(map(str, [*years, head.vintage.year])))
        yield Fault(str(folder / "case.toml"), "case.base_year", given, wanted)


def _row_faults(
    row: Observation, known: set[str], head: Head, outcome: bool
) -> Iterator[tuple[str, str]]:
    if known and row.area not in known:
        wanted = told("an area of areas.csv; {hint}", hint=near(row.area, known))
        yield told("area {area}", area=shown(row.area)), wanted
    yield from _figure_faults(row)
    yield from _days_of(row, head, outcome)


def _figure_faults(row: Observation) -> Iterator[tuple[str, str]]:
    """Yield a unit that is not its indicator's, or a level that cannot be."""
    kind = SERIES[row.indicator]
    if row.unit != kind.unit:
        unit, indicator = shown(row.unit), row.indicator
        yield told("unit {unit} for {indicator}", unit=unit, indicator=indicator), kind.unit
    elif row.level > kind.most:
        wanted = told("at most {most:g} {unit}", most=kind.most / kind.scale, unit=row.unit)
        yield told("{value:g} {unit}", value=row.value, unit=row.unit), wanted
    elif kind.unit == "villages" and row.value != int(row.value):
        meant = f"{row.value:.3f}".replace(".", "")
        wanted = told("a whole number; was {meant} meant?", meant=meant)
        yield told("{value:g} villages", value=row.value), wanted


def _days_of(row: Observation, head: Head, outcome: bool) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the days of an observation."""
    days = {"published": row.published, "date": row.date}
    early = (row.date - row.published).days
    if early > AHEAD:
        given = told(
            "published {published}, {early} days before its date {date}", early=early, **days
        )
        yield given, told("at most {most} days before; were the columns swapped?", most=AHEAD)
    elif early > 0 and row.note == "":
        given = told("published {published} before its date {date}", **days)
        yield given, told("a note that says why")
    if row.date > head.horizon:
        wanted = told("a day by the horizon {horizon}", horizon=head.horizon)
        yield told("date {date}", date=row.date), wanted
    if outcome and row.published <= head.vintage:
        wanted = told("observations.csv, as it was known by {vintage}", vintage=head.vintage)
        yield told("published {day}", day=row.published), wanted


def check_frontier(
    folder: Path,
    file: CaseFile,
    rows: list[tuple[Path, str, Observation]],
    assumptions: Mapping[str, Assumption],
) -> Iterator[Fault]:
    """Yield bounds of an indicator's scale that lie below figures of the place."""
    places = {file.case.nation, *([file.reference.area] if file.reference else [])}
    for name, bound in assumptions.items():
        indicator = name.removesuffix("_frontier")
        seen = [r for _, _, r in rows if r.indicator == indicator and r.area in places]
        most = max((row.level for row in seen), default=0.0)
        if indicator != name and most >= bound.central:
            given = told("{bound:g}, and a figure of {figure:g}", bound=bound.central, figure=most)
            place = str(folder / "assumptions.csv")
            yield Fault(place, name, given, told("a bound above every figure of the indicator"))


def check_events(
    folder: Path, file: CaseFile | None, levers: Mapping[str, Lever]
) -> Iterator[Fault]:
    """Yield events of a back-test whose lever is none that is set to a month."""
    dated = [name for name, lever in levers.items() if lever.kind == "month"]
    for place, event in enumerate(file.back_test.events if file else ()):
        if levers and event.lever not in dated:
            where = f"back_test.events.{place}.lever"
            yield Fault(str(folder / "case.toml"), where, shown(event.lever), one_of(dated))


def check_targets(folder: Path, file: TargetsFile, case: CaseFile | None) -> list[Fault]:
    """Return what is wrong with targets: default, units, levels, deadlines."""
    name = str(folder / "targets.toml")
    faults = []
    if file.default not in file.sets:
        faults.append(Fault(name, "default", shown(file.default), near(file.default, file.sets)))
    for key, entry in file.sets.items():
        faults += _asked_twice(name, key, entry)
        for index, row in enumerate(entry.targets):
            place = f"sets.{key}.targets.{index}"
            kind = SERIES[row.indicator]
            if row.at_least * kind.scale > kind.most:
                wanted = told(
                    "at most {most:g} {unit}", most=kind.most / kind.scale, unit=kind.unit
                )
                faults.append(
                    Fault(
                        name,
                        place,
                        told("{value:g} {unit}", value=row.at_least, unit=row.unit),
                        wanted,
                    )
                )
            if row.unit != kind.unit:
                faults.append(
                    Fault(name, place, told("unit {unit}", unit=shown(row.unit)), kind.unit)
                )
            first, last = _span(case.case) if case else (row.deadline, row.deadline)
            if not first <= row.deadline <= last:
                wanted = told(
                    "a day from {first} to {last}: a month that ends after the vintage",
                    first=first,
                    last=last,
                )
                faults.append(
                    Fault(name, place, told("deadline {deadline}", deadline=row.deadline), wanted)
                )
    return faults


def _span(head: Head) -> tuple[date, date]:
    """Return the first and the last day on which a target can be judged."""
    months = list(month_ends(first_month_end(head.vintage) - timedelta(days=32), head.horizon))
    return first_month_end(head.vintage), months[-1] if months else head.horizon


def _asked_twice(name: str, key: str, entry: TargetSetFile) -> Iterator[Fault]:
    seen = set()
    for index, row in enumerate(entry.targets):
        if (row.indicator, row.deadline) in seen:
            given = told(
                "{indicator} by {deadline} again", indicator=row.indicator, deadline=row.deadline
            )
            yield Fault(name, f"sets.{key}.targets.{index}", given, told("each target once"))
        seen.add((row.indicator, row.deadline))
