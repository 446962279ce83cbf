"""``python -m lava.lib.dl.netx`` is the command ``lava-dl``."""

from lava.lib.dl.netx.cli import main

if __name__ == "__main__":
    main(prog_name="python -m lava.lib.dl.netx")
