"""What one `UpdateItem` can do: the ledger stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot_lab.conformance.belief import Danger, Gap, belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import (
    CONDITION_OPERATORS,
    READ_WRITE,
    UPDATE_EXPRESSIONS,
    guide,
    operation,
)
from autopilot_lab.conformance.verdicts import check, equal, refused

FAILED = "ConditionalCheckFailedException"
INVALID = "ValidationException"
KEY = {"id": {"S": "one"}}
ITEM_QUOTA = guide(
    "DynamoDB developer guide, quotas",
    "amazondynamodb/latest/developerguide/ServiceQuotas.html",
    seen=False,
)
ITEM_BYTES_MAX = 400 * 1024
ITEM_KB = 5


class Item:
    """One item in a table of its own, written and read by expressions."""

    def __init__(self, sandbox: Sandbox, attributes: Mapping[str, Any]) -> None:
        self.client = sandbox.client("dynamodb")
        self.table = sandbox.table()
        self.client.put_item(TableName=self.table, Item={**KEY, **attributes})

    def update(self, expression: str, **arguments: Any) -> Mapping[str, Any]:
        """UpdateItem; the answer."""
        answer: Mapping[str, Any] = self.client.update_item(**self.request(expression, **arguments))
        return answer

    def request(self, expression: str, **arguments: Any) -> dict[str, Any]:
        """The arguments of an UpdateItem. `values` are the `:v` with their types."""
        values = arguments.pop("values", None)
        if values:
            arguments["ExpressionAttributeValues"] = values
        return {"TableName": self.table, "Key": KEY, "UpdateExpression": expression, **arguments}

    def read(self) -> dict[str, Any]:
        """The item as it stands, without its key."""
        answer = self.client.get_item(TableName=self.table, Key=KEY, ConsistentRead=True)
        return {name: value for name, value in answer["Item"].items() if name != "id"}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _map(**entries: Any) -> dict[str, Any]:
    return {"M": entries}


@belief(
    operation("dynamodb", "UpdateItem"),
    breaks="a refused effect would leave half of itself in the ledger",
    makes="1 table",
)
def update_item_is_all_or_nothing(sandbox: Sandbox) -> None:
    """An UpdateItem whose condition fails changes nothing at all."""
    item = Item(sandbox, {"version": _number(1), "fence": _number(7)})
    refused(
        item.client.update_item,
        FAILED,
        **item.request(
            "SET fence = :n, added = :n REMOVE version",
            ConditionExpression="version = :other",
            values={":n": _number(9), ":other": _number(2)},
        ),
    )
    equal(item.read(), {"version": _number(1), "fence": _number(7)}, "the item after a refusal")


@belief(
    operation("dynamodb", "UpdateItem"),
    breaks="a refusal could not say which condition held it back, nor recognise its own entry",
    makes="1 table",
)
def a_failed_condition_returns_the_item(sandbox: Sandbox) -> None:
    """With ReturnValuesOnConditionCheckFailure ALL_OLD the refusal carries the whole item."""
    item = Item(sandbox, {"journal": _map(entry=_number(3))})
    error = refused(
        item.client.update_item,
        FAILED,
        **item.request(
            "SET fence = :n",
            ConditionExpression="attribute_not_exists(journal.entry)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            values={":n": _number(1)},
        ),
    )
    equal(error.get("Item"), {**KEY, "journal": _map(entry=_number(3))}, "the item in the refusal")


@belief(
    operation("dynamodb", "UpdateItem"),
    breaks="a write that was applied but not answered, and sent again, would count twice",
    makes="1 table",
)
def a_repeated_write_meets_its_own_entry(sandbox: Sandbox) -> None:
    """The same conditional write sent twice is refused the second time, and shows its entry."""
    item = Item(sandbox, {"version": _number(1), "journal": _map()})
    request = item.request(
        "SET version = version + :one, journal.mine = :one",
        ConditionExpression="version = :one",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
        values={":one": _number(1)},
    )
    item.client.update_item(**request)
    error = refused(item.client.update_item, FAILED, **request)
    check("mine" in error["Item"]["journal"]["M"], "the refusal does not show the applied entry")
    equal(item.read()["version"], _number(2), "the version after both")


@belief(
    CONDITION_OPERATORS,
    breaks="the journal could not be kept from overflowing within the same write",
    makes="1 table",
)
def a_condition_counts_the_entries_of_a_map(sandbox: Sandbox) -> None:
    """size(path) in a condition is the number of entries of the map at that path."""
    item = Item(sandbox, {"journal": _map(advance=_map(a=_number(1), b=_number(2)))})
    request = item.request(
        "SET journal.advance.c = :v",
        ConditionExpression="size(journal.advance) < :max",
        values={":v": _number(3), ":max": _number(3)},
    )
    item.client.update_item(**request)
    refused(item.client.update_item, FAILED, **request)


@belief(
    CONDITION_OPERATORS,
    breaks="contain could not ask whether its standing plan is for the present version",
    makes="1 table",
)
def a_condition_compares_two_attributes(sandbox: Sandbox) -> None:
    """A condition may compare one path of the item with another."""
    item = Item(sandbox, {"version": _number(4), "standing": _map(made=_number(4))})
    same = {"ConditionExpression": "standing.made = version", "values": {":v": _number(5)}}
    item.update("SET version = :v", **same)
    refused(item.client.update_item, FAILED, **item.request("SET version = :v", **same))


@belief(
    UPDATE_EXPRESSIONS,
    breaks="contain would need to read the standing plan first: two calls, and a race",
    makes="1 table",
)
def set_copies_another_path(sandbox: Sandbox) -> None:
    """SET path = other path copies what stands there, maps included."""
    plan = _map(target=_map(direct=_number(20), mcp=_number(80)))
    item = Item(sandbox, {"standing": plan, "allocation": _map(direct=_number(100))})
    item.update("SET allocation = standing.target")
    equal(item.read()["allocation"], plan["M"]["target"], "the copied map")


@belief(
    UPDATE_EXPRESSIONS,
    breaks="the end of a dwell could not be set from the plan's own dwell in the same write",
    makes="1 table",
)
def set_adds_a_path_and_a_value(sandbox: Sandbox) -> None:
    """SET path = :v + other path adds a given number to one in the item."""
    item = Item(sandbox, {"standing": _map(dwell=_number(600)), "ends": _number(0)})
    item.update("SET ends = :now + standing.dwell", values={":now": _number(1000)})
    equal(item.read()["ends"], _number(1600), "the sum")


@belief(
    guide(
        "DynamoDB developer guide, update expression order",
        "amazondynamodb/latest/developerguide/"
        "example_dynamodb_Scenario_UpdateExpressionOrder_section.html",
    ),
    breaks="a write that sets the allocation and copies it elsewhere would depend on its order",
    makes="1 table",
)
def operands_are_read_before_anything_is_written(sandbox: Sandbox) -> None:
    """Every operand of an update expression has the value from before the whole update."""
    item = Item(sandbox, {"a": _number(1), "b": _number(2)})
    item.update("SET a = b, b = a")
    equal(item.read(), {"a": _number(2), "b": _number(1)}, "the swapped attributes")


@belief(
    UPDATE_EXPRESSIONS,
    breaks="two rules that set a map and a field in it would silently win over one another",
    makes="1 table",
)
def overlapping_paths_are_refused(sandbox: Sandbox) -> None:
    """An update that names a path and another path below it is refused."""
    item = Item(sandbox, {"dwell": _map(route=_number(1))})
    refused(
        item.client.update_item,
        INVALID,
        **item.request("SET dwell = :m, dwell.route = :n", values={":m": _map(), ":n": _number(2)}),
    )


@belief(
    UPDATE_EXPRESSIONS,
    breaks="the ledger's maps need not exist beforehand, and their absence would go unnoticed",
    makes="1 table",
)
def a_path_below_a_missing_map_is_refused(sandbox: Sandbox) -> None:
    """SET on a path whose parent map does not exist is refused."""
    item = Item(sandbox, {"version": _number(1)})
    refused(
        item.client.update_item,
        INVALID,
        **item.request("SET journal.entry = :n", values={":n": _number(1)}),
    )


@belief(
    UPDATE_EXPRESSIONS,
    breaks="two exporters that remove the same entries would fail each other",
    makes="1 table",
)
def removing_what_is_not_there_is_no_error(sandbox: Sandbox) -> None:
    """REMOVE of a missing entry of an existing map succeeds and changes nothing."""
    item = Item(sandbox, {"journal": _map(a=_number(1))})
    item.update("REMOVE journal.b")
    equal(item.read()["journal"], _map(a=_number(1)), "the journal")


@belief(
    UPDATE_EXPRESSIONS,
    breaks="two trimmers of a list would each remove one entry, and lose one: hence maps by id",
    makes="1 table",
)
def removing_from_a_list_moves_the_rest(sandbox: Sandbox) -> None:
    """REMOVE list[0] twice removes two entries: what remains moves to the front."""
    item = Item(sandbox, {"box": {"L": [_number(1), _number(2), _number(3)]}})
    item.update("REMOVE box[0]")
    item.update("REMOVE box[0]")
    equal(item.read()["box"], {"L": [_number(3)]}, "the list")


@belief(
    READ_WRITE,
    breaks="the ledger's size would not matter, and its budget of 24 KB would be pointless",
    makes="1 table",
)
def a_write_costs_the_whole_item(sandbox: Sandbox) -> None:
    """An UpdateItem of one small attribute consumes units for the size of the whole item."""
    item = Item(sandbox, {"plans": {"S": "x" * 1024 * ITEM_KB}})
    answer = item.update(
        "SET version = :n", ReturnConsumedCapacity="TOTAL", values={":n": _number(1)}
    )
    units = answer["ConsumedCapacity"]["CapacityUnits"]
    check(units >= ITEM_KB, f"write units of a {ITEM_KB} KB item: got {units}")


@belief(
    ITEM_QUOTA,
    breaks="an item could grow without end",
    makes="1 table",
)
def an_item_has_at_most_400_kb(sandbox: Sandbox) -> None:
    """A write that would make an item larger than 400 KB is refused."""
    item = Item(sandbox, {})
    text = {":t": {"S": "x" * (ITEM_BYTES_MAX + 1)}}
    refused(item.client.update_item, INVALID, **item.request("SET body = :t", values=text))


@belief(
    ITEM_QUOTA,
    breaks="nothing of ours: the ledger's budget is 24 KB",
    makes="1 table",
    gap=Gap(
        lab="an item of 396 to 400 KB is refused already",
        closed_by="let moto refuse items from 409,600 bytes on, not from 405,000",
        danger=Danger.DETAIL,
        seen="an item of 400 KB was refused",
    ),
)
def an_item_may_have_400_kb(sandbox: Sandbox) -> None:
    """An item of exactly 400 KB, names and values together, is accepted."""
    item = Item(sandbox, {})
    rest = sum(map(len, ("id", "one", "body")))
    text = {":t": {"S": "x" * (ITEM_BYTES_MAX - rest)}}
    try:
        item.update("SET body = :t", values=text)
    except item.client.exceptions.ClientError as error:
        check(condition=False, otherwise=f"an item of 400 KB was refused: {error}")


@belief(
    operation("dynamodb", "TransactWriteItems"),
    breaks="nothing of ours today; a retried transaction elsewhere would count twice",
    makes="1 table",
)
def a_transaction_token_makes_it_idempotent(sandbox: Sandbox) -> None:
    """TransactWriteItems sent twice with one ClientRequestToken is applied once."""
    item = Item(sandbox, {"taken": _number(0)})
    update = item.request("SET taken = taken + :one", values={":one": _number(1)})
    for _ in range(2):
        item.client.transact_write_items(
            TransactItems=[{"Update": update}], ClientRequestToken=f"{item.table}-token"
        )
    equal(item.read()["taken"], _number(1), "the times taken")


@belief(
    operation("dynamodb", "DeleteTable"),
    breaks="a mistaken delete of the ledger would succeed",
    makes="1 table",
)
def deletion_protection_refuses_a_delete(sandbox: Sandbox) -> None:
    """DeleteTable is refused while the table's deletion protection is on."""
    client = sandbox.client("dynamodb")
    name = sandbox.table(DeletionProtectionEnabled=True)
    sandbox.cleaner.later(
        f"protection of {name}",
        lambda: client.update_table(TableName=name, DeletionProtectionEnabled=False),
    )
    refused(client.delete_table, INVALID, TableName=name)
