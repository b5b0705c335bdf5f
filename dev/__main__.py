"""
Entry of `python3 dev COMMAND`, from any folder and with any Python.

Run as a script this file's own folder is first on the module path, where our modules
could shadow others; the project root takes its place before anything is imported.
"""

import sys

OLDEST = (3, 11)

# Plain syntax and no imports above this line: an old Python must get as far as the message.
if sys.version_info < OLDEST:
    sys.exit(
        "Darkroom needs Python 3.11 or newer; this is %d.%d (%s).\n"  # noqa: UP031 - see above
        "Run it with a newer one, for instance: python3.12 dev %s"
        % (sys.version_info[0], sys.version_info[1], sys.executable, " ".join(sys.argv[1:]))
    )

if __name__ == "__main__":
    if not __package__:
        import os

        here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - see above
        sys.path[0] = os.path.dirname(here)  # noqa: PTH120 - see above
    try:
        from dev.cli import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        # Ctrl-C while still importing; later ones are answered inside.
        sys.exit(130)
