"""The planner's front end: four pages in two languages. Start it with `ketnoi app`."""

from pages.frame import navigation

navigation().run()
