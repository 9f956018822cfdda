"""Metrics that AWS services publish about what is used here, and what follows from them."""

from __future__ import annotations

from typing import Final

from autopilot.signals.metric import Metric, Source
from autopilot.signals.names import BEDROCK, BEDROCK_DIMENSIONS

_MINUTE: Final = 60
_FIVE_MINUTES: Final = 300


def _bedrock(metric_id: str, title: str, name: str, definition: str, use: str) -> Metric:
    return Metric(
        id=metric_id,
        title=title,
        name=name,
        namespace=BEDROCK,
        unit="Count",
        dimensions=BEDROCK_DIMENSIONS,
        statistic="Sum",
        period_seconds=_MINUTE,
        source=Source.AWS,
        definition=definition,
        use=use,
    )


def _platform(
    metric_id: str,
    title: str,
    metric: tuple[str, str, str],
    definition: str,
    use: str,
    *,
    statistic: str = "Sum",
) -> Metric:
    """About what this product is made of; `metric` is namespace, name and dimension."""
    namespace, name, dimension = metric
    return Metric(
        id=metric_id,
        title=title,
        name=name,
        namespace=namespace,
        unit="Count",
        dimensions=(dimension,),
        statistic=statistic,
        period_seconds=_MINUTE,
        source=Source.AWS,
        definition=definition,
        use=use,
    )


def _cost(metric_id: str, title: str, unit: str, words: tuple[str, str, str]) -> Metric:
    """Over five minutes; `words` are definition, use and arithmetic."""
    definition, use, arithmetic = words
    return Metric(
        id=metric_id,
        title=title,
        unit=unit,
        period_seconds=_FIVE_MINUTES,
        source=Source.DERIVED,
        definition=definition,
        use=use,
        arithmetic=arithmetic,
    )


OF_AWS: Final = (
    _bedrock(
        "bedrock_throttles",
        "Bedrock throttles",
        "InvocationThrottles",
        "Requests that Bedrock turned away. There is no such metric before the first one.",
        "Says that a quota is spent before clients are turned away for good.",
    ),
    _bedrock(
        "input_tokens",
        "Input tokens",
        "InputTokenCount",
        "Tokens that were sent to a model.",
        "Cost, and what counts against the quota of tokens per minute.",
    ),
    _bedrock(
        "output_tokens",
        "Output tokens",
        "OutputTokenCount",
        "Tokens that a model answered with.",
        "The larger part of the cost.",
    ),
    _bedrock(
        "quota_tokens",
        "Tokens against the quota",
        "EstimatedTPMQuotaUsage",
        "Tokens a minute as quotas count them; of requests that were completed only, so that it "
        "falls during an outage.",
        "Compared with the quota at the day's peak, it gives the headroom.",
    ),
    _cost(
        "cost_per_day",
        "Cost per day",
        "US dollars",
        (
            (
                "What the tokens of five minutes would cost in a day, at the profile's prices. "
                "Without prices there is no such metric."
            ),
            "Whether a release or a new client changed what the service costs.",
            "288 x (input tokens x input price + output tokens x output price) / 1,000,000",
        ),
    ),
    _cost(
        "cost_per_request",
        "Cost per request",
        "US cents",
        (
            "Cost of the tokens of five minutes by request sent to a path that has a priced model.",
            "The unit cost: it stays where it is when only the load changes.",
            "100 x cost / requests of the same time on the models' paths",
        ),
    ),
    _cost(
        "cost_efficiency",
        "Cost efficiency",
        "Requests for a US dollar",
        (
            "Requests answered without a failure for each dollar of tokens.",
            "Falls when failed or repeated requests burn tokens that nobody has an answer from.",
            "(requests - failures) / cost of the same time, on the models' paths",
        ),
    ),
    _platform(
        "failed_events",
        "Failed events waiting",
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
        "Alarms or schedules that nobody could act on. A queue nobody used has no such metric.",
        "Each one is an answer that was not given.",
        statistic="Maximum",
    ),
    _platform(
        "oldest_waiting",
        "Oldest message waiting",
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName"),
        "Seconds that the oldest message of a queue has waited.",
        "Says that nobody takes what arrives.",
        statistic="Maximum",
    ),
    _platform(
        "pages_undelivered",
        "Pages undelivered",
        ("AWS/SNS", "NumberOfNotificationsFailed", "TopicName"),
        "Notifications that a subscriber of the page topic did not take.",
        "People may not know.",
    ),
    _platform(
        "runs_succeeded",
        "Runs that succeeded",
        ("AWS/States", "ExecutionsSucceeded", "StateMachineArn"),
        "Executions of a runbook's state machine that reached their end.",
        "Their absence says that nobody looks at the service any more.",
    ),
    _platform(
        "runs_aborted",
        "Runs stopped from outside",
        ("AWS/States", "ExecutionsAborted", "StateMachineArn"),
        "Executions that somebody stopped; they reach no Catch and report nothing.",
        "What they left is undone by the reaper, and somebody must know.",
    ),
    _platform(
        "runs_timed_out",
        "Runs that timed out",
        ("AWS/States", "ExecutionsTimedOut", "StateMachineArn"),
        "Executions that ran into their machine's time-out; they reach no Catch either.",
        "As above.",
    ),
    _platform(
        "runs_failed",
        "Runs that failed",
        ("AWS/States", "ExecutionsFailed", "StateMachineArn"),
        "Executions that ended in a Fail state, or in an error that no Catch took.",
        "What the run itself could not tell.",
    ),
    _platform(
        "invocations",
        "Invocations",
        ("AWS/Lambda", "Invocations", "FunctionName"),
        "Calls of a function that were begun.",
        "Their absence says that a schedule does not run.",
    ),
    _platform(
        "reflex_throttles",
        "Reflex throttled",
        ("AWS/Lambda", "Throttles", "FunctionName"),
        "Calls that Lambda turned away for want of concurrency.",
        "A reflex that waits is no reflex: its reserved concurrency is too small.",
    ),
)
