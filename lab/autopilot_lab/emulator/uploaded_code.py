"""Functions and layers whose code came over the API: checked, unpacked, and handed to the runner.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.function_code import CodeRegistry, FunctionCode
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.functions import placeholder_zip_bytes

#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
UNZIPPED_BYTES_MAX: Final = 250 * 1024 * 1024

_Key = tuple[str, str]
_Fingerprint = tuple[str, ...]


class UploadedCode:
    """Follows what moto stores. `forget` ends a function's warm environments."""

    def __init__(self, code: CodeRegistry, forget: Callable[[str, str], None]) -> None:
        self._code = code
        self._forget = forget
        self._known: dict[_Key, _Fingerprint] = {}
        self._folder = Path()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is unpacked until the exit."""
        with TemporaryDirectory() as folder:
            self._folder = Path(folder)
            yield

    def check_function(self, params: dict[str, Any], region: str) -> None:
        """Refuse to create a function that the lab cannot run. Raises `AwsError`."""
        runtime = str(params.get("Runtime", "a container image"))
        if not runtime.startswith("python"):
            raise _invalid(f"the lab runs functions in Python, not in {runtime}")
        self.check_archive(params.get("Code", {}), region)

    def check_archive(self, params: dict[str, Any], _region: str) -> None:
        """Refuse an archive that is broken or too large. Raises `AwsError`."""
        if "ZipFile" in params:
            _open(bytes(params["ZipFile"])).close()

    def follow(self, call: Call) -> None:
        """Take over what a call has created, changed or deleted. Raises `AwsError`."""
        found = {
            (call.region, function.function_name): function
            for function in get_backend(ACCOUNT, call.region).list_functions()
            if function.code_bytes != placeholder_zip_bytes()
        }
        for key in [one for one in self._known if one[0] == call.region and one not in found]:
            self._drop(key)
        for key, function in found.items():
            fingerprint = _fingerprint(function)
            if self._known.get(key) != fingerprint:
                self._take(key, function)
                self._known[key] = fingerprint

    def _drop(self, key: _Key) -> None:
        del self._known[key]
        self._code.remove(*key)
        self._forget(*key)

    def _take(self, key: _Key, function: LambdaFunction) -> None:
        self._code.functions[key] = FunctionCode(
            folder=self._unpacked(function.code_sha_256, function.code_bytes),
            handler=str(function.handler),
            layers=tuple(self._layer(layer["Arn"]) for layer in function.layers),
            apart=True,
        )
        self._forget(*key)

    def _layer(self, arn: str) -> Path:
        if arn not in self._code.layers:
            version = get_backend(ACCOUNT, arn.split(":")[3]).layers_versions_by_arn(arn)
            if version is None:
                raise _invalid(f"Layer version {arn} does not exist.")
            self._code.layers[arn] = self._unpacked(version.code_sha_256, version.code_bytes)
        return self._code.layers[arn]

    def _unpacked(self, digest: str, archive: bytes) -> Path:
        """The folder of an archive; the same archive is unpacked once."""
        folder = self._folder / "".join(letter for letter in digest if letter.isalnum())
        if not folder.exists():
            with _open(archive) as opened:
                opened.extractall(folder)  # which keeps every member below the folder
        return folder


def _open(archive: bytes) -> zipfile.ZipFile:
    try:
        opened = zipfile.ZipFile(io.BytesIO(archive))
    except zipfile.BadZipFile as error:
        message = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise _invalid(message) from error
    if sum(entry.file_size for entry in opened.infolist()) > UNZIPPED_BYTES_MAX:
        opened.close()
        raise _invalid(f"Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes")
    return opened


def _fingerprint(function: LambdaFunction) -> _Fingerprint:
    """What a warm environment depends on."""
    variables = sorted(f"{name}={value}" for name, value in function.environment_vars.items())
    layers = (layer["Arn"] for layer in function.layers)
    return (str(function.code_sha_256), str(function.handler), *layers, *variables)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
