"""`python -m sim.cli` is the same as `ketnoi`."""

from sim.cli.main import main

main()
