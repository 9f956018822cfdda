"""SNS and what stands behind it, as far as people are told through it."""

from __future__ import annotations

import json

from autopilot_lab.conformance.belief import Source, belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import guide, operation
from autopilot_lab.conformance.verdicts import equal

FILTERS = guide(
    "SNS developer guide, message filtering", "sns/latest/dg/sns-message-filtering.html"
)
CARDS = guide(
    "Amazon Q Developer in chat applications, custom notifications",
    "chatbot/latest/adminguide/custom-notifs.html",
)
EVENTS = Source(
    "PagerDuty, Events API v2",
    "https://github.com/PagerDuty/developer-docs/blob/main/docs/events-API-v2/01-Overview.md",
)
NOT_AWS = "it takes an account of another company"


@belief(
    operation("sns", "Publish"),
    breaks="the topic of the other region would be no way out of a region's trouble",
    makes="1 topic, 1 queue",
)
def a_topic_takes_pages_from_another_region(sandbox: Sandbox) -> None:
    """Whoever may publish to a topic may do so through its region's endpoint from anywhere."""
    home = sandbox.client("sns")
    topic = sandbox.topic()
    url, queue = sandbox.queue()
    home.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    endpoint = sandbox.client("sns", topic.split(":")[3])
    endpoint.publish(TopicArn=topic, Message="from afar")
    equal(sandbox.received(url, within_seconds=60)["Message"], "from afar", "the message")


@belief(
    FILTERS,
    breaks="a filter policy on severity would let every page through, or none",
    makes="1 topic, 1 queue",
)
def a_filter_policy_chooses_by_severity(sandbox: Sandbox) -> None:
    """A subscription with a filter policy gets only messages whose attribute it names."""
    client = sandbox.client("sns")
    topic = sandbox.topic()
    url, queue = sandbox.queue()
    policy = {"FilterPolicy": json.dumps({"severity": ["P0"]})}
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=policy)
    for severity in ("P3", "P0"):
        client.publish(
            TopicArn=topic,
            Message=json.dumps({"default": severity}),
            MessageStructure="json",
            MessageAttributes={"severity": {"DataType": "String", "StringValue": severity}},
        )
    equal(sandbox.received(url, within_seconds=60)["Message"], "P0", "the message")


PAGES = (
    documented(
        "a-topic-forgets-no-double",
        "A standard topic delivers each publication, also two of the same message.",
        guide("SNS developer guide, message delivery", "sns/latest/dg/welcome.html", seen=False),
        breaks="a page could be sent again at will; the ledger's record keeps it single",
        untried="that nothing is dropped is no single observation",
    ),
    documented(
        "a-machine-calls-its-own-region-only",
        "Step Functions' service integrations call services of the machine's region only.",
        guide(
            "Step Functions developer guide, resources of other accounts",
            "step-functions/latest/dg/concepts-access-cross-acct-resources.html",
        ),
        breaks="the machine's own last page could go through the other region's topic",
        untried="a refusal for another reason would look the same",
    ),
    documented(
        "a-card-has-a-schema",
        "A chat channel shows a message whose version is 1.0, source custom, with a description.",
        CARDS,
        breaks="pages would be missing in the chat, and nobody would be told that they are",
        untried="it takes a chat workspace; the fields' lengths are our own, on the safe side",
    ),
    documented(
        "an-alias-names-a-key-in-a-policy",
        "kms:ResourceAliases lets a policy name a key of another region by its alias.",
        guide(
            "KMS developer guide, using aliases to control access",
            "kms/latest/developerguide/alias-authorization.html",
            seen=False,
        ),
        breaks="pages through the other region's topic would be refused for its key",
        untried="it takes a second principal",
    ),
    documented(
        "an-alarm-acts-in-its-own-region",
        "An alarm's action is a topic of the alarm's region.",
        operation("cloudwatch", "PutMetricAlarm"),
        breaks="a failed delivery could be told through the other region",
        untried="the refusal of a wrong ARN is what any wrong ARN gets",
    ),
    documented(
        "a-secure-string-opens-for-its-reader",
        "Under aws/ssm whoever may get a SecureString of the account needs no right on the key.",
        guide(
            "KMS developer guide, Parameter Store",
            "kms/latest/developerguide/services-parameter-store.html",
            seen=False,
        ),
        breaks="the incident channel's key could not be read when it is needed",
        untried="it takes a second principal",
    ),
    documented(
        "an-event-is-accepted-with-202",
        "PagerDuty answers 202 to an event it takes, at most 512 KB; one key is one open alert.",
        EVENTS,
        breaks="a page could be taken for sent that was not, or one thread ring as many",
        untried=NOT_AWS,
    ),
)
