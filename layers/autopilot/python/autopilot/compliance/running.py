"""Controls over functions, state machines, schedules, alarms, topics and queues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from autopilot.compliance.control import Control, Judgement, both, each, holds, judged
from autopilot.domain.assessment import Level
from autopilot.domain.evidence.evidence import ByRegion, Evidence
from autopilot.domain.evidence.running import (
    AlarmSwitch,
    Function,
    Machine,
    Messages,
    Schedule,
)
from autopilot.domain.policy_document import Statement


def _functions(evidence: Evidence) -> ByRegion[Function]:
    return evidence.account.functions


def _machines(evidence: Evidence) -> ByRegion[Machine]:
    return evidence.account.machines


def _open_to(policy: Sequence[Statement], account: str) -> list[str]:
    """Whom a policy lets in who is not of the account."""
    everybody = {"everybody" for one in policy if one.is_public}
    services = {f"{name} for anyone" for one in policy for name in one.unbound_services}
    foreign = {name for one in policy for name in one.foreign_accounts(account)}
    return sorted(everybody | services | foreign)


def _private(function: Function, evidence: Evidence) -> Judgement | None:
    def judge(policy: Sequence[Statement]) -> Judgement:
        found = _open_to(policy, evidence.account.id)
        return holds(not found, "no caller from outside", f"may be called by {', '.join(found)}")

    return judged(function.policy, judge)


def _signed(function: Function, _: Evidence) -> Judgement | None:
    def judge(ways: Sequence[str]) -> Judgement | None:
        signed = all(way == "AWS_IAM" for way in ways)
        return holds(signed, "requests are signed", "anybody may call its URL") if ways else None

    return judged(function.url_auth, judge)


def _patched(function: Function, evidence: Evidence) -> Judgement | None:
    if not function.runtime:
        return None
    ended = evidence.profile.compliance.runtimes_ended
    no = f"{function.runtime} gets no security patches any more"
    return holds(function.runtime not in ended, function.runtime, no)


def _failures_kept(function: Function, _: Evidence) -> Judgement | None:
    """Only functions that something calls asynchronously can lose a call."""

    def called(policy: Sequence[Statement]) -> Judgement | None:
        if not any(one.principals.get("Service") for one in policy):
            return None
        yes, no = "failed calls are kept", "a call that fails for good leaves no trace"
        return judged(function.keeps_failures, lambda kept: holds(kept, yes, no))

    return judged(function.policy, called)


def _logged(machine: Machine, _: Evidence) -> Judgement:
    level = machine.log_level
    return holds(level == "ALL", "every step is logged", f"log level {level}, expected ALL")


def _logged_bare(machine: Machine, _: Evidence) -> Judgement:
    return holds(not machine.logs_data, "without inputs and outputs", "logs inputs and outputs")


def _on(schedule: Schedule, _: Evidence) -> Judgement:
    return holds(schedule.enabled, "enabled", "disabled: what it starts does not happen")


def _acts(alarm: AlarmSwitch, _: Evidence) -> Judgement:
    return holds(alarm.acts, "may act", "its actions are disabled: nobody will be told")


def _encrypted(messages: Messages, _: Evidence) -> Judgement:
    return holds(messages.encrypted, "encrypted at rest", "not encrypted at rest")


def _unshared(messages: Messages, evidence: Evidence) -> Judgement:
    found = _open_to(messages.policy, evidence.account.id)
    return holds(not found, "nobody from outside", f"open to {', '.join(found)}")


def _only_tls(messages: Messages, _: Evidence) -> Judgement:
    denied = any(one.denies_plain_http for one in messages.policy)
    return holds(denied, "plain HTTP is denied", "its policy does not deny plain HTTP")


def _topics(evidence: Evidence) -> ByRegion[Messages]:
    return evidence.account.topics


def _queues(evidence: Evidence) -> ByRegion[Messages]:
    return evidence.account.queues


CONTROLS: Final = (
    Control(
        "functions-private",
        "Functions are called from within the account only",
        "32(1)(b)",
        Level.HIGH,
        "Remove the permission, or give it SourceArn and SourceAccount.",
        each(_functions, _private),
        "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
        "Lambda.1",
        ("awslambda_function_not_publicly_accessible",),
    ),
    Control(
        "urls-signed",
        "Function URLs know their caller",
        "32(1)(b)",
        Level.HIGH,
        "Set AuthType AWS_IAM.",
        each(_functions, _signed),
        "",
        "",
        ("awslambda_function_url_public",),
    ),
    Control(
        "runtimes-patched",
        "Functions run on patched runtimes",
        "32(1)(d)",
        Level.MEDIUM,
        "Move the function to a runtime that is maintained.",
        each(_functions, _patched),
        "LAMBDA_FUNCTION_SETTINGS_CHECK",
        "Lambda.2",
        ("awslambda_function_using_supported_runtimes",),
    ),
    Control(
        "failures-kept",
        "Asynchronous calls that fail are kept",
        "5(2)",
        Level.LOW,
        "Give the function an OnFailure destination.",
        each(_functions, _failures_kept),
        "LAMBDA_DLQ_CHECK",
    ),
    Control(
        "runs-logged",
        "Runs of state machines are logged",
        "5(2)",
        Level.MEDIUM,
        "Set Logging.Level ALL.",
        each(_machines, _logged),
        "STEP_FUNCTIONS_STATE_MACHINE_LOGGING_ENABLED",
        "StepFunctions.1",
        ("stepfunctions_statemachine_logging_enabled",),
    ),
    Control(
        "runs-logged-bare",
        "Logs of runs hold no inputs and outputs",
        "25(2)",
        Level.HIGH,
        "Set IncludeExecutionData false, and delete the log streams that have it.",
        each(_machines, _logged_bare),
    ),
    Control(
        "schedules-on",
        "What is done regularly is scheduled",
        "32(1)(d)",
        Level.MEDIUM,
        "Enable the schedule, or delete it together with what it starts.",
        each(lambda evidence: evidence.account.schedules, _on),
    ),
    Control(
        "alarms-act",
        "Alarms may act",
        "33(1)",
        Level.MEDIUM,
        "aws cloudwatch enable-alarm-actions.",
        each(lambda evidence: evidence.account.alarms, _acts),
        "CLOUDWATCH_ALARM_ACTION_ENABLED_CHECK",
        "CloudWatch.17",
        ("cloudwatch_alarm_actions_enabled",),
    ),
    Control(
        "topics-encrypted",
        "Topics are encrypted",
        "32(1)(a)",
        Level.MEDIUM,
        "Set KmsMasterKeyId of the topic.",
        each(_topics, _encrypted),
        "SNS_ENCRYPTED_KMS",
        "SNS.1",
        ("sns_topics_kms_encryption_at_rest_enabled",),
    ),
    Control(
        "queues-encrypted",
        "Queues are encrypted",
        "32(1)(a)",
        Level.MEDIUM,
        "Set SqsManagedSseEnabled, or a key.",
        each(_queues, _encrypted),
        "",
        "SQS.1",
        ("sqs_queues_server_side_encryption_enabled",),
    ),
    Control(
        "messages-unshared",
        "Topics and queues let in nobody from outside",
        "32(1)(b)",
        Level.HIGH,
        "Bind the statement of the policy to a source of this account.",
        both(each(_topics, _unshared), each(_queues, _unshared)),
        "SNS_TOPIC_NO_PUBLIC_ACCESS",
        "SNS.4",
        ("sns_topics_not_publicly_accessible", "sqs_queues_not_publicly_accessible"),
    ),
    Control(
        "messages-tls",
        "Topics and queues deny plain HTTP",
        "32(1)(a)",
        Level.MEDIUM,
        "Add a Deny under aws:SecureTransport false to the policy.",
        both(each(_topics, _only_tls), each(_queues, _only_tls)),
    ),
)
