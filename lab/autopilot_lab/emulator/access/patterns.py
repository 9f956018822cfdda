"""Wildcards of IAM policies: in texts, in action names, and in ARNs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from functools import cache

ARN_SEGMENTS = 6


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)


def _translated(pattern: str, anything: str) -> str:
    kinds = {"*": anything, "?": "."}
    return "".join(kinds.get(letter, re.escape(letter)) for letter in pattern)


@cache
def _text(pattern: str) -> re.Pattern[str]:
    return _compiled(_translated(pattern, ".*"))


def like(pattern: str, value: str) -> bool:
    """Whether a value matches, case-sensitively; `*` is any text, `?` one character."""
    return _text(pattern).fullmatch(value) is not None


def action_matches(pattern: str, action: str) -> bool:
    """Whether an action is meant. The names of services and actions have no case."""
    return like(pattern.lower(), action.lower())


@cache
def _resource(pattern: str) -> re.Pattern[str]:
    if pattern == "*":
        return _compiled(".*")
    segments = pattern.split(":", ARN_SEGMENTS - 1)
    made = [_segment(segment) for segment in segments[:-1]]
    return _compiled(":".join([*made, _translated(segments[-1], ".*")]))


def _segment(segment: str) -> str:
    """A `*` at the end of a segment expands across colons, any other within its segment."""
    if segment.endswith("*"):
        return _translated(segment[:-1], "[^:]*") + ".*"
    return _translated(segment, "[^:]*")


def resource_matches(pattern: str, arn: str) -> bool:
    """Whether a statement's resource covers an ARN, or "*" for actions without a resource type."""
    return _resource(pattern).fullmatch(arn) is not None


@cache
def _arn(pattern: str) -> re.Pattern[str]:
    segments = pattern.split(":", ARN_SEGMENTS - 1)
    made = [_translated(segment, "[^:]*") for segment in segments[:-1]]
    return _compiled(":".join([*made, _translated(segments[-1], ".*")]))


def arn_like(pattern: str, arn: str) -> bool:
    """Whether an ARN matches as ArnLike and ArnEquals do: each of the six components for itself."""
    return _arn(pattern).fullmatch(arn) is not None
