"""Examples of the specification: errors that are caught."""

from __future__ import annotations

from tests.emulator.states.conftest import failing
from tests.emulator.states.specification.example import (
    SUCCEED,
    Example,
    task,
)

CATCHING = {
    "Work": {
        **task("Work"),
        "Catch": [
            {
                "ErrorEquals": ["java.lang.Exception"],
                "Output": "{% $merge([ $states.input, {'error-info': $states.errorOutput} ]) %}",
                "Next": "RecoveryState",
            },
            {
                "ErrorEquals": ["States.ALL"],
                "Assign": {
                    "isCritical": (
                        "{% $contains($lowercase($states.errorOutput.Error), /.*fatal.*/)  %}"
                    )
                },
                "Next": "EndMachine",
            },
        ],
    },
    "RecoveryState": SUCCEED,
    "EndMachine": SUCCEED,
}
CATCHERS = [
    Example(
        "a-catcher-adds-the-error-to-the-input",
        "JSONata Catchers",
        CATCHING,
        document={"order": 7},
        work={"Work": failing("java.lang.Exception", "unhandled")},
        output={"order": 7, "error-info": {"Error": "java.lang.Exception", "Cause": "unhandled"}},
    ),
    Example(
        "a-catcher-assigns-that-the-error-is-critical",
        "JSONata Catchers",
        CATCHING,
        work={"Work": failing("FatalDiskError", "gone")},
        variables={"isCritical": True},
        output={"Error": "FatalDiskError", "Cause": "gone"},
    ),
    Example(
        "a-catcher-assigns-that-the-error-is-not-critical",
        "JSONata Catchers",
        CATCHING,
        work={"Work": failing("Hiccup", "once")},
        variables={"isCritical": False},
        output={"Error": "Hiccup", "Cause": "once"},
    ),
]
