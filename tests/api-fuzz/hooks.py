"""What schemathesis must not do, and what it takes for a failure and is none.

Does NOT choose cases and checks; `schemathesis.toml` does.
"""

import itertools
import os

import schemathesis
from schemathesis.openapi.checks import IgnoredAuth

OWN_TOKEN = os.environ["LOOM_FUZZ_FINGERPRINT"]
COUNT = itertools.count()


@schemathesis.hook
def filter_case(context, case):
    """It must not revoke the token it works with, which it finds in the list of all tokens."""
    revokes = case.operation.method.upper() == "DELETE"
    return not (revokes and OWN_TOKEN in (case.path_parameters or {}).values())


@schemathesis.hook
def before_call(context, case, kwargs):
    """A key that was used before would be answered as before, whatever is asked: each good one is used once."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 0 < len(key) < 200:
        case.headers["Idempotency-Key"] = f"{key}{next(COUNT)}"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A wrong password may also be answered by 429: that is what the throttle is for."""
    return not (isinstance(failure, IgnoredAuth) and "429 Too Many Requests" in failure.message)
