"""Runs the matrix against a running hub.

The first line of standard input describes the hub, as JSON. Each row prints one line of JSON: its name, whether it
passed, and how long it took. A row may ask for something ({"ask": ...}) and waits for the line `done`.
`matrix.py --list` names the rows.
"""

import json
import logging
import sys
import time
import traceback

from concurrent.futures import ThreadPoolExecutor

from async_rows import ASYNC_STAGES
from rows import SLOW_STAGES, STAGES
from support import Hub


def run(row, hub):
    started = time.monotonic()
    try:
        row(hub)
        outcome = {"ok": True}
    except BaseException:
        outcome = {"ok": False, "error": traceback.format_exc(limit=-6)}
    took_ms = round((time.monotonic() - started) * 1000)
    print(json.dumps({"row": row.__name__, "tookMs": took_ms, **outcome}), flush=True)


def main():
    # What the client logs of refusals is what the rows ask for.
    logging.disable(logging.CRITICAL)
    stages = STAGES + ASYNC_STAGES + (SLOW_STAGES if "--slow" in sys.argv else [])
    if "--list" in sys.argv:
        print(json.dumps([[row.__name__, row.__doc__] for stage in stages for row in stage]))
        return
    chosen = [each for each in sys.argv[1:] if not each.startswith("--")]
    hub = Hub(json.loads(sys.stdin.readline()))
    for stage in stages:
        with ThreadPoolExecutor(len(stage)) as side_by_side:
            for row in stage:
                if not chosen or row.__name__ in chosen:
                    side_by_side.submit(run, row, hub)


main()
