"""Beliefs that nothing here tries, each with the reason."""

from __future__ import annotations

from autopilot_lab.conformance.belief import documented
from autopilot_lab.conformance.sources import (
    ALARM_EVENTS,
    ALARM_LAMBDA,
    GLOBAL_TABLES,
    LAMBDA_QUOTAS,
    OBJECT_LOCK,
    READ_WRITE,
    STATES_ERRORS,
    STATES_QUOTAS,
    guide,
    operation,
)

NO_FAULTS = "a sandbox cannot make a region fail; AWS FIS can pause replication, at a price"
TAKES_DAYS = "it shows after hours or days only"
NOT_BY_API = "no call shows it; only time and load would"
TOO_DEAR = "trying it costs more than it tells"
RELEASE = "it is about a page of settings of another kind of resource, which this does not make"

GLOBAL_TABLE_TYPE = guide(
    "CloudFormation, AWS::DynamoDB::GlobalTable",
    "AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html",
    seen=False,
)
GLOBAL_TABLE_SECURITY = guide(
    "DynamoDB developer guide, global tables security",
    "amazondynamodb/latest/developerguide/globaltables-security.html",
)
HEALTH_CHECKS = guide(
    "Route 53 developer guide, how health checks are judged",
    "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
)
HEALTH_CHECK_VALUES = guide(
    "Route 53 developer guide, values of health checks",
    "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
)
RESOURCE_POLICIES = guide(
    "EventBridge user guide, using resource-based policies",
    "eventbridge/latest/userguide/eb-use-resource-based.html",
)
MUTE_RULES = guide(
    "CloudWatch user guide, how mute rules work",
    "AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html",
)

STRONG_TABLES = (
    documented(
        "a-global-table-belongs-to-one-stack",
        "A global table is one resource of one stack in one region, not one of each region's.",
        GLOBAL_TABLE_TYPE,
        breaks="the ledger could be part of the regional template",
        untried="a second stack that owns the same table would damage the first",
    ),
    documented(
        "a-strong-table-is-created-empty",
        "Only an empty table becomes strongly consistent, so a restored one cannot be the ledger.",
        GLOBAL_TABLES,
        breaks="the restore drill could put a backup in the ledger's place",
        untried=TOO_DEAR,
    ),
    documented(
        "a-strong-table-survives-one-region",
        "A strongly consistent table takes writes as long as a second region of the set answers.",
        GLOBAL_TABLES,
        breaks="the loss of one region would lock the automation when it is needed",
        untried=NO_FAULTS,
    ),
    documented(
        "a-lonely-replica-serves-stale-reads",
        "A replica without a second region answers eventually consistent reads only.",
        guide(
            "AWS Prescriptive Guidance, DynamoDB global tables",
            "prescriptive-guidance/latest/dynamodb-global-tables/overview.html",
        ),
        breaks="a router that reads eventually could go on owning writes: it must renew strongly",
        untried=NO_FAULTS,
    ),
    documented(
        "a-returning-replica-refuses-until-it-has-caught-up",
        "A replica that comes back refuses writes and strong reads until it has caught up.",
        GLOBAL_TABLES,
        breaks="clients would need no second replica to turn to",
        untried=NO_FAULTS,
    ),
    documented(
        "two-regions-at-once-conflict",
        "Two writes of one item in two regions at once: one is refused, to be sent again.",
        GLOBAL_TABLES,
        breaks="a conflict would overwrite silently, as in an eventually consistent table",
        untried="two calls cannot be made to meet reliably",
    ),
    documented(
        "a-replica-without-its-key-is-lost",
        "A replica whose customer key is revoked refuses, and is lost after seven days.",
        GLOBAL_TABLE_SECURITY,
        breaks="a customer key would be a harmless choice for the ledger",
        untried=TAKES_DAYS,
    ),
    documented(
        "an-eventual-global-table-has-a-stream",
        "An eventually consistent global table has a stream that cannot be switched off.",
        GLOBAL_TABLES,
        breaks="erased keys would live on in a stream: the vault is strongly consistent instead",
        untried=RELEASE,
    ),
    documented(
        "a-strong-table-publishes-no-replication-latency",
        "A strongly consistent table publishes no ReplicationLatency.",
        GLOBAL_TABLES,
        breaks="an alarm on it would be deployed, and never have data",
        untried=NOT_BY_API,
    ),
    documented(
        "a-partition-takes-1000-writes",
        "One item takes at most 1,000 write units and 3,000 read units each second.",
        READ_WRITE,
        breaks="any number of routers could read the ledger every 5 s",
        untried=TOO_DEAR,
    ),
    documented(
        "a-failed-condition-costs-the-write",
        "A write whose condition fails consumes write units; to return the item costs no more.",
        operation("dynamodb", "UpdateItem"),
        breaks="refusals would be free, and retries could be many",
        untried="the units of a refused write are in metrics only, minutes later",
    ),
    documented(
        "expired-items-go-within-days",
        "Items with a time to live in the past are removed within days, not at once.",
        operation("dynamodb", "UpdateTimeToLive"),
        breaks="expiry by time to live would be taken for a lease's end",
        untried=TAKES_DAYS,
    ),
)

MACHINES = (
    documented(
        "states-all-does-not-catch-runtime",
        "A catcher of States.ALL does not catch States.Runtime.",
        STATES_ERRORS,
        breaks="the reaper would not be needed for runs that end that way",
        untried="a JSONata machine has no documented way to raise States.Runtime on purpose",
    ),
    documented(
        "a-history-has-at-most-25000-events",
        "An execution fails when its history reaches 25,000 events.",
        STATES_QUOTAS,
        breaks="a loop could wait for an approval without a bound",
        untried=TOO_DEAR,
    ),
    documented(
        "status-events-are-best-effort",
        "Step Functions' status change events are delivered by best effort.",
        guide(
            "EventBridge reference, Step Functions events",
            "eventbridge/latest/ref/events-ref-states.html",
        ),
        breaks="an event could be the reaper",
        untried=NOT_BY_API,
    ),
    documented(
        "a-redriven-run-keeps-its-definition",
        "A redriven execution uses the definition it was started with.",
        operation("stepfunctions", "RedriveExecution"),
        breaks="a fixed machine could finish a broken run; a new run reads the intents instead",
        untried="the design uses no redrive",
    ),
    documented(
        "task-answers-have-no-resource",
        "states:SendTaskSuccess has no resource type: a right to it is a right to every token.",
        guide(
            "Service authorization reference, Step Functions",
            "service-authorization/latest/reference/list_stepfunctions.html",
        ),
        breaks="tokens could be approvals",
        untried="it is a property of the policy language, not of an answer",
    ),
    documented(
        "expressions-have-a-second",
        "A JSONata expression that takes too long or too much memory fails its state.",
        STATES_QUOTAS,
        breaks="an expression over a large input would hold a run up",
        untried="the bound is not documented closely enough to be hit without flakiness",
    ),
    documented(
        "step-functions-quotas-by-region",
        "Standard state transitions and StartExecution are throttled by account and region.",
        STATES_QUOTAS,
        breaks="a storm of alarms or a fast ramp would be throttled where none was seen in drills",
        untried=TOO_DEAR,
    ),
    documented(
        "a-machines-key-stops-it",
        "With a customer key on a machine, disabling the key fails its runs and starts none.",
        guide(
            "Step Functions developer guide, encryption at rest",
            "step-functions/latest/dg/encryption-at-rest.html",
            seen=False,
        ),
        breaks="a customer key on the machines would be harmless; they use AWS's own",
        untried="the design uses no customer key there",
    ),
    documented(
        "nested-runs-want-a-managed-rule",
        "startExecution.sync:2 wants rights on EventBridge's managed rule; without, it only polls.",
        guide(
            "Step Functions developer guide, starting executions from a task",
            "step-functions/latest/dg/connect-stepfunctions.html",
            seen=False,
        ),
        breaks="a nested run would be slow to be seen ended",
        untried="the difference is in delay only",
    ),
)

ALARMS = (
    documented(
        "an-alarm-reaches-its-function",
        "CloudWatch retries until the function's queue has taken the alarm's event.",
        ALARM_LAMBDA,
        breaks="an alarm's action could be lost before the function's own retries",
        untried=NO_FAULTS,
    ),
    documented(
        "an-alarm-event-is-delivered",
        "CloudWatch guarantees the delivery of state changes to EventBridge.",
        ALARM_EVENTS,
        breaks="the second way to an incident would be no better than the first",
        untried=NO_FAULTS,
    ),
    documented(
        "mute-rules-stop-actions-and-act-afterwards",
        "A mute rule stops actions, not events; an alarm still in its state acts when it ends.",
        MUTE_RULES,
        breaks="the end of a window would set off nothing stale: contain refuses an old change",
        untried="a window's shortest length makes a trial of it slow",
    ),
    documented(
        "a-rules-dead-letters-need-the-queues-policy",
        "EventBridge puts a rule's failures into SQS by the queue's policy, whatever role it has.",
        RESOURCE_POLICIES,
        breaks="events that reached no bus would be lost without a trace",
        untried=NO_FAULTS,
    ),
    documented(
        "describing-composite-alarms-needs-a-star",
        "cloudwatch:DescribeAlarms must be allowed on all resources to see composite alarms.",
        operation("cloudwatch", "DescribeAlarms"),
        breaks="a role with a narrower right would work",
        untried="it takes a second principal",
    ),
    documented(
        "alarms-over-a-day-are-hourly",
        "An alarm over more than a day is evaluated once an hour.",
        operation("cloudwatch", "PutMetricAlarm"),
        breaks="a burn rate over three days could be an alarm; it is in the sweep instead",
        untried=TAKES_DAYS,
    ),
    documented(
        "ingestion-has-no-promised-latency",
        "CloudWatch promises no bound between PutMetricData and an alarm that sees it.",
        operation("cloudwatch", "PutMetricData"),
        breaks="the reflex's 40 s would be a promise of AWS; it is arithmetic with an assumed 2 s",
        untried="what is not promised cannot be shown by a trial",
    ),
)

EDGES = (
    documented(
        "some-rights-have-no-resource",
        "PutMetricData, X-Ray's writes and log delivery can be allowed on all resources only.",
        guide(
            "Service authorization reference, CloudWatch",
            "service-authorization/latest/reference/list_amazoncloudwatch.html",
            seen=False,
        ),
        breaks="our roles could do without any wildcard",
        untried="it is a property of the policy language, not of an answer",
    ),
    documented(
        "lambda-quotas-by-account",
        "Lambda's concurrency is bounded by account and region; reserved places are taken from it.",
        LAMBDA_QUOTAS,
        breaks="a busy account could starve the reflex: it has reserved places",
        untried=TOO_DEAR,
    ),
    documented(
        "a-new-inverted-health-check-is-unhealthy",
        "A new health check is healthy, and an inverted one unhealthy, until there is enough data.",
        HEALTH_CHECKS,
        breaks="attaching a new check would be harmless; it would evict the home region",
        untried="a health check's first minutes differ from trial to trial",
    ),
    documented(
        "health-checks-trust-any-certificate",
        "HTTPS health checks do not validate certificates.",
        HEALTH_CHECKS,
        breaks="a check would notice an expired certificate",
        untried="it takes a public endpoint with a bad certificate",
    ),
    documented(
        "health-checks-by-alarm-are-slow",
        "A health check by alarm reads the alarm's data stream, and no high-resolution metrics.",
        HEALTH_CHECK_VALUES,
        breaks="an alarm could be the admission flag, within three minutes",
        untried=RELEASE,
    ),
    documented(
        "dns-changes-are-a-control-plane",
        "ChangeResourceRecordSets is a control plane in one region, not for the recovery path.",
        operation("route53", "ChangeResourceRecordSets"),
        breaks="a failover could change records",
        untried=NO_FAULTS,
    ),
    documented(
        "deleted-versions-are-not-replicated",
        "A delete of a version by its id is not replicated to the other bucket.",
        guide(
            "S3 user guide, what is replicated",
            "AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html",
            seen=False,
        ),
        breaks="erasing in one bucket would erase in both",
        untried=RELEASE,
    ),
    documented(
        "a-lock-does-not-save-from-a-lost-key",
        "Object Lock keeps the bytes, not the key that opens them.",
        OBJECT_LOCK,
        breaks="an archive under a customer key would be as safe as its lock",
        untried=TAKES_DAYS,
    ),
    documented(
        "findings-are-imported-as-asff",
        "BatchImportFindings takes findings in ASFF.",
        operation("securityhub", "BatchImportFindings"),
        breaks="findings could be imported in OCSF",
        untried="it needs Security Hub switched on for the account",
    ),
    documented(
        "aurora-fences-writes-by-best-effort",
        "Aurora's managed failover fences the old writer by best effort.",
        guide(
            "Aurora user guide, global database failover",
            "AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html",
            seen=False,
        ),
        breaks="one writer would be Aurora's promise; it is the routers' lease",
        untried=NO_FAULTS,
    ),
)
