"""The modules of one function, kept from every other function in the process.

Each archive may hold a `helper.py` of its own, and its own versions of packages. Here they are
loaded from the function's folders with an `__import__` of their own, and never stay in
`sys.modules`, so that imports inside a handler find them too, whenever they happen.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any


class OwnModules:
    """Imports from these folders first, earlier ones before later ones, and keeps what it finds."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = [str(folder) for folder in folders if folder.is_dir()]
        self.names = frozenset(_top_names(folders)) - sys.stdlib_module_names
        self.builtins = {**vars(builtins), "__import__": self._import}
        self._modules: dict[str, ModuleType] = {}
        self._depth = 0

    def load(self, name: str) -> ModuleType:
        """Import a module by its dotted name; raises what the import raises."""
        module: ModuleType = self._import(name, fromlist=("*",))
        return module

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the names of __import__
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and name.partition(".")[0] not in self.names:
            return builtins.__import__(name, globals, locals, fromlist, level)
        with self._visible():
            return builtins.__import__(name, globals, locals, fromlist, level)

    @contextmanager
    def _visible(self) -> Iterator[None]:
        """Let the import system see these modules, and nothing of the same names, meanwhile."""
        self._depth += 1
        hidden = self._swap_in() if self._depth == 1 else {}
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._swap_out(hidden)

    def _swap_in(self) -> dict[str, ModuleType]:
        hidden = self._taken()
        for name in hidden:
            del sys.modules[name]
        sys.modules.update(self._modules)
        self._finder = _Finder(self)
        sys.meta_path.insert(0, self._finder)
        return hidden

    def _swap_out(self, hidden: Mapping[str, ModuleType]) -> None:
        sys.meta_path.remove(self._finder)
        self._modules = self._taken()
        for name in self._modules:
            del sys.modules[name]
        sys.modules.update(hidden)

    def _taken(self) -> dict[str, ModuleType]:
        """What the process knows under these names."""
        return {
            name: module
            for name, module in sys.modules.items()
            if name.partition(".")[0] in self.names
        }


class _Finder(MetaPathFinder):
    """Finds modules in the folders of one function."""

    def __init__(self, owner: OwnModules) -> None:
        self._owner = owner

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self._owner.names:
            return None
        spec = PathFinder.find_spec(fullname, path or self._owner.folders, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.loader.path, self._owner)
        return spec


class _Loader(SourceFileLoader):
    """Loads a module whose own imports stay among its function's modules."""

    def __init__(self, name: str, path: str, owner: OwnModules) -> None:
        super().__init__(name, path)
        self._owner = owner

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._owner.builtins
        super().exec_module(module)


def _top_names(folders: Sequence[Path]) -> Iterator[str]:
    for folder in folders:
        if folder.is_dir():
            for entry in folder.iterdir():
                yield entry.name.partition(".")[0]
