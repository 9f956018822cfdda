"""The metrics that AWS services publish about themselves, as far as alarms here watch them.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Sequence

from moto.sqs.models import sqs_backends

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.embedded_metrics import take_metrics
from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id
from autopilot_lab.emulator.moto_backend import ACCOUNT

QUEUE_INTERVAL_SECONDS = 60.0


class ServiceMetrics:
    """Publishes for Lambda, Step Functions and SQS, at standard resolution."""

    def __init__(self, *, scheduler: Scheduler, metrics: Metrics, regions: Sequence[str]) -> None:
        self._scheduler = scheduler
        self._metrics = metrics
        self._regions = tuple(regions)
        self._active_queues: set[str] = set()

    def start(self) -> None:
        """Begin to look at the queues every minute."""
        self._scheduler.call_at(self._scheduler.now + QUEUE_INTERVAL_SECONDS, self._count_messages)

    def invocation(self, region: str, function: str, seconds: float, *, failed: bool) -> None:
        """An invocation ended."""
        dimensions = {"FunctionName": function}
        self._put(region, "AWS/Lambda", "Invocations", dimensions, 1.0)
        self._put(region, "AWS/Lambda", "Errors", dimensions, float(failed))
        self._put(region, "AWS/Lambda", "Duration", dimensions, seconds * 1000)

    def logged(self, region: str, lines: Sequence[str]) -> None:
        """A function wrote these lines to its log, which may hold metrics of its own."""
        take_metrics(self._metrics, region, lines)

    def throttle(self, region: str, function: str) -> None:
        """An invocation was turned away for want of concurrency."""
        self._put(region, "AWS/Lambda", "Throttles", {"FunctionName": function}, 1.0)

    def execution(self, region: str, machine_arn: str, metric: str) -> None:
        """An execution started or ended: `metric` is ExecutionsStarted, ExecutionsFailed, etc."""
        self._put(region, "AWS/States", metric, {"StateMachineArn": machine_arn}, 1.0)

    def _put(
        self, region: str, namespace: str, name: str, dimensions: dict[str, str], value: float
    ) -> None:
        metric = metric_id(namespace, name, dimensions)
        statistics = Statistics.of_values([value], [1.0])
        self._metrics.publish(region, metric, self._scheduler.now, statistics)

    def _count_messages(self) -> None:
        """A queue has metrics from its first message on."""
        for region in self._regions:
            for queue in sqs_backends[ACCOUNT][region].queues.values():
                waiting = len(queue.messages)
                if waiting or queue.queue_arn in self._active_queues:
                    self._active_queues.add(queue.queue_arn)
                    dimensions = {"QueueName": queue.name}
                    name = "ApproximateNumberOfMessagesVisible"
                    self._put(region, "AWS/SQS", name, dimensions, float(waiting))
        self.start()
