"""Installs the product into the embedded AWS, as docs/deploy.md says, for a scenario's profile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.iam.models import iam_backends

from autopilot.adapters import clients
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.adapters.failover_switches import failover_switches
from autopilot.adapters.kms_signer import KmsSigner
from autopilot.adapters.s3_trail_store import S3TrailStore
from autopilot.adapters.system_clock import SystemClock
from autopilot.audit.note import VerifierKey
from autopilot.domain.allocation import Allocation
from autopilot.domain.profile import Profile
from autopilot.domain.trail_head import LOG_PREFIX, origin_of
from autopilot.gate.gate import Gate
from autopilot.signals.dashboards import generate_dashboards
from autopilot.signals.section import generate
from autopilot.trail_wiring import one_thread
from autopilot.wiring import public_path
from autopilot_lab.drill.global_database import make_database
from autopilot_lab.drill.managed_models import ManagedModels
from autopilot_lab.drill.managed_releases import ManagedReleases
from autopilot_lab.drill.project import REFERENCE_PROFILE, ROOT
from autopilot_lab.drill.public_path import ServedPath
from autopilot_lab.drill.routing_cluster import make_cluster
from autopilot_lab.drill.yesterday import remember_yesterday
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.deploy import Stack, Template, load_template
from autopilot_lab.emulator.moto_backend import ACCOUNT

#: In prod the schedules run and the alarms watch.
STAGE = "prod"


@dataclass(frozen=True, slots=True)
class Installation:
    """The installed product, and an operator's way into it."""

    aws: EmbeddedAws
    profile: Profile
    ledger_table: str
    stacks: Mapping[str, Stack]  #: stacks of the regions that act, by region, home first
    public_path: ServedPath  #: how probes see the service
    releases: ManagedReleases  #: what the service owns
    models: ManagedModels  #: as well
    admissions: Mapping[str, str]  #: the health check that lets clients in, by region

    @property
    def account(self) -> str:
        """The id of the account that it is installed in."""
        return ACCOUNT

    @property
    def regions(self) -> tuple[str, ...]:
        """Home, then standby."""
        return tuple(self.stacks)

    @property
    def ledger(self) -> DynamoDbLedger:
        """The ledger, home's replica first."""
        regions = (self.profile.regions.home, self.profile.regions.standby)
        return DynamoDbLedger(
            clients=[self.aws.client("dynamodb", region) for region in regions],
            table=self.ledger_table,
            service=self.profile.service.name,
        )

    @property
    def gate(self) -> Gate:
        """The gate, with an operator's hands."""
        return Gate(ledger=self.ledger, clock=SystemClock())

    def admitted(self, region: str) -> bool:
        """Whether DNS lets clients into a region now."""
        checks = self.aws.services.health_checks
        return checks.healthy(self.admissions[region], self.aws.scheduler.now)

    def failover_switches(self) -> dict[str, str]:
        """What the switches of a failover show; nothing where the profile has none."""
        switches = failover_switches(
            self.profile,
            ledger=self.ledger,
            clock=SystemClock(),
            client=self._client,
            flag_bucket=f"{self.profile.service.name}-flags-{ACCOUNT}-{{region}}",
            region=self.profile.regions.standby,  # drills lose home
        )
        return {name: switch.observe().value for name, switch in switches.items()}

    def _client(self, service: str, region: str, *, endpoint: str = "", **_: Any) -> Any:
        """A client at an address of its own, where a service has no single one."""
        if endpoint:
            return clients.client(service, region, endpoint=endpoint)
        return self.aws.client(service, region)

    def trail(self, region: str) -> S3TrailStore:
        """The log of a region's trail."""
        return self._trail_store(region, LOG_PREFIX)

    def inbox(self, region: str) -> S3TrailStore:
        """What waits for a region's trail, beside its log."""
        return self._trail_store(region, "")

    def archives(self, region: str) -> dict[str, S3TrailStore]:
        """What each region keeps of a region's log, home first."""
        return {
            lies_in: S3TrailStore(
                bucket=self.stacks[lies_in].outputs["ArchiveBucket"],
                prefix=f"{region}/",
                client=self.aws.client("s3", lies_in),
            )
            for lies_in in self.regions
        }

    def _trail_store(self, region: str, prefix: str) -> S3TrailStore:
        bucket = self.stacks[region].outputs["TrailBucket"]
        client = self.aws.client("s3", region)
        return S3TrailStore(bucket=bucket, prefix=prefix, client=client)

    def trail_key(self, region: str) -> VerifierKey:
        """The public key of a region's trail."""
        key_id, client = self.stacks[region].outputs["TrailKey"], self.aws.client("kms", region)
        signer = KmsSigner(key_id=key_id, client=client)
        return VerifierKey(origin_of(self.profile.service.name, region), signer.public_key())

    def start_run(self, runbook: str, request: Any, *, region: str, name: str) -> str:
        """Start a runbook's machine, as an operator would; return the execution's ARN."""
        machine = self.stacks[region].outputs[_output_of(runbook)]
        return str(
            self.aws.client("stepfunctions", region).start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(request)
            )["executionArn"]
        )


def install(
    aws: EmbeddedAws,
    profile: Profile,
    profile_text: str,
    start: Allocation,
    folder: Path,
    *,
    is_new: bool = False,
) -> Installation:
    """The account, foundation, the ledger's first allocation, then the roles, the observer's last.

    `folder` is an empty one, for what is generated from the profile. Unless it `is_new`, metrics
    remember that it has run the day before.
    """
    _prepare_account(aws, profile)
    foundation = _install_foundation(aws, profile, _foundation(profile, profile_text, folder))
    template = _template(profile, profile_text, folder)
    stacks: dict[str, Stack] = {}
    path = ServedPath(aws.scheduler, profile, aws.services.endpoints)
    aws.keep(public_path(path))
    aws.keep(one_thread())
    releases = ManagedReleases(aws, profile)
    releases.install()
    models = ManagedModels(aws, profile)
    models.install()
    installation = Installation(
        aws,
        profile,
        foundation.outputs["LedgerTable"],
        stacks,
        path,
        releases,
        models,
        {
            profile.regions.home: foundation.outputs["HomeAdmitted"],
            profile.regions.standby: foundation.outputs["StandbyAdmitted"],
        },
    )
    installation.gate.initialise(start)
    for role in ("home", "standby"):
        region = getattr(profile.regions, role)
        stacks[region] = _install_role(aws, profile, template, foundation, role, region)
    observer = profile.regions.observer
    _install_role(aws, profile, template, foundation, "observer", observer)
    for region in () if is_new else stacks:
        remember_yesterday(aws, region)
    return installation


def _prepare_account(aws: EmbeddedAws, profile: Profile) -> None:
    """What docs/deploy.md asks for before the first deployment, and no template can set."""
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    aws.client("s3control", profile.regions.home).put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration=dict.fromkeys(names, True)
    )
    if profile.failover and profile.failover.arc:
        make_cluster(aws, profile.failover.arc)
    if profile.failover and profile.failover.database:
        make_database(aws, profile.failover.database, home=profile.regions.home)
    # No call registers a device for the root user: its own sign-in does.
    iam_backends[ACCOUNT]["aws"].account_summary._account_mfa_enabled = 1


def _foundation(profile: Profile, profile_text: str, folder: Path) -> Path:
    """The file itself; for another profile one with dashboards as `make generate` writes them."""
    written = ROOT / "foundation.yaml"
    if profile_text == REFERENCE_PROFILE.read_text("utf-8"):
        return written
    generated = folder / "foundation.yaml"
    generated.write_text(generate_dashboards(written.read_text("utf-8"), profile), "utf-8")
    return generated


def _install_foundation(aws: EmbeddedAws, profile: Profile, foundation: Path) -> Stack:
    return aws.deploy(
        foundation,
        stack=f"{profile.service.name}-foundation",
        region=profile.regions.home,
        parameters={
            "Service": profile.service.name,
            "Stage": STAGE,
            "StandbyRegion": profile.regions.standby,
            "ObserverRegion": profile.regions.observer,
            **_routing_controls(profile),
        },
    )


def _install_role(
    aws: EmbeddedAws,
    profile: Profile,
    template: Template,
    foundation: Stack,
    role: str,
    region: str,
) -> Stack:
    return aws.deploy(
        template,
        stack=f"{profile.service.name}-{role}",
        region=region,
        parameters={
            "Role": role,
            "Service": profile.service.name,
            "Stage": STAGE,
            "LedgerTable": foundation.outputs["LedgerTable"],
            "LedgerRegions": foundation.outputs["LedgerRegions"],
            "TimeZone": profile.service.time_zone,
            "VaultTable": foundation.outputs["VaultTable"],
            "SubjectKeys": foundation.outputs["SubjectKeys"],
            **_release_parameters(profile),
            **_preflight_parameters(profile),
            **_switching_parameters(profile),
        },
        folder=ROOT,
    )


def _preflight_parameters(profile: Profile) -> dict[str, str]:
    role = profile.preflight.execution_role
    return {} if role is None else {"ExecutionRole": role}


def _routing_controls(profile: Profile) -> dict[str, str]:
    """The foundation's parameters that name the control of each region, where there are some."""
    arc = profile.failover.arc if profile.failover else None
    arns = {each.region: each.arn for each in arc.controls} if arc else {}
    roles = {"Home": profile.regions.home, "Standby": profile.regions.standby}
    return {f"{role}RoutingControl": arns[region] for role, region in roles.items() if arns}


def _switching_parameters(profile: Profile) -> dict[str, str]:
    """The same, and the clusters of a database, as the roles' rights name them."""
    arns = _routing_controls(profile).values()
    controls = {"RoutingControls": ",".join(arns)} if arns else {}
    database = profile.failover.database if profile.failover else None
    if database is None:
        return controls
    clusters = [each.arn for each in database.clusters]
    whole = f"arn:aws:rds::{ACCOUNT}:global-cluster:{database.identifier}"
    return controls | {"GlobalDatabase": ",".join([whole, *clusters])}


def _release_parameters(profile: Profile) -> dict[str, str]:
    """What the template has to know of the profile's release section."""
    release = profile.release
    if release is None:
        return {}
    first, last = release.regions[0], release.regions[-1]
    admin = release.emergency
    return {
        "ReleaseRegions": f"{first},{last}",
        "ReleaseFunction": release.function,
        "ReleaseAlias": release.alias,
        "ReleaseParameters": release.parameters,
    } | ({"AdminApi": admin.api, "AdminRegion": admin.region} if admin else {})


def _template(profile: Profile, profile_text: str, folder: Path) -> Template:
    """The regional template for this profile; for the reference profile, the very file.

    For another one its alarms are as `make generate` writes them, and its layer holds it.
    """
    if profile_text == REFERENCE_PROFILE.read_text("utf-8"):
        return load_template(ROOT / "template.yaml")
    text = generate((ROOT / "template.yaml").read_text("utf-8"), profile)
    generated = folder / "template.yaml"
    generated.write_text(text, "utf-8")
    layer = folder / "layer" / "profile" / "profile.toml"
    layer.parent.mkdir(parents=True)
    layer.write_text(profile_text, "utf-8")
    template = load_template(generated)
    template["Resources"]["ProfileLayer"]["Properties"]["ContentUri"] = str(folder / "layer")
    return template


def _output_of(runbook: str) -> str:
    """The stack's output that names a runbook's machine: `traffic_ramp` is `TrafficRamp`."""
    return "".join(word.title() for word in runbook.split("_"))
