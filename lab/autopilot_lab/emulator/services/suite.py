"""The own services of one embedded AWS, built and registered together."""

from __future__ import annotations

from contextlib import AbstractContextManager

from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.alarm_events import AlarmEvents
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.faults import Faults
from autopilot_lab.emulator.lambda_runner import LambdaRunner
from autopilot_lab.emulator.metrics import Metrics
from autopilot_lab.emulator.services.bedrock import LEFT_TO_MOTO, Bedrock
from autopilot_lab.emulator.services.bedrock_runtime import BedrockRuntime
from autopilot_lab.emulator.services.callers import Callers
from autopilot_lab.emulator.services.contract import own_part, own_whole
from autopilot_lab.emulator.services.credential_report import CredentialReport
from autopilot_lab.emulator.services.dns_answers import NameServers
from autopilot_lab.emulator.services.endpoints import Endpoints
from autopilot_lab.emulator.services.function_urls import FunctionUrls
from autopilot_lab.emulator.services.global_databases import GlobalDatabases
from autopilot_lab.emulator.services.health_checks import HealthChecks
from autopilot_lab.emulator.services.health_checks_api import HealthChecksApi
from autopilot_lab.emulator.services.key_descriptions import describe_key
from autopilot_lab.emulator.services.model_access import AccessBook
from autopilot_lab.emulator.services.mute_rules import MuteRules
from autopilot_lab.emulator.services.policy_simulation import PolicySimulation
from autopilot_lab.emulator.services.public_hosts import PublicHosts
from autopilot_lab.emulator.services.quotas import Quotas
from autopilot_lab.emulator.services.replication import Replication
from autopilot_lab.emulator.services.replication_rules import get_bucket_replication
from autopilot_lab.emulator.services.routing_control_cluster import RoutingControlCluster
from autopilot_lab.emulator.services.routing_control_config import RoutingControlConfig
from autopilot_lab.emulator.services.routing_controls import RoutingControls
from autopilot_lab.emulator.services.url_invocations import UrlInvocations


class OwnServices:
    """What moto lacks, beside its state.

    `endpoints` says what the world answers over the public path; `name_servers` what DNS does.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        log: EventLog,
        metrics: Metrics,
        faults: Faults,
        calls: CallPath,
        access: Access,
        runner: LambdaRunner,
        seed: int,
    ) -> None:
        def now() -> float:
            return scheduler.now

        self.endpoints = Endpoints(faults=faults, now=now)
        self.routing_controls = RoutingControls(now=now, log=log)
        self.health_checks = HealthChecks(
            scheduler=scheduler,
            log=log,
            metrics=metrics,
            endpoints=self.endpoints,
            routing_control=self.routing_controls.state,
            seed=seed,
        )
        self.routing_controls.after_change = self.health_checks.look
        self.routing_control_config = RoutingControlConfig(
            self.routing_controls, self.health_checks
        )
        self.health_checks_api = HealthChecksApi(self.health_checks)
        self.name_servers = NameServers(self.health_checks)
        self.quotas = Quotas(now=now)
        self.model_access = AccessBook()
        self.bedrock = Bedrock(access=self.model_access, now=now)
        self.simulation = PolicySimulation(access)
        self.credential_report = CredentialReport(now)
        self.models = BedrockRuntime(
            scheduler=scheduler,
            metrics=metrics,
            access=self.model_access,
            has_guardrail=self.bedrock.has_guardrail,
        )
        self.mute_rules = MuteRules(scheduler=scheduler)
        self.global_databases = GlobalDatabases(scheduler=scheduler, log=log, metrics=metrics)
        self.replication = Replication(
            scheduler=scheduler, log=log, faults=faults, access=access, seed=seed
        )
        self.callers = Callers(scheduler=scheduler)
        self.public_hosts = PublicHosts()
        self.function_urls = FunctionUrls(find=runner.function, now=now)
        self.url_invocations = UrlInvocations(
            scheduler=scheduler,
            calls=calls,
            access=access,
            runner=runner,
            urls=self.function_urls,
            callers=self.callers,
        )

    def watch(self, alarm_events: AlarmEvents) -> None:
        """Let mute rules keep the actions of alarms back."""
        alarm_events.holds = self.mute_rules.hold
        self.mute_rules.act = alarm_events.act

    def running(self) -> AbstractContextManager[None]:
        """Do what goes on without a call, such as replication, until the exit."""
        return self.replication.running()

    def register(self, calls: CallPath) -> None:
        """Take the services' places on the call path."""
        own_part(calls, "route53", self.health_checks_api.operations(), invalid="InvalidInput")
        config = self.routing_control_config.operations()
        own_whole(calls, "route53-recovery-control-config", config)
        RoutingControlCluster(self.routing_controls).register(calls)
        quotas = self.quotas.operations()
        own_whole(calls, "service-quotas", quotas, invalid="IllegalArgumentException")
        bedrock = self.bedrock.operations()
        own_whole(calls, "bedrock", bedrock, elsewhere=LEFT_TO_MOTO)
        self.models.register(calls)
        own_part(calls, "rds", self.global_databases.operations())
        own_part(calls, "kms", {"DescribeKey": describe_key})
        own_part(calls, "iam", self.simulation.operations(), invalid="InvalidInput")
        own_part(calls, "iam", self.credential_report.operations())
        urls = self.function_urls.operations()
        own_part(calls, "lambda", urls, invalid="InvalidParameterValueException")
        mute_rules = self.mute_rules.operations()
        own_part(calls, "cloudwatch", mute_rules, invalid="ValidationError")
        calls.own_wire("s3", "GetBucketReplication", get_bucket_replication)
