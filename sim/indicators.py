"""What is forecast: the indicators, in the order of every table."""

INDICATORS: tuple[str, ...] = (
    "fibre_households",
    "homes_passed",
    "covered_villages",
    "mobile_broadband",
    "smartphone_adults",
)
FOLLOWED: tuple[str, ...] = ("fibre_households", "mobile_broadband", "smartphone_adults")
