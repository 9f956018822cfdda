"""Where the AWS console shows something, made from its ARN alone. Pure."""

from __future__ import annotations

from typing import Final

_CONSOLES: Final = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
_EXECUTION_PARTS: Final = 8  #: arn:partition:states:region:account:execution:machine:name


def console_url(target: str) -> str:
    """The console's page of a Step Functions execution; anything else stays as it is."""
    parts = target.split(":")
    if len(parts) != _EXECUTION_PARTS or parts[2] != "states" or parts[5] != "execution":
        return target
    console = _CONSOLES.get(parts[1])
    if console is None:
        return target
    region = parts[3]
    return f"https://{region}.{console}/states/home?region={region}#/v2/executions/details/{target}"
