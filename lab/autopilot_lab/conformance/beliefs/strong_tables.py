"""Global tables with multi-region strong consistency: what they give, and what they refuse."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.run import strong_template
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import GLOBAL_TABLES, guide, model
from autopilot_lab.conformance.verdicts import Violated, check, equal, refused

TABLE = "1 strongly consistent global table"
INVALID = "ValidationException"
GLOBAL_TABLE_TYPE = guide(
    "CloudFormation, AWS::DynamoDB::GlobalTable",
    "AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html",
    seen=False,
)


def _put(name: str, table: str, **attributes: Any) -> dict[str, Any]:
    return {"TableName": table, "Item": {"id": {"S": name}, **attributes}}


@belief(
    GLOBAL_TABLES,
    breaks="a region could act on an allocation or a lease that another has already changed",
    makes=TABLE,
    cents=5,
)
def a_write_is_seen_in_the_other_replica_at_once(sandbox: Sandbox) -> None:
    """A strong read in any replica returns the last write that was acknowledged in any other."""
    table = sandbox.run.strong_table()
    home = sandbox.client("dynamodb")
    standby = sandbox.client("dynamodb", sandbox.regions.standby)
    for version in range(5):
        home.put_item(**_put("seen", table, version={"N": str(version)}))
        answer = standby.get_item(TableName=table, Key={"id": {"S": "seen"}}, ConsistentRead=True)
        equal(answer["Item"]["version"], {"N": str(version)}, "what the other replica reads")


@belief(
    GLOBAL_TABLES,
    breaks="two regions could both win the same lease",
    makes=TABLE,
    cents=5,
)
def a_condition_holds_over_regions(sandbox: Sandbox) -> None:
    """A condition in one region is judged against the last write of every region."""
    table = sandbox.run.strong_table()
    once = {"ConditionExpression": "attribute_not_exists(id)"}
    sandbox.client("dynamodb").put_item(**_put("lease", table), **once)
    standby = sandbox.client("dynamodb", sandbox.regions.standby)
    refused(standby.put_item, "ConditionalCheckFailedException", **_put("lease", table), **once)


@belief(
    GLOBAL_TABLES,
    breaks="effect and evidence could have been two items; they are one because of this",
    makes=TABLE,
    cents=5,
)
def strong_tables_take_no_transactions(sandbox: Sandbox) -> None:
    """A strongly consistent global table refuses TransactWriteItems and TransactGetItems."""
    table = sandbox.run.strong_table()
    client = sandbox.client("dynamodb")
    refused(client.transact_write_items, INVALID, TransactItems=[{"Put": _put("both", table)}])
    get = {"Get": {"TableName": table, "Key": {"id": {"S": "both"}}}}
    refused(client.transact_get_items, INVALID, TransactItems=[get])


@belief(
    GLOBAL_TABLES,
    breaks="leases and records would be believed to expire by themselves",
    makes=TABLE,
    cents=5,
)
def strong_tables_have_no_time_to_live(sandbox: Sandbox) -> None:
    """A strongly consistent global table refuses a time to live."""
    refused(
        sandbox.client("dynamodb").update_time_to_live,
        INVALID,
        TableName=sandbox.run.strong_table(),
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )


@belief(
    GLOBAL_TABLES,
    breaks="the foundation's region check would refuse what AWS accepts, or the other way round",
    makes="a stack that fails",
    cents=1,
)
def strong_tables_have_no_local_indexes(sandbox: Sandbox) -> None:
    """A strongly consistent global table with a local secondary index cannot be created."""
    key = {"AttributeName": "id", "KeyType": "HASH"}
    _refuse_creation(
        sandbox,
        KeySchema=[key, {"AttributeName": "record", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "record", "day")
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [key, {"AttributeName": "day", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


@belief(
    GLOBAL_TABLES,
    breaks="a foundation of two regions, without a witness, would seem to be deployable",
    makes="a stack that fails",
    cents=1,
)
def a_strong_table_has_three_regions(sandbox: Sandbox) -> None:
    """Three replicas, or two replicas and a witness: two regions alone are refused."""
    _refuse_creation(sandbox, GlobalTableWitnesses=[])


@belief(
    GLOBAL_TABLES,
    breaks="the profile refuses regions of different sets; it would do so for no reason",
    makes="a stack that fails",
    cents=1,
)
def a_strong_table_stays_in_one_region_set(sandbox: Sandbox) -> None:
    """Regions of different region sets cannot form one strongly consistent table."""
    foreign = "us-east-1" if sandbox.regions.home.startswith("eu-") else "eu-west-1"
    _refuse_creation(sandbox, GlobalTableWitnesses=[{"Region": foreign}])


@belief(
    GLOBAL_TABLES,
    breaks="the observer would be expected to read or write the ledger in its own region",
    makes=TABLE,
    cents=5,
)
def the_witness_takes_no_reads_or_writes(sandbox: Sandbox) -> None:
    """In the witness's region there is no table to read from or to write to."""
    table = sandbox.run.strong_table()
    witness = sandbox.client("dynamodb", sandbox.regions.observer)
    key = {"id": {"S": "seen"}}
    refused(witness.get_item, "ResourceNotFoundException", INVALID, TableName=table, Key=key)
    refused(witness.put_item, "ResourceNotFoundException", INVALID, **_put("seen", table))


@belief(
    model("dynamodb", "2012-08-10", "ReplicatedWriteConflictException"),
    breaks="a meeting of two regions' writes would come out as an error instead of a retry",
)
def a_write_conflict_is_modelled_as_retryable(sandbox: Sandbox) -> None:
    """ReplicatedWriteConflictException is retryable in the model: the standard mode sends again."""
    service = sandbox.client("dynamodb").meta.service_model
    shape = service.shape_for("ReplicatedWriteConflictException")
    check("retryable" in shape.metadata, "the exception is not modelled as retryable")
    names = {error.name for error in service.operation_model("UpdateItem").error_shapes}
    check(shape.name in names, "UpdateItem does not name the exception")


def _refuse_creation(sandbox: Sandbox, **properties: Any) -> None:
    """Create a stack with such a table, and expect it to fail."""
    name, client = sandbox.name(), sandbox.client("cloudformation")
    template = strong_template(name, sandbox.place, **properties)
    sandbox.cleaner.later(f"stack {name}", lambda: client.delete_stack(StackName=name))
    try:
        client.create_stack(StackName=name, TemplateBody=json.dumps(template))
        client.get_waiter("stack_create_complete").wait(StackName=name)
    except WaiterError:
        return
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ValidationError", INVALID):
            return
        raise
    raise Violated("the table was accepted")
