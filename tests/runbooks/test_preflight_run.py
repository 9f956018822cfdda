"""The pre-flight as it is deployed: under its role, over the account that the service has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from autopilot.domain.preflight import Answer, Check, Preflight
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.emulator.faults import Fault, FaultKind
from tests.runbooks.test_health_sweep import sweep

HOME, STANDBY = "eu-central-1", "eu-west-1"
ROLE = "hybrid-routing-service-role"
SECONDS_MAX = 20  #: the pre-flight's part of the budget for the loss of a region (DESIGN, 5)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a pre-flight said, as plain values, and what it did."""

    said: dict[str, Any]
    calls: list[list[str]]  #: service:operation, region, result
    denied: list[str]  #: actions that no policy of its role allows
    seconds: float

    @property
    def found(self) -> Preflight:
        """Read back."""
        return Preflight.from_json(self.said)

    def check(self, name: str) -> Check:
        """The check of that name."""
        return next(check for check in self.found.checks if check.name == name)


def seen(deployed: Bench, change: Callable[[Bench], object], *, lost: bool = False) -> Seen:
    """Change something in a fork, then look whether the load could move to the standby."""

    def play(change: Callable[[Bench], object]) -> dict[str, Any]:
        change(deployed)
        return _look(deployed, lost=lost)

    ((_, what),) = in_forks([change], play, at_once=1)
    return Seen(**what)


def _look(bench: Bench, *, lost: bool) -> dict[str, Any]:
    began = bench.aws.scheduler.now
    message = {"runbook": "preflight", "operation": "check", "request": {"lost": lost}}
    outcome = bench.aws.invoke(bench.function("observe_service"), message, region=STANDBY)
    own = [
        call
        for call in bench.aws.log.of("call", invocation=outcome.request_id)
        if call["caller"] == bench.function("observe_service")
    ]
    return {
        "said": json.loads(outcome.payload),
        "calls": [[f"{c['service']}:{c['operation']}", c["region"], c["result"]] for c in own],
        "denied": [each["action"] for each in bench.aws.log.of("denied")],
        "seconds": bench.aws.scheduler.now - began,
    }


def nothing(_bench: Bench) -> None:
    """Leave everything as it is."""


def test_a_service_that_is_well_may_move(deployed: Bench) -> None:
    """Every check is made and read, nothing is denied, and it takes a few seconds."""
    there = seen(deployed, nothing)
    assert there.found.answer is Answer.WARN
    assert {check.kind for check in there.found.against} == {"proven-capacity", "shared-fate"}
    assert there.denied == []
    assert there.seconds < 5
    assert {each[0] for each in there.calls if each[0].startswith(("bedrock", "sts", "iam"))} == {
        "bedrock-runtime:Converse",
        "bedrock:GetFoundationModel",
        "bedrock:GetFoundationModelAvailability",
        "bedrock:GetGuardrail",
        "bedrock:GetInferenceProfile",
        "bedrock:GetModelInvocationLoggingConfiguration",
        "iam:SimulatePrincipalPolicy",
        "sts:AssumeRole",
    }


def change_role(bench: Bench, resources: list[str]) -> None:
    """Let the service's role invoke these and no others."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": resources}],
    }
    bench.aws.client("iam", HOME).put_role_policy(
        RoleName=ROLE, PolicyName="models", PolicyDocument=json.dumps(policy)
    )


def forget_a_destination(bench: Bench) -> None:
    """Everything but one of six."""
    places = ["eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-3"]
    models = [f"arn:aws:bedrock:{place}::foundation-model/*" for place in places]
    change_role(bench, [*models, "arn:aws:bedrock:*:123456789012:inference-profile/*"])


def test_the_destination_that_is_denied_is_named(deployed: Bench) -> None:
    """Before AWS picks it: by the policies of the role, of all six."""
    check = seen(deployed, forget_a_destination).check("invoke-rights/direct")
    assert (check.answer, check.observed) == (Answer.NO_GO, "6 of 7 resources allowed")
    assert "eu-south-2 foundation-model implicitDeny" in check.reason


def distrust(bench: Bench) -> None:
    """The service's role trusts its own functions only."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    bench.aws.client("iam", HOME).update_assume_role_policy(
        RoleName=ROLE, PolicyDocument=json.dumps(trust)
    )


def test_a_role_that_does_not_trust_us_proves_nothing(deployed: Bench) -> None:
    """The canary is not sent, which is a fault of configuration and no GO."""
    check = seen(deployed, distrust).check("canary/direct")
    assert (check.answer, check.is_read) == (Answer.NO_GO, False)
    assert "sts:AssumeRole" in check.reason
    assert check.reason.startswith("a fault of configuration, not of the region")


@dataclass(frozen=True)
class Access:
    """A change of the standby's access to the model."""

    change: dict[str, Any]

    def __call__(self, bench: Bench) -> None:
        """Make it."""
        model = bench.installation.profile.bedrock.models[0]
        access = bench.installation.models.access(STANDBY, model)
        for name, value in self.change.items():
            setattr(access, name, value)


@pytest.mark.parametrize(
    "change, name, answer, said",
    [
        ({"may_invoke": False}, "canary/direct", Answer.NO_GO, "AccessDeniedException"),
        ({"may_invoke": False}, "model-availability/direct", Answer.GO, "all four fields green"),
        ({"agreement": "NOT_AVAILABLE"}, "canary/direct", Answer.GO, "3 of 3"),
        ({"agreement": "NOT_AVAILABLE"}, "model-availability/direct", Answer.WARN, "NOT_AVAILABLE"),
        ({"is_throttled": True}, "canary/direct", Answer.NO_GO, "ThrottlingException"),
        ({"status": "LEGACY"}, "model-lifecycle/direct", Answer.WARN, "LEGACY"),
        ({"end_of_life": 1.0}, "model-lifecycle/direct", Answer.NO_GO, "ended"),
    ],
)
def test_the_canary_is_the_proof_and_the_rest_explains(
    deployed: Bench, change: dict[str, Any], name: str, answer: Answer, said: str
) -> None:
    """What Bedrock says of access follows no invocation, and none follows it."""
    check = seen(deployed, Access(change)).check(name)
    assert check.answer is answer
    assert said in check.observed


def lose_guardrails(bench: Bench) -> None:
    """The standby has none any more."""
    bench.aws.services.bedrock.remove_guardrails(STANDBY)


def test_a_guardrail_that_is_missing_is_found_twice(deployed: Bench) -> None:
    """By asking for it, and by the canary, which names it as the service's requests do."""
    there = seen(deployed, lose_guardrails)
    assert there.check("guardrail/no-personal-data").answer is Answer.NO_GO
    assert "ValidationException" in there.check("canary/direct").observed


def halve_tokens(bench: Bench) -> None:
    """The standby's quota of tokens is that of a small region."""
    code = bench.installation.profile.bedrock.models[0].tokens_quota
    bench.aws.services.quotas.apply(STANDBY, code, 40_000_000)


def test_a_standby_with_a_small_quota_is_no_go_or_staged(deployed: Bench) -> None:
    """56 million tokens at the peak: 59 % fit, below the floor; what fits is said."""
    there = seen(deployed, halve_tokens)
    check = there.check("quota-tokens-per-minute/direct")
    assert (check.answer, check.observed) == (Answer.NO_GO, "40,000,000 tokens a minute")
    assert there.found.carries_percent == 59


def route_all_home(bench: Bench) -> None:
    """The inference profile leads nowhere but home."""
    model = bench.installation.profile.bedrock.models[0]
    bench.aws.services.model_access.destinations[model.profile] = (HOME,)


def test_a_profile_that_leads_back_is_no_way_out(deployed: Bench) -> None:
    """Whatever the profile of the service accepts."""
    check = seen(deployed, route_all_home).check("shared-fate/direct")
    assert (check.answer, check.observed) == (Answer.NO_GO, HOME)


# -- a region that is lost -------------------------------------------------------------------------


def lose_home(bench: Bench) -> None:
    """After a full sweep in the standby, nothing at home answers any more."""
    request = {"mode": "execute", "kind": "full"}
    bench.installation.start_run("health_sweep", request, region=STANDBY, name="daily")
    bench.aws.run(30)
    bench.aws.faults.add(Fault(region=HOME, kind=FaultKind.CONNECT_TIMEOUT))


def test_a_loss_is_judged_without_a_call_into_the_lost_region(deployed: Bench) -> None:
    """With the peak that the daily sweep wrote down; nobody waits for anything there."""
    there = seen(deployed, lose_home, lost=True)
    assert there.found.answer is Answer.WARN, there.found.summary
    assert [call for call in there.calls if call[1] == HOME] == []
    assert there.check("quota-tokens-per-minute/direct").answer is Answer.GO
    assert there.seconds < SECONDS_MAX


def silence_bedrock(bench: Bench) -> None:
    """Home is lost, and the standby's control plane of Bedrock does not answer either."""
    lose_home(bench)
    for service in ("bedrock", "service-quotas", "iam"):
        bench.aws.faults.add(Fault(service=service, kind=FaultKind.TIMEOUT))


def test_silent_control_planes_neither_stop_nor_delay_a_failover(deployed: Bench) -> None:
    """What they said the day before stands in, with its age, inside the time there is."""
    there = seen(deployed, silence_bedrock, lost=True)
    assert there.found.answer is Answer.WARN, there.found.summary
    assert there.check("residency/direct").source.startswith("record preflight/")
    assert there.check("canary/direct").answer is Answer.GO
    assert there.seconds < SECONDS_MAX


def sweep_twice(bench: Bench) -> None:
    """A full sweep at home writes the way home down, too."""
    sweep(bench, {"mode": "execute", "kind": "full"})


def test_a_full_sweep_writes_the_way_over_down(deployed: Bench) -> None:
    """For each region its own record, which the next loss rests on."""

    def play(change: Callable[[Bench], object]) -> dict[str, Any]:
        change(deployed)
        record = deployed.installation.gate.find_record(f"preflight/{HOME}") or {}
        return {"answer": record.get("answer"), "peaks": sorted(record.get("peaks", {}))}

    ((_, what),) = in_forks([sweep_twice], play, at_once=1)
    assert what == {"answer": "WARN", "peaks": ["direct"]}
