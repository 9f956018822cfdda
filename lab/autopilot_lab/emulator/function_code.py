"""Where the code of functions and layers lies on this machine, and loading it as Lambda would."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from autopilot_lab.emulator.own_modules import OwnModules

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """The local folder of a function, its handler ("app.handler") and its layers' folders.

    With `apart` its modules, and those of its layers, are its own and nobody else's.
    """

    folder: Path
    handler: str
    layers: tuple[Path, ...] = ()
    apart: bool = False


@dataclass
class CodeRegistry:
    """Which local folder each deployed function and layer version was deployed from.

    `published` has the code of published versions by region, name and version; a version that
    is not in it runs the present code.
    """

    functions: dict[tuple[str, str], FunctionCode] = field(default_factory=dict)
    published: dict[tuple[str, str, str], FunctionCode] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)
    _loaded: int = 0

    def of(self, region: str, name: str, version: str) -> FunctionCode:
        """The code of a version. Raises KeyError for a function that is not there."""
        return self.published.get((region, name, version)) or self.functions[region, name]

    def publish(self, region: str, name: str, version: str) -> None:
        """Keep the present code as that of a version; a version keeps what it has."""
        if (region, name) in self.functions:
            self.published.setdefault((region, name, version), self.functions[region, name])

    def remove(self, region: str, name: str) -> None:
        """Forget a function with its versions."""
        self.functions.pop((region, name), None)
        for key in [key for key in self.published if key[:2] == (region, name)]:
            del self.published[key]

    def load(self, region: str, name: str, version: str) -> Handler:
        """A fresh copy of the function's module, under a name of its own; its handler.

        Raises whatever the module raises while it is imported.
        """
        code = self.of(region, name, version)
        module_name, _, attribute = code.handler.rpartition(".")
        if code.apart:
            folders = [code.folder, *(layer / "python" for layer in code.layers)]
            module = OwnModules(folders).load(module_name.replace("/", "."))
        else:
            self._loaded += 1
            module = _import_file(
                code.folder / f"{module_name.replace('.', '/')}.py",
                f"_lambda_{region}_{name}_{self._loaded}".replace("-", "_"),
            )
        handler: Handler = getattr(module, attribute)
        return handler

    @contextmanager
    def importable(self) -> Iterator[None]:
        """Put back the import path on exit: deployed layers append to it."""
        before = list(sys.path)
        try:
            yield
        finally:
            sys.path[:] = before

    def add_layer(self, arn: str, folder: Path) -> None:
        """Register a layer version; its `python` folder becomes importable."""
        self.layers[arn] = folder
        packages = str(folder / "python")
        if Path(packages).is_dir() and packages not in sys.path:
            sys.path.append(packages)


def translate(code: FunctionCode, variables: Mapping[str, str]) -> dict[str, str]:
    """Environment variables whose value is a path under /opt/, pointed at the layer here."""
    return {key: _in_layer(value, code.layers) for key, value in variables.items()}


def _in_layer(value: str, layers: tuple[Path, ...]) -> str:
    """Later layers overwrite earlier ones, as in Lambda's /opt."""
    if not value.startswith("/opt/"):
        return value
    for folder in reversed(layers):
        candidate = folder / value.removeprefix("/opt/")
        if candidate.exists():
            return str(candidate)
    return value


def _import_file(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module in {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
