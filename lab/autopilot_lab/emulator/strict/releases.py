"""Lambda: compare-and-set by RevisionId, weights of aliases, the size of a resource policy."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import LambdaAlias, LambdaFunction
from moto.awslambda.utils import get_backend

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer, with_json
from autopilot_lab.emulator.strict.versions import LATEST

#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
POLICY_BYTES_MAX: Final = 20 * 1024
PRECONDITION_FAILED: Final = 412

_CHANGING = ("UpdateFunctionCode", "UpdateFunctionConfiguration")
_TELLING = ("CreateFunction", "GetFunction", "GetFunctionConfiguration", "PublishVersion")
_REVISION = "revision_id"  #: where a function of moto's keeps what moto does not have


def register(layer: StrictLayer) -> None:
    """Put the rules and amendments in force."""
    layer.refuse("lambda", ("CreateAlias", "UpdateAlias"), check_routing)
    layer.refuse("lambda", ("UpdateAlias",), compare_alias)
    layer.amend("lambda", ("UpdateAlias",), _renew_alias)
    layer.refuse("lambda", (*_CHANGING, "PublishVersion"), compare_function)
    layer.amend("lambda", (*_CHANGING, *_TELLING), _tell_revision)
    layer.refuse("lambda", ("AddPermission",), check_policy_size)


def check_routing(asked: Asked) -> None:
    """An alias routes to one further published version, with a weight from 0.0 to 1.0.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    params = asked.params
    weights = (params.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    alias = _alias(asked)
    own = params.get("FunctionVersion") or (alias.function_version if alias else "")
    check_weights(str(own), weights)
    for version in weights:
        if _find_function(asked, str(version)) is None:
            message = f"Function not found: {params['FunctionName']}:{version}"
            raise AwsError("ResourceNotFoundException", message, 404)


def check_weights(own_version: str, weights: Mapping[str, Any]) -> None:
    """Raise `AwsError` for weights that an alias of this version cannot have."""
    if len(weights) > 1:
        raise _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for version, weight in weights.items():
        if not 0.0 <= float(weight) <= 1.0:
            raise _invalid(
                f"Value {weight} at 'routingConfig.additionalVersionWeights.{version}' failed to "
                "satisfy constraint: Member must have value between 0.0 and 1.0"
            )
        if LATEST in (own_version, version):
            raise _invalid(
                f"{LATEST} is not supported for an alias pointing to more than 1 version"
            )
        if version == own_version:
            raise _invalid(f"Invalid function version {version}: the alias points to it already")


def compare_alias(asked: Asked) -> None:
    """UpdateAlias changes the revision it names, or nothing.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
    """
    alias = _alias(asked)
    if alias is not None:
        _compare(asked, alias.revision_id)


def compare_function(asked: Asked) -> None:
    """Updates and PublishVersion are refused when the function is of another revision.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    function = _find_function(asked)
    if function is not None:
        _compare(asked, _revision(function))


def check_policy_size(asked: Asked) -> None:
    """A function's resource policy has at most 20 KB.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    function = _find_function(asked)
    if function is not None:
        check_statements([*function.policy.statements, _statement(asked, function)])


def check_statements(statements: list[dict[str, Any]]) -> None:
    """Raise `AwsError` when a policy of these statements would be too long."""
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    size = len(json.dumps(policy, separators=(",", ":")).encode())
    if size > POLICY_BYTES_MAX:
        message = f"The final policy size ({size}) is bigger than the limit ({POLICY_BYTES_MAX})."
        raise AwsError("PolicyLengthExceededException", message)


def _statement(asked: Asked, function: LambdaFunction) -> dict[str, Any]:
    """A statement as long as the one that AddPermission would add."""
    conditions = {
        key: str(asked.params[name])
        for name, key in (
            ("SourceArn", "AWS:SourceArn"),
            ("SourceAccount", "AWS:SourceAccount"),
            ("PrincipalOrgID", "aws:PrincipalOrgID"),
        )
        if asked.params.get(name)
    }
    statement: dict[str, Any] = {
        "Sid": asked.text("StatementId"),
        "Effect": "Allow",
        "Principal": {"Service": asked.text("Principal")},
        "Action": asked.text("Action"),
        "Resource": function.function_arn,
    }
    return {**statement, "Condition": {"ArnLike": conditions}} if conditions else statement


def _renew_alias(asked: Asked, answer: Answer) -> wire.Response:
    response, alias = answer(), _alias(asked)
    if alias is None or wire.error_code(response):
        return response
    alias.revision_id = str(uuid.uuid4())
    return _with_revision(response, alias.revision_id)


def _tell_revision(asked: Asked, answer: Answer) -> wire.Response:
    response = answer()
    if wire.error_code(response):
        return response
    function = _find_function(asked, _qualifier(asked))
    if function is None:
        return response
    if asked.call.operation in _CHANGING:
        vars(function)[_REVISION] = str(uuid.uuid4())
    return _with_revision(response, _revision(function))


def _with_revision(response: wire.Response, revision: str) -> wire.Response:
    body = json.loads(response.body)
    body.get("Configuration", body)["RevisionId"] = revision
    return with_json(response, body)


def _revision(function: LambdaFunction) -> str:
    """The revision of a function, which it has from the first look on."""
    return str(vars(function).setdefault(_REVISION, str(uuid.uuid4())))


def _compare(asked: Asked, present: str) -> None:
    named = asked.params.get("RevisionId")
    if named and named != present:
        raise AwsError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the "
            "GetFunction/GetAlias API to retrieve the latest Revision Id",
            PRECONDITION_FAILED,
        )


def _qualifier(asked: Asked) -> str | None:
    return asked.text("Qualifier") or None


def _find_function(asked: Asked, qualifier: str | None = None) -> LambdaFunction | None:
    try:
        return get_backend(ACCOUNT, asked.call.region).get_function(
            asked.text("FunctionName"), qualifier
        )
    except UnknownFunctionException:
        return None


def _alias(asked: Asked) -> LambdaAlias | None:
    if _find_function(asked) is None:
        return None
    backend = get_backend(ACCOUNT, asked.call.region)
    try:
        return backend.get_alias(asked.text("Name"), asked.text("FunctionName"))
    except UnknownAliasException:
        return None


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
