"""The part that is deployed once: the ledger."""

from __future__ import annotations

from autopilot.domain.profile import Profile
from tests.template.sources import FOUNDATION, REGIONAL, ROOT, written

VAULT = written(FOUNDATION)["Resources"]["Vault"]
LEDGER = written(FOUNDATION)["Resources"]["Ledger"]
PROPERTIES = LEDGER["Properties"]


def test_the_ledger_is_one_strongly_consistent_table_of_two_replicas_and_a_witness() -> None:
    """MRSC takes exactly three regions: three replicas, or two and a witness."""
    assert LEDGER["Type"] == "AWS::DynamoDB::GlobalTable"
    assert PROPERTIES["MultiRegionConsistency"] == "STRONG"
    assert len(PROPERTIES["Replicas"]) == 2
    assert PROPERTIES["GlobalTableWitnesses"] == [{"Region": {"Ref": "ObserverRegion"}}]


def test_the_ledger_uses_nothing_that_such_tables_lack() -> None:
    """No TTL and no local indexes (DynamoDB developer guide, "How global tables work")."""
    assert not {"TimeToLiveSpecification", "LocalSecondaryIndexes"} & PROPERTIES.keys()


def test_no_key_of_ours_can_stop_the_ledger() -> None:
    """The table's key is AWS-owned: a disabled customer key would stop the automation."""
    assert "SSESpecification" not in PROPERTIES
    assert all("SSESpecification" not in replica for replica in PROPERTIES["Replicas"])


def test_the_ledger_survives_its_stack() -> None:
    """Neither a deleted stack nor a replaced resource nor a single call takes it away."""
    assert LEDGER["DeletionPolicy"] == LEDGER["UpdateReplacePolicy"] == "Retain"
    assert all(replica["DeletionProtectionEnabled"] for replica in PROPERTIES["Replicas"])


def test_the_ledger_is_keyed_by_service_and_record() -> None:
    """One item of a service is found, and changed, by its two names."""
    keys = {key["KeyType"]: key["AttributeName"] for key in PROPERTIES["KeySchema"]}
    assert keys == {"HASH": "service", "RANGE": "record"}


def test_the_regions_are_those_of_the_profile() -> None:
    """The witness is where the observer is."""
    text = (ROOT / "layers/profile/profile/profile.toml").read_text(encoding="utf-8")
    regions = Profile.load(text).regions
    parameters = written(FOUNDATION)["Parameters"]

    assert parameters["StandbyRegion"]["Default"] == regions.standby
    assert parameters["ObserverRegion"]["Default"] == regions.observer


def test_the_vault_is_as_strong_as_the_ledger() -> None:
    """What is deleted is deleted in every region, and what is made is lost in none."""
    for name in ("MultiRegionConsistency", "GlobalTableWitnesses", "BillingMode"):
        assert VAULT["Properties"][name] == PROPERTIES[name]
    assert VAULT["DeletionPolicy"] == VAULT["UpdateReplacePolicy"] == "Retain"
    assert all(replica["DeletionProtectionEnabled"] for replica in VAULT["Properties"]["Replicas"])


def test_nothing_brings_back_what_was_deleted_from_the_vault() -> None:
    """No recovery to a point in time, no stream, and a tag by which backup plans leave it out."""
    assert "StreamSpecification" not in VAULT["Properties"]
    for replica in VAULT["Properties"]["Replicas"]:
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}
        assert {"Key": "backup", "Value": "never"} in replica["Tags"]


def test_every_key_of_persons_is_in_both_regions() -> None:
    """Standby has a replica of each, which its stack makes."""
    keys = [
        name
        for name, one in written(FOUNDATION)["Resources"].items()
        if one["Type"] == "AWS::KMS::Key" and one["Properties"].get("MultiRegion")
    ]
    replicas = {
        name: one
        for name, one in written(REGIONAL)["Resources"].items()
        if one["Type"] == "AWS::KMS::ReplicaKey"
    }

    assert len(keys) == 3
    assert replicas.keys() == {f"{name}Replica" for name in keys}
    assert {one["Condition"] for one in replicas.values()} == {"IsStandby"}
    assert {one["DeletionPolicy"] for one in replicas.values()} == {"Retain"}
