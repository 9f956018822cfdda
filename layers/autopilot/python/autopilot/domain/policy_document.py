"""Policy documents, read as far as compliance asks: who may, from where, and what is denied. Pure.

Elements are those of the IAM user guide, "IAM JSON policy element reference".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Condition keys that bind a statement for everybody to a caller, a source or a network. S3 counts
#: a statement with one of these as not public (S3 user guide, "Blocking public access").
_BINDING: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
        "lambda:functionurlauthtype",
        "sns:endpoint",
    }
)
_SOURCES: Final = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid"})
#: Lambda and EC2 are not known to send a source when they assume a role for a function or instance.
_WITHOUT_SOURCE: Final = frozenset({"lambda.amazonaws.com", "ec2.amazonaws.com"})
_ACCOUNT_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; its conditions by key in lower case, whatever their operator."""

    allows: bool
    principals: Mapping[str, tuple[str, ...]]  #: AWS, Service, …; {"*": ("*",)} is everybody
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, tuple[str, ...]]

    @property
    def is_for_everybody(self) -> bool:
        """Whether it names everybody as its principal."""
        return "*" in self.principals.get("*", ()) or "*" in self.principals.get("AWS", ())

    @property
    def is_public(self) -> bool:
        """Whether it lets everybody in, from anywhere."""
        return self.allows and self.is_for_everybody and not self.conditions.keys() & _BINDING

    @property
    def is_everything(self) -> bool:
        """Whether it allows every action on every resource."""
        return self.allows and "*" in self.actions and "*" in self.resources

    @property
    def denies_plain_http(self) -> bool:
        """Whether it turns everybody away who does not come over TLS."""
        without = self.conditions.get("aws:securetransport", ())
        return not self.allows and self.is_for_everybody and "false" in without

    @property
    def unbound_services(self) -> tuple[str, ...]:
        """Services that may use the right for whomever they like: the confused deputy."""
        if not self.allows or self.conditions.keys() & _SOURCES:
            return ()
        named = self.principals.get("Service", ())
        return tuple(one for one in named if one not in _WITHOUT_SOURCE)

    def foreign_accounts(self, own: str) -> tuple[str, ...]:
        """Accounts other than `own` that it lets in by name."""
        accounts = (_account(one) for one in self.principals.get("AWS", ()) if self.allows)
        return tuple(sorted({one for one in accounts if one not in ("", own)}))


def statements_of(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a document, given as text or as read from it."""
    read: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return tuple(_statement(one) for one in _listed(read.get("Statement", ())))


def _statement(body: Mapping[str, Any]) -> Statement:
    return Statement(
        allows=body.get("Effect") == "Allow",
        principals=_principals(body.get("Principal", {})),
        actions=_texts(body.get("Action", ())),
        resources=_texts(body.get("Resource", ())),
        conditions={
            str(key).lower(): _texts(values)
            for pairs in body.get("Condition", {}).values()
            for key, values in pairs.items()
        },
    )


def _principals(given: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(given, Mapping):
        return {str(kind): _texts(names) for kind, names in given.items()}
    return {"*": _texts(given)}


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in _listed(given))


def _listed(given: Any) -> Iterable[Any]:
    return given if isinstance(given, list | tuple) else (given,)


def _account(principal: str) -> str:
    """The account of an ARN or a bare account id; "" for everybody and for what is neither."""
    if principal.isdigit() and len(principal) == _ACCOUNT_LENGTH:
        return principal
    parts = principal.split(":")
    return parts[4] if principal.startswith("arn:") and len(parts) > 4 else ""  # noqa: PLR2004 - the fifth part of an ARN
