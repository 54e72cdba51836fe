"""What schemathesis can't read in an OpenAPI document.

Requests that are meant to be right get ids that are there (half of the time), cursors that came from the same list, and
times in an order that makes sense. Requests that are meant to be wrong are left alone. Nothing ends the session that the
run has.
"""

import json
import os
import random

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation

IDS = json.loads(os.environ.get("VIGIL_FUZZ_IDS", "{}"))
NOW_MS = int(os.environ.get("VIGIL_FUZZ_NOW_MS", "0"))
OWN_STAFF_ID = os.environ.get("VIGIL_FUZZ_STAFF_ID", "")
OWN_SESSION_REF = os.environ.get("VIGIL_FUZZ_SESSION_REF", "")

CURSORS_MAX = 50
MONTH_MS = 30 * 86_400_000
cursors: dict[str, list[str]] = {}
pick = random.Random(int(os.environ.get("VIGIL_FUZZ_SEED", "1")))


def is_right(case, location) -> bool:
    return case.meta is not None and not case.meta.is_negative_at(location)


@schemathesis.hook
def before_call(ctx, case, **kwargs):
    if is_right(case, ParameterLocation.PATH):
        name_what_is_there(case)
    keep_the_session(case)
    if is_right(case, ParameterLocation.QUERY) and isinstance(case.query, dict):
        turn_pages(case)
        order_times(case.query, "from", "to")
    if is_right(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        order_times(case.body, "fromMs", "toMs")
        not_in_the_future(case, case.body)


def name_what_is_there(case):
    """Links of the stateful phase carry ids of their own."""
    if case.meta.phase.name.value == "stateful" or case.path_parameters is None:
        return
    for name in list(case.path_parameters):
        if name in IDS and pick.random() < 0.5:
            case.path_parameters[name] = pick.choice(IDS[name])


def keep_the_session(case):
    given = case.path_parameters or {}
    if case.path == "/api/v1/sessions/{sessionRef}" and given.get("sessionRef") == OWN_SESSION_REF:
        given["sessionRef"] = "0" * 16
    if case.path == "/api/v1/accounts/{staffId}/sessions" and given.get("staffId") == OWN_STAFF_ID:
        given["staffId"] = "nobody"


def turn_pages(case):
    if "cursor" not in case.query:
        return
    known = cursors.get(case.path)
    if known:
        case.query["cursor"] = pick.choice(known)
    else:
        del case.query["cursor"]


@schemathesis.hook
def after_call(ctx, case, response):
    if response.status_code != 200 or "cursor" not in {each.name for each in case.operation.query}:
        return
    try:
        following = response.json().get("next")
    except (ValueError, AttributeError):
        return
    known = cursors.setdefault(case.path, [])
    if following and following not in known and len(known) < CURSORS_MAX:
        known.append(following)


def order_times(given, first, last):
    """Where there is no first, the wall clock of the ward is: a month covers what it is ahead."""
    start, end = whole(given.get(first)), whole(given.get(last))
    if end is None:
        if start is not None and start > NOW_MS:
            given[first] = NOW_MS
        return
    if start is None:
        given[last] = max(end, NOW_MS + MONTH_MS)
    elif end <= start:
        given[first] = min(start, 2**53 - 2)
        given[last] = given[first] + 1


# Where these say what was, nobody can say them of what is to come.
PAST = {
    ("POST", "/api/v1/device-assignments"): ("fromMs",),
    ("POST", "/api/v1/device-assignments/{assignmentId}/end"): ("toMs",),
    ("POST", "/api/v1/device-assignments/{assignmentId}/correct"): ("fromMs", "toMs"),
    ("POST", "/api/v1/encounters/{encounterId}/correct"): ("fromMs",),
}


def not_in_the_future(case, body):
    for name in ("atMs", *PAST.get((case.method.upper(), case.path), ())):
        at = whole(body.get(name))
        if at is not None and at > NOW_MS:
            body[name] = NOW_MS


def whole(value):
    """Values of the coverage phase are text already."""
    if isinstance(value, bool) or value is NOT_SET:
        return None
    try:
        return int(value) if int(value) == float(value) else None
    except (TypeError, ValueError, OverflowError):
        return None
