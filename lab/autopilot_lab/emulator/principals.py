"""Who may call a function: its resource policy, asked for a service principal.

Lambda evaluates the statements of a function's resource-based policy; a service principal needs
one that allows `lambda:InvokeFunction` and whose source conditions hold
(https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any


def may_invoke(
    statements: Iterable[Mapping[str, Any]], principal: str, source_arn: str, account: str
) -> bool:
    """Whether a statement lets `principal`, acting for `source_arn`, invoke the function."""
    return any(
        _is_about(statement, principal) and _conditions_hold(statement, source_arn, account)
        for statement in statements
    )


def _is_about(statement: Mapping[str, Any], principal: str) -> bool:
    named = statement.get("Principal")
    service = named.get("Service") if isinstance(named, Mapping) else named
    action = str(statement.get("Action", ""))
    return (
        statement.get("Effect", "Allow") == "Allow"
        and service in (principal, "*")
        and fnmatch.fnmatchcase("lambda:InvokeFunction", action)
    )


def _conditions_hold(statement: Mapping[str, Any], source_arn: str, account: str) -> bool:
    known = {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
    for operator, pairs in statement.get("Condition", {}).items():
        for key, wanted in pairs.items():
            actual = known.get(str(key).lower(), "")
            patterns = wanted if isinstance(wanted, list) else [wanted]
            if not any(_matches(str(operator), actual, str(one)) for one in patterns):
                return False
    return True


def _matches(operator: str, actual: str, pattern: str) -> bool:
    if operator.startswith("Arn") or operator == "StringLike":
        return fnmatch.fnmatchcase(actual, pattern)
    return actual == pattern
