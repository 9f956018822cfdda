"""Writes the record of processing activities from the profile and the templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import yaml

from autopilot.compliance.register import stores_of, to_markdown
from autopilot.errors import BadInput, Problem
from autopilot_cli.connection import load_profile

TEMPLATES: Final = ("foundation.yaml", "template.yaml")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, each as a mapping from its tag to its value."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {suffix: loader.construct_mapping(node, deep=True)}
    raise TypeError(f"expected a scalar, a sequence or a mapping, got {type(node).__name__}")


yaml.add_multi_constructor("!", _tagged, Loader=_Loader)


def write_register(profile_path: Path, output: Path | None) -> None:
    """Print the register, or write it into `output`."""
    stores = [store for name in TEMPLATES for store in stores_of(_template(Path(name)))]
    text = to_markdown(load_profile(profile_path), stores)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"wrote {output}", err=True)


def _template(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problem = Problem("template", "a file of the project", f"{path}: {error.strerror}")
        raise BadInput("the command", [problem], "Run from the project's folder.") from None
    read: Mapping[str, Any] = _Loader(text).get_single_data()
    return read
