"""Reads the whole account, region by region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from autopilot.adapters.account import buckets, models, people, running, tables
from autopilot.domain.evidence.evidence import Account, ByRegion

if TYPE_CHECKING:
    from autopilot.domain.known import Found
    from autopilot.domain.profile import Profile

#: Service and region → a client.
Client: TypeAlias = Callable[[str, str], Any]
F = TypeVar("F")


class AwsAccount:
    """`AccountReader` over clients of AWS."""

    def __init__(self, *, account: str, client: Client, profile: Profile) -> None:
        """`account`: its id."""
        self._account, self._client, self._profile = account, client, profile

    def read(self) -> Account:
        """Everything; what did not answer is unread, and the rest is there."""
        home = self._profile.regions.home
        iam, s3 = self._client("iam", home), self._client("s3", home)
        return Account(
            id=self._account,
            blocks_public=buckets.account_blocks(self._client("s3control", home), self._account),
            root_has_keys=people.root_has_keys(iam),
            root_is_guarded=people.root_is_guarded(iam),
            checker_ranges=models.read_checker_ranges(self._client("route53", home)),
            buckets={"global": buckets.read_buckets(s3)},
            trail_inboxes={
                region: buckets.read_trail_inbox(self._client("s3", region), self._trail(region))
                for region in self._serving
            },
            tables=self._each("dynamodb", tables.read_tables),
            keys=self._each("kms", tables.read_keys),
            backup_vaults=self._each("backup", tables.read_backup_vaults),
            functions=self._each("lambda", running.read_functions),
            machines=self._each("stepfunctions", running.read_machines),
            schedules=self._each("scheduler", running.read_schedules),
            alarms=self._each("cloudwatch", running.read_alarms),
            topics=self._each("sns", running.read_topics),
            queues=self._each("sqs", running.read_queues),
            log_groups=self._each("logs", running.read_log_groups),
            roles={"global": people.read_roles(iam)},
            users={"global": people.read_users(iam)},
            activity_logs=self._each("cloudtrail", people.read_activity_logs),
            models={
                region: models.read_models(self._client("bedrock", region), region, self._models)
                for region in self._serving
            },
            model_places={
                region: models.read_model_place(self._client("bedrock", region), region)
                for region in self._serving
            },
        )

    def _each(self, service: str, read: Callable[[Any], Found[tuple[F, ...]]]) -> ByRegion[F]:
        regions = self._profile.regions
        places = (regions.home, regions.standby, regions.observer)
        return {region: read(self._client(service, region)) for region in places}

    def _trail(self, region: str) -> str:
        """The bucket's name, as the template makes it."""
        return f"{self._profile.service.name}-trail-{self._account}-{region}"

    @property
    def _serving(self) -> Sequence[str]:
        return (self._profile.regions.home, self._profile.regions.standby)

    @property
    def _models(self) -> Sequence[str]:
        return sorted({one.profile for one in self._profile.bedrock.models})
