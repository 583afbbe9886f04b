"""The planner's front end: four pages in two languages. Start it with `ketnoi app`."""

from sim.screen.parts.frame import navigation

navigation().run()
