"""The record of processing activities that Art. 30(1) GDPR asks for. Pure.

What people decide (purpose, basis, categories, limits) stands in the profile; where the data lie,
under which key and for how long stands in the templates that are deployed. This joins the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autopilot.compliance.stores import DATA
from autopilot.domain.compliance_section import Activity
from autopilot.domain.profile import Profile

_TABLE: Final = "AWS::DynamoDB::GlobalTable"
_BUCKET: Final = "AWS::S3::Bucket"


@dataclass(frozen=True, slots=True)
class Store:
    """Where data of an activity lie, as a template says."""

    name: str  #: logical id
    kind: str
    data: str  #: the activity; "" when the template does not say
    encryption: str
    kept: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity with its stores."""

    activity: Activity
    stores: tuple[Store, ...]


def stores_of(template: Mapping[str, Any]) -> Iterator[Store]:
    """The tables and buckets of a template, intrinsic functions in their long form or as text."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == _TABLE:
            yield _table(name, properties)
        elif resource["Type"] == _BUCKET:
            yield _bucket(name, properties)


def _table(name: str, properties: Mapping[str, Any]) -> Store:
    replicas = properties["Replicas"]
    recovery = replicas[0].get("PointInTimeRecoverySpecification", {})
    is_on = recovery.get("PointInTimeRecoveryEnabled", False)
    return Store(
        name,
        "DynamoDB table",
        _data(replicas[0].get("Tags", ())),
        "a customer key" if "SSESpecification" in properties else "DynamoDB's own key",
        "until deleted, restorable for 35 days" if is_on else "until deleted, and then gone",
    )


def _bucket(name: str, properties: Mapping[str, Any]) -> Store:
    rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", ())
    algorithms = [one["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for one in rules]
    return Store(
        name,
        "S3 bucket",
        _data(properties.get("Tags", ())),
        "a customer key" if "aws:kms" in algorithms else "S3's own key",
        _kept(properties.get("LifecycleConfiguration", {}).get("Rules", ())),
    )


def _kept(rules: Sequence[Mapping[str, Any]]) -> str:
    limits = {one.get("Prefix", ""): one["ExpirationInDays"] for one in rules if _removes(one)}
    whole = f"{limits.pop('')} days" if "" in limits else "until deleted"
    return "; ".join([whole, *(f"{prefix} {days} days" for prefix, days in limits.items())])


def _removes(rule: Mapping[str, Any]) -> bool:
    return "ExpirationInDays" in rule and rule["Status"] == "Enabled"


def _data(tags: Sequence[Mapping[str, Any]]) -> str:
    return next((str(one["Value"]) for one in tags if one["Key"] == DATA), "")


def entries(profile: Profile, stores: Sequence[Store]) -> tuple[Entry, ...]:
    """Every activity of the profile with the stores that name it."""
    return tuple(
        Entry(activity, tuple(one for one in stores if one.data == activity.data))
        for activity in profile.compliance.activities
    )


def to_markdown(profile: Profile, stores: Sequence[Store]) -> str:
    """The register as a document for the authority: Art. 30(4)."""
    controller = profile.compliance.controller
    lines = [
        f"# Record of processing activities: {profile.service.name}",
        "",
        "Article 30(1) GDPR. Written by `autopilot compliance --format register` from the profile",
        "and the templates; do not edit.",
        "",
        f"* Controller: {controller.name}, {controller.contact}",
        f"* Data protection officer: {controller.data_protection_officer or 'not named'}",
        f"* Supervisory authority: {controller.authority or 'not named'}",
        f"* Regions: {', '.join(profile.regions.residency)}; no transfer out of them",
        "* Security of processing (Art. 32): docs/compliance.md and its daily findings",
    ]
    for entry in entries(profile, stores):
        lines += ["", *_section(entry)]
    return "\n".join(lines) + "\n"


def _section(entry: Entry) -> Iterator[str]:
    activity = entry.activity
    yield f"## {activity.title}"
    yield ""
    yield f"* Purpose: {activity.purpose}"
    yield f"* Legal basis (Art. 6(1)): {activity.basis}"
    yield f"* Persons: {activity.subjects}"
    yield f"* Data: {activity.categories}"
    yield f"* Recipients: {activity.recipients}"
    yield f"* Time limit: {activity.days_max} days"
    if not entry.stores:
        yield "* Stores of this product: none"
        return
    yield ""
    yield "| store | kind | encrypted under | kept |"
    yield "|---|---|---|---|"
    for one in entry.stores:
        yield f"| {one.name} | {one.kind} | {one.encryption} | {one.kept} |"
