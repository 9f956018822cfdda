"""The embedded AWS: everything that a deployed application sees, in this process, in virtual time.

    with EmbeddedAws(start=1_700_000_000, seed=7) as aws:
        aws.deploy(Path("template.yaml"), "home", "eu-central-1", {"Role": "home"})
        aws.run(3600)

moto holds what services hold; functions, state machines, metrics, alarms, events and schedules
are the lab's own. Only one can run at a time in a process, because moto's state is global.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from autopilot_lab.emulator import deploy as deployment
from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.implicit import ImplicitRights
from autopilot_lab.emulator.alarm_events import AlarmEvents
from autopilot_lab.emulator.alarms import Alarms
from autopilot_lab.emulator.api_models import shared_models
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.cloudwatch_api import CloudWatchApi
from autopilot_lab.emulator.delivery import Delivery
from autopilot_lab.emulator.dynamodb_answers import quick_items
from autopilot_lab.emulator.event_bus import EventBus
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.event_sources import EventSources
from autopilot_lab.emulator.execution_log import ExecutionLog
from autopilot_lab.emulator.faults import Faults
from autopilot_lab.emulator.function_code import CodeRegistry
from autopilot_lab.emulator.global_tables import GlobalTables
from autopilot_lab.emulator.lambda_api import LambdaInvoke
from autopilot_lab.emulator.lambda_async import AsyncInvocations
from autopilot_lab.emulator.lambda_runner import LambdaRunner, Outcome
from autopilot_lab.emulator.latency import Latency
from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id
from autopilot_lab.emulator.moto_backend import MotoBackend
from autopilot_lab.emulator.outages import Outages
from autopilot_lab.emulator.plain_environment import plain_environment
from autopilot_lab.emulator.resources.catalogue import RESOURCE_TYPES
from autopilot_lab.emulator.resources.resource import taught
from autopilot_lab.emulator.schedules import Schedules
from autopilot_lab.emulator.seeded_ids import seeded_ids
from autopilot_lab.emulator.service_metrics import ServiceMetrics
from autopilot_lab.emulator.services.suite import OwnServices
from autopilot_lab.emulator.shortcuts import shortcuts
from autopilot_lab.emulator.socket_guard import loopback_only
from autopilot_lab.emulator.states import Engine
from autopilot_lab.emulator.stepfunctions_api import StepFunctionsApi
from autopilot_lab.emulator.strict.key_material import multi_region_ids
from autopilot_lab.emulator.strict.strong_tables import StrongTables
from autopilot_lab.emulator.strict.suite import strict_layer
from autopilot_lab.emulator.strict.table_recovery import TableRecovery
from autopilot_lab.emulator.strict.versions import Versions
from autopilot_lab.emulator.targets import Sender, Targets
from autopilot_lab.emulator.task_integrations import TaskIntegrations
from autopilot_lab.emulator.task_output import captured
from autopilot_lab.emulator.topics import Topics
from autopilot_lab.emulator.uploaded_code import UploadedCode

REGIONS = ("eu-central-1", "eu-west-1", "eu-west-3")
OPERATOR_KEY = "AKIA" + "OPERATOR".ljust(16, "0")  # in two parts: it is no key that leaked


class EmbeddedAws:
    """A context manager; inside it, time is virtual and every boto3 client talks to the lab.

    `start` is the first instant in Unix seconds; the same `seed` and the same calls give the same
    bytes, in every process.
    """

    def __init__(self, start: float, seed: int = 0, regions: tuple[str, ...] = REGIONS) -> None:
        self.regions = regions
        self.scheduler = Scheduler(start=start)
        self.log = EventLog(lambda: self.scheduler.now)
        self.faults = Faults()
        self.outages = Outages(lambda: self.scheduler.now)
        self.code = CodeRegistry()
        self.versions = Versions(seed, self.code)
        self.metrics = Metrics(lambda: self.scheduler.now)
        self.global_tables = GlobalTables()
        self.strong_tables = StrongTables(
            now=lambda: self.scheduler.now, tables=self.global_tables, faults=self.faults
        )
        self.alarms = Alarms(
            scheduler=self.scheduler,
            log=self.log,
            metrics=self.metrics,
            outages=self.outages,
            seed=seed,
        )
        self.access = Access(now=lambda: self.scheduler.now, log=self.log)
        self.implicit_rights = ImplicitRights(self.access, self.log)
        self._seed = seed
        self._moto = MotoBackend()
        self._exits = ExitStack()
        self.calls = CallPath(
            scheduler=self.scheduler,
            log=self.log,
            faults=self.faults,
            latency=Latency(seed),
            moto=self._moto,
            access=self.access,
            strict=strict_layer(
                now=lambda: self.scheduler.now,
                strong_tables=self.strong_tables,
                table_recovery=TableRecovery(
                    now=lambda: self.scheduler.now, tables=self.global_tables
                ),
                versions=self.versions,
            ),
        )
        self.client = cache(self._make_client)
        self._build_functions()
        self._build_events()
        self.services = OwnServices(
            scheduler=self.scheduler,
            log=self.log,
            metrics=self.metrics,
            faults=self.faults,
            calls=self.calls,
            access=self.access,
            runner=self.runner,
            seed=seed,
        )
        self.services.watch(self._alarm_events)
        self.services.callers.add_operator(OPERATOR_KEY)
        self._register()

    # -- building --------------------------------------------------------------------------------

    def _build_functions(self) -> None:
        self._service_metrics = ServiceMetrics(
            scheduler=self.scheduler, metrics=self.metrics, regions=self.regions
        )
        self.runner = LambdaRunner(
            scheduler=self.scheduler,
            log=self.log,
            code=self.code,
            versions=self.versions,
            outages=self.outages,
            service_metrics=self._service_metrics,
        )
        self.event_sources = EventSources(
            scheduler=self.scheduler, log=self.log, runner=self.runner, outages=self.outages
        )
        self._uploads = UploadedCode(self.code, self.runner.forget)
        self._integrations = TaskIntegrations(
            scheduler=self.scheduler,
            calls=self.calls,
            runner=self.runner,
            client=self.client,
            access=self.access,
        )
        self._executions = ExecutionLog(log=self.log, service_metrics=self._service_metrics)
        self.engine = Engine(
            self.scheduler,
            self._integrations,
            on_event=self._executions.on_event,
            seed=self._seed,
        )
        self.machines = StepFunctionsApi(self.engine)

    def _build_events(self) -> None:
        scheduler, log = self.scheduler, self.log
        self.topics = Topics(scheduler=scheduler, log=log, delivery=lambda: self._delivery)
        self._targets = Targets(
            calls=self.calls,
            log=log,
            access=self.access,
            runner=self.runner,
            start_execution=self.machines.start,
            publish=self.topics.send,
            put_event=self._forward_event,
        )
        self._queue = AsyncInvocations(
            scheduler=scheduler, log=log, runner=self.runner, deliver=self._deliver
        )
        self._targets.queue = self._queue
        self._delivery = Delivery(
            scheduler=scheduler, log=log, targets=self._targets, seed=self._seed
        )
        self.bus = EventBus(scheduler=scheduler, delivery=self._delivery)
        self._executions.bus = self.bus
        self.schedules = Schedules(
            scheduler=scheduler, delivery=self._delivery, bus=self.bus, seed=self._seed
        )
        self._alarm_events = AlarmEvents(
            scheduler=scheduler, delivery=self._delivery, bus=self.bus, alarms=self.alarms
        )
        self.alarms.on_transition = self._alarm_events.on_transition

    def _register(self) -> None:
        """Tell the call path who answers what."""
        calls = self.calls
        metrics = CloudWatchApi(
            metrics=self.metrics, alarms=self.alarms, now=lambda: self.scheduler.now
        )
        calls.own("cloudwatch", metrics.operations())
        calls.own("stepfunctions", self.machines.operations())
        calls.own("events", self.bus.operations())
        calls.own("sns", self.topics.operations())
        invoke = LambdaInvoke(self.runner, self._queue)
        calls.own_wire(
            "lambda",
            "Invoke",
            lambda call, request: invoke.answer(request, call.region, call.caller),
        )
        for operation in ("TransactWriteItems", "TransactGetItems"):
            calls.refuse("dynamodb", operation, self.global_tables.refuse_transaction)
        calls.refuse("dynamodb", "UpdateTimeToLive", self.global_tables.refuse_expiry)
        self.services.register(calls)
        calls.refuse("lambda", "CreateFunction", self._uploads.check_function)
        calls.refuse("lambda", "UpdateFunctionCode", self._uploads.check_archive)
        calls.after("lambda", self._uploads.follow)
        calls.after("scheduler", self._schedules_changed)
        calls.after("events", self._schedules_changed)

    # -- the outside -----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Start: fresh state, virtual time, seeded identifiers, no network."""
        with ExitStack() as stack:
            for part in (
                plain_environment(),
                self.calls.installed(),
                self._moto.running(),
                seeded_ids(self._seed),
                loopback_only(),
                shared_models(),
                quick_items(),
                shortcuts(),
                multi_region_ids(),
                taught(RESOURCE_TYPES, self),
                self.services.running(),
                self.services.public_hosts.reachable(),
                self.code.importable(),
                self._uploads.kept(),
                self.scheduler.running(),
                captured(self.scheduler),
            ):
                stack.enter_context(part)
            self._service_metrics.start()
            self._exits = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every task, and put back what was there before."""
        self._exits.close()

    def _make_client(self, service: str, region: str) -> Any:
        """A boto3 client with the operator's credentials; its calls cost no virtual time.

        Inside a task, calls cost time like everybody's.
        """
        make: Any = boto3.client  # stubs know each service by its literal name only
        return make(
            service,
            region_name=region,
            aws_access_key_id=OPERATOR_KEY,
            aws_secret_access_key="lab",  # noqa: S106 - signs requests that never leave
        )

    def deploy(
        self,
        template: Mapping[str, Any] | Path,
        stack: str,
        region: str,
        parameters: Mapping[str, str] | None = None,
        *,
        folder: Path | None = None,
    ) -> deployment.Stack:
        """Deploy a template (SAM or CloudFormation) in a region; see `deploy.deploy`."""
        source = template if isinstance(template, Path) else dict(template)
        self.access.forget()
        made = deployment.deploy(
            source, stack=stack, region=region, parameters=parameters or {}, folder=folder
        )
        self.access.forget()
        self.schedules.look_again(region)
        return made

    def invoke(self, function: str, event: Any, region: str) -> Outcome:
        """Invoke a function as the operator, and run the world until it answers."""
        return self.runner.invoke(region, function, json.dumps(event).encode(), caller="operator")

    def deliver_again(self, target_arn: str, times: int) -> bool:
        """Deliver what was last sent to a target again; False when nothing ever was."""
        return self._delivery.repeat(target_arn, times)

    def run(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.scheduler.run(seconds)

    def publish(
        self,
        region: str,
        dimensions: Mapping[str, str],
        period_end: float,
        *,
        namespace: str,
        metrics: Mapping[str, Statistics],
    ) -> None:
        """What a service publishes for a 10 s period that ends now: the fast way in.

        The same as PutMetricData with StorageResolution 1 and a timestamp inside the period.
        """
        for name, statistics in metrics.items():
            identity = metric_id(namespace, name, dimensions)
            self.metrics.publish(region, identity, period_end - 1, statistics, resolution_seconds=1)

    def keep(self, context: AbstractContextManager[object]) -> None:
        """Enter a context now, and leave it when this world ends."""
        self._exits.enter_context(context)

    # -- between the parts -----------------------------------------------------------------------

    def _deliver(self, target: str, body: str, source: str) -> None:
        """What a function's queue sends to a destination, under the function's role."""
        role = str(self.runner.function(source.split(":")[3], source).role)
        self._targets.send(target, body, Sender("lambda.amazonaws.com", source, role))

    def _forward_event(self, bus_arn: str, body: str) -> None:
        event = json.loads(body)
        self.bus.put(event, bus_arn.split(":")[3], bus_arn.rsplit("/", 1)[-1])

    def _schedules_changed(self, call: Call) -> None:
        self.schedules.look_again(call.region)
