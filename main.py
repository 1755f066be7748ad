"""The command line of HospitalAppointment: ``python main.py --help``.

Old versions of Python must be able to read this file, to say that they are too old: nothing newer than Python 2.7
stands in it. The commands are in ``startup/command_line.py``.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(
        "HospitalAppointment needs Python 3.11 or newer; this is Python %d.%d (%s).\n"  # noqa: UP031
        "Start it with a newer one, for example: python3.11 main.py --help\n"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
    sys.exit(2)

try:
    from startup.command_line import main as main

    if __name__ == "__main__":
        sys.exit(main())
except ModuleNotFoundError as error:  # most is imported when it is known what to do
    missing = str(error.name)
    ours = os.path.join(os.path.dirname(os.path.abspath(__file__)), missing.split(".")[0])
    if os.path.isdir(ours) or os.path.isfile(ours + ".py"):
        raise  # ours: a fault of the program, not of its installation
    sys.stderr.write(
        "The package %s is not installed for %s.\n"  # noqa: UP031
        "Install what the program needs with tools/install requirements.lock, and start it with .venv/bin/python.\n"
        % (missing, sys.executable)
    )
    sys.exit(2)
