"""The planner's front end: pages in two languages. Start it with `ketnoi app`."""

from sim.screen.parts.frame import navigation

navigation().run()
