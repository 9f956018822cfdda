"""What an assertion works with: clients, and resources that are removed whatever happens."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

from autopilot_lab.conformance.run import TAG, TAG_VALUE, Cleaner, Run
from autopilot_lab.conformance.verdicts import Violated, equal

POLL_SECONDS: Final = 5.0
NO_CONSTRAINT: Final = "us-east-1"  #: S3 wants this region to be named by not naming one
RULE_SETTLES_SECONDS: Final = 15.0
RUNTIME: Final = "python3.13"


class Sandbox:
    """One trial's own corner of a place. A context manager: leaving it removes what was made."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.place = run.place
        self.regions = run.place.regions
        self.account = run.place.account
        self.cleaner = Cleaner()

    def __enter__(self) -> Self:
        """Start a trial."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what the trial made, also after a failure or an interrupt."""
        self.cleaner.clean()

    # -- the place -------------------------------------------------------------------------------

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client, in the home region unless told otherwise."""
        return self.place.client(service, region or self.regions.home)

    def name(self) -> str:
        """A name nobody else uses, valid for every service (lower case, at most 32 long)."""
        return f"{self.place.prefix}-{next(self.run.numbers)}"

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.place.wait(seconds)

    def eventually(self, assertion: Callable[[], None], *, within_seconds: float) -> None:
        """Try an assertion again and again until it holds; its last violation is the verdict."""
        deadline = time.time() + within_seconds
        while True:
            try:
                assertion()
            except Violated:
                if time.time() >= deadline:
                    raise
                self.wait(POLL_SECONDS)
            else:
                return

    # -- resources -------------------------------------------------------------------------------

    def table(self, **settings: Any) -> str:
        """A table with key `id` in the home region."""
        name, client = self.name(), self.client("dynamodb")
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            Tags=_tags(),
            **{
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                **settings,
            },
        )
        self.cleaner.later(f"table {name}", lambda: client.delete_table(TableName=name))
        client.get_waiter("table_exists").wait(TableName=name)
        return name

    def queue(self, **attributes: str) -> tuple[str, str]:
        """A standard queue that AWS services of this account may send to; its URL and ARN."""
        name, client = self.name(), self.client("sqs")
        arn = f"arn:aws:sqs:{self.regions.home}:{self.account}:{name}"
        url = client.create_queue(QueueName=name, Attributes=attributes, tags={TAG: TAG_VALUE})[
            "QueueUrl"
        ]
        self.cleaner.later(f"queue {name}", lambda: client.delete_queue(QueueUrl=url))
        policy = allow("sqs:SendMessage", arn, {"Service": list(SENDERS)}, self.account)
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        return str(url), arn

    def received(self, queue_url: str, *, within_seconds: float) -> dict[str, Any]:
        """The first message in a queue, parsed as JSON. Raises `Violated` when none comes."""
        client, found = self.client("sqs"), []

        def look() -> None:
            answer = client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=1)
            found.extend(answer.get("Messages", ()))
            if not found:
                raise Violated(f"no message came within {within_seconds:.0f} s")

        self.eventually(look, within_seconds=within_seconds)
        message: dict[str, Any] = json.loads(found[0]["Body"])
        return message

    def nothing_comes(self, queue_url: str, *, within_seconds: float) -> None:
        """Raise `Violated` when a message comes within that time."""
        try:
            message = self.received(queue_url, within_seconds=within_seconds)
        except Violated:
            return
        raise Violated(f"a message came: {message}")

    def role(self, service: str, actions: Mapping[str, str], *, acting_for: str = "") -> str:
        """A role that `service` may assume, with these actions on these resources; its ARN.

        With `acting_for`, only on behalf of the resource of that ARN.
        """
        name, client = self.name(), self.client("iam")
        trust = allow("sts:AssumeRole", None, {"Service": service}, None)
        if acting_for:
            condition = {"ArnEquals": {"aws:SourceArn": acting_for}}
            trust["Statement"][0]["Condition"] = condition
        arn = client.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Tags=_tags()
        )["Role"]["Arn"]
        self.cleaner.later(f"role {name}", lambda: client.delete_role(RoleName=name))
        if actions:
            statements = [
                {"Effect": "Allow", "Action": action, "Resource": resource}
                for action, resource in actions.items()
            ]
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            client.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
            self.cleaner.later(
                f"policy of {name}",
                lambda: client.delete_role_policy(RoleName=name, PolicyName="own"),
            )
        self.place.role_is_new()
        return str(arn)

    def function(
        self, source: str, *, rights: Mapping[str, str] | None = None, **settings: Any
    ) -> str:
        """A Python function of this source text with `handler(event, context)`; its name."""
        name, client = self.name(), self.client("lambda")
        client.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Handler="app.handler",
            Role=self.role("lambda.amazonaws.com", rights or {}),
            Code={"ZipFile": _archive(source)},
            Tags={TAG: TAG_VALUE},
            **{"Timeout": 10, **settings},
        )
        self.cleaner.later(f"function {name}", lambda: client.delete_function(FunctionName=name))
        self.place.function_is_new(self.regions.home, name, source)
        return name

    def function_arn(self, name: str) -> str:
        """The ARN of a function of this sandbox."""
        return f"arn:aws:lambda:{self.regions.home}:{self.account}:function:{name}"

    def machine(
        self, states: Mapping[str, Any], *, rights: Mapping[str, str] | None = None, **top: Any
    ) -> str:
        """A Standard JSONata machine that starts at the first of `states`; its ARN."""
        client = self.client("stepfunctions")
        arn = client.create_state_machine(
            name=self.name(),
            definition=json.dumps(definition(states, **top)),
            roleArn=self.role("states.amazonaws.com", rights or {}),
            tags=[{"key": TAG, "value": TAG_VALUE}],
        )["stateMachineArn"]
        self.cleaner.later(
            f"machine {arn}", lambda: client.delete_state_machine(stateMachineArn=arn)
        )
        return str(arn)

    def run_machine(
        self,
        states: Mapping[str, Any],
        *,
        rights: Mapping[str, str] | None = None,
        within_seconds: float = 60.0,
        **top: Any,
    ) -> dict[str, Any]:
        """Run a new machine to its end; the answer of DescribeExecution."""
        client = self.client("stepfunctions")
        machine = self.machine(states, rights=rights, **top)
        execution = client.start_execution(stateMachineArn=machine, name="trial")["executionArn"]
        return self.ended(execution, within_seconds=within_seconds)

    def ended(self, execution: str, *, within_seconds: float = 60.0) -> dict[str, Any]:
        """Wait for an execution's end; the answer of DescribeExecution."""
        client, found = self.client("stepfunctions"), {}

        def look() -> None:
            found.update(client.describe_execution(executionArn=execution))
            if found["status"] == "RUNNING":
                raise Violated(f"the execution did not end within {within_seconds:.0f} s")

        self.eventually(look, within_seconds=within_seconds)
        return found

    def bucket(self, region: str = "", **settings: Any) -> str:
        """An empty bucket; everything in it goes with it."""
        name, client = self.name(), self.client("s3", region)
        place = region or self.regions.home
        if place != NO_CONSTRAINT:
            settings["CreateBucketConfiguration"] = {"LocationConstraint": place}
        client.create_bucket(Bucket=name, **settings)
        self.cleaner.later(f"bucket {name}", lambda: _empty_and_delete(client, name))
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": _tags()})
        return name

    def key(self, **settings: Any) -> str:
        """A KMS key, scheduled for deletion at the end; its id."""
        client = self.client("kms")
        tags = [{"TagKey": TAG, "TagValue": TAG_VALUE}]
        key = client.create_key(Tags=tags, **settings)["KeyMetadata"]["KeyId"]
        self.cleaner.later(f"key {key}", lambda: _delete_key(client, key))
        return str(key)

    def replicated_key(self, **settings: Any) -> tuple[str, Any, Any]:
        """A multi-Region KMS key, and clients of its two regions, once both can use it."""
        home, standby = self.client("kms"), self.client("kms", self.regions.standby)
        key = self.key(MultiRegion=True, **settings)
        home.replicate_key(KeyId=key, ReplicaRegion=self.regions.standby)
        self.cleaner.later(f"replica of {key}", lambda: _delete_key(standby, key))

        def enabled() -> None:
            state = standby.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
            equal(state, "Enabled", "the replica's state")

        self.eventually(enabled, within_seconds=120)
        return key, home, standby

    def topic(self) -> str:
        """A topic; its ARN."""
        client = self.client("sns")
        arn = client.create_topic(Name=self.name(), Tags=_tags())["TopicArn"]
        self.cleaner.later(f"topic {arn}", lambda: client.delete_topic(TopicArn=arn))
        return str(arn)

    def rule(self, pattern: Mapping[str, Any], target_arn: str) -> str:
        """A rule that sends matching events to a target, a moment later in force; its name."""
        name, client = self.name(), self.client("events")
        client.put_rule(Name=name, EventPattern=json.dumps(pattern))
        self.cleaner.later(f"rule {name}", lambda: client.delete_rule(Name=name))
        client.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": target_arn}])
        self.cleaner.later(
            f"target of {name}", lambda: client.remove_targets(Rule=name, Ids=["one"])
        )
        self.wait(RULE_SETTLES_SECONDS)
        return name

    def alarm(self, region: str = "", **settings: Any) -> str:
        """A high-resolution alarm, 2 of 3 periods of 10 s above 0.5, on a metric of its own name.

        The alarm's name is also the namespace of its metric `Failed`.
        """
        name, client = self.name(), self.client("cloudwatch", region)
        client.put_metric_alarm(
            AlarmName=name,
            Tags=_tags(),
            **{
                "Namespace": name,
                "MetricName": "Failed",
                "Statistic": "Average",
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 0.5,
                "Period": 10,
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 2,
                **settings,
            },
        )
        self.cleaner.later(f"alarm {name}", lambda: client.delete_alarms(AlarmNames=[name]))
        return name

    def alarm_state(self, name: str, region: str = "") -> str:
        """The present state of an alarm."""
        client = self.client("cloudwatch", region)
        return str(client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


#: The services whose deliveries a sandbox's queues accept.
SENDERS: Final = (
    "events.amazonaws.com",
    "scheduler.amazonaws.com",
    "sns.amazonaws.com",
    "lambda.amazonaws.com",
)


def definition(states: Mapping[str, Any], **top: Any) -> dict[str, Any]:
    """A JSONata definition that starts at the first of its states."""
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **top}


def _tags() -> list[dict[str, str]]:
    return [{"Key": TAG, "Value": TAG_VALUE}]


def allow(
    action: str, resource: str | None, principal: Mapping[str, Any], account: str | None
) -> dict[str, Any]:
    """A policy with one statement, for acts on behalf of `account` only if it is given."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Principal": principal}
    if resource:
        statement["Resource"] = resource
    if account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _archive(source: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        entry = zipfile.ZipInfo("app.py")
        entry.external_attr = 0o644 << 16  # else the runtime may not read it
        archive.writestr(entry, source)
    return data.getvalue()


def _empty_and_delete(client: Any, bucket: str) -> None:
    listed = client.list_object_versions(Bucket=bucket)
    for version in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())):
        client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    client.delete_bucket(Bucket=bucket)


def _delete_key(client: Any, key: str) -> None:
    state = client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    if state != "PendingDeletion":
        client.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
