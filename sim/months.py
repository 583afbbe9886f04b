"""Months: a run counts in their last days."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date

SPARE_MONTHS = 12  # a run looks a year past the last deadline


def month_end(year: int, month: int) -> date:
    """Return the last day of a month; months beyond 12 run into later years.

    >>> month_end(2021, 14)
    datetime.date(2022, 2, 28)
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def month_ends(start: date, horizon: date) -> Iterator[date]:
    """Yield the month ends after a start, up to and with the horizon's month."""
    step = 1
    while (end := month_end(start.year, start.month + step)) <= horizon:
        yield end
        step += 1


def months_between(start: date, end: date) -> int:
    """Return how many month ends lie between two days, as a difference of their months."""
    return 12 * (end.year - start.year) + end.month - start.month


def month_of(months: Sequence[date], day: date) -> int:
    """Return the position of the last month that has ended by a day.

    Raises:
        ValueError: the day lies before the first month's end or after the last's.
    """
    ended = [i for i, end in enumerate(months) if end <= day]
    if not ended or day > months[-1]:
        raise ValueError(f"{day} is not within {months[0]} to {months[-1]}")
    return ended[-1]


def first_month_end(day: date) -> date:
    """Return the end of the first month of a run that begins on a day.

    >>> first_month_end(date(2022, 1, 15)), first_month_end(date(2022, 1, 31))
    (datetime.date(2022, 1, 31), datetime.date(2022, 2, 28))
    """
    end = month_end(day.year, day.month)
    return end if end > day else month_end(day.year, day.month + 1)


def year_past(day: date) -> date:
    """Return the end of the year after a day's: as far as a run looks past a deadline.

    >>> year_past(date(2022, 12, 31))
    datetime.date(2023, 12, 31)
    """
    return month_end(day.year, day.month + SPARE_MONTHS)
