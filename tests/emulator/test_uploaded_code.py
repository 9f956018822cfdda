"""Code that comes over the API: unpacked, kept apart, forgotten when it changes."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.own_modules import OwnModules
from autopilot_lab.emulator.uploaded_code import UNZIPPED_BYTES_MAX
from tests.emulator.conftest import HOME, START


def archive(**files: str) -> bytes:
    """A zip of Python modules by name; a double underscore is a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, text in files.items():
            opened.writestr(name.replace("__", "/") + ".py", text)
    return buffer.getvalue()


@pytest.fixture
def role(aws: EmbeddedAws) -> str:
    """A role that Lambda may assume."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam = aws.client("iam", "us-east-1")
    made = iam.create_role(RoleName="own", AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


def create(aws: EmbeddedAws, role: str, code: dict[str, Any], **settings: Any) -> None:
    """Create the function "own" in Python."""
    aws.client("lambda", HOME).create_function(
        FunctionName="own",
        Role=role,
        Runtime="python3.13",
        Handler="main.handler",
        Code=code,
        **settings,
    )


def answer(aws: EmbeddedAws) -> Any:
    """What the function "own" answers."""
    return aws.invoke("own", None, HOME).body()


def test_a_layer_comes_after_the_functions_own_modules(aws: EmbeddedAws, role: str) -> None:
    """A layer's modules are importable, and the function's of the same name win."""
    layer = aws.client("lambda", HOME).publish_layer_version(
        LayerName="shared",
        Content={"ZipFile": archive(python__lower="NAME = 1", python__same="NAME = 2")},
    )["LayerVersionArn"]
    source = "import lower, same\ndef handler(*_): return [lower.NAME, same.NAME]"
    create(aws, role, {"ZipFile": archive(main=source, same="NAME = 3")}, Layers=[layer])
    assert answer(aws) == [1, 3]


def test_code_may_lie_in_a_bucket(aws: EmbeddedAws, role: str) -> None:
    """An archive in S3 is as good as one in the request."""
    s3 = aws.client("s3", HOME)
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_object(Bucket="code", Key="zip", Body=archive(main="def handler(*_): return 'found'"))
    create(aws, role, {"S3Bucket": "code", "S3Key": "zip"})
    assert answer(aws) == "found"


def test_new_settings_start_a_new_environment(aws: EmbeddedAws, role: str) -> None:
    """What a module read when it was loaded is read again after a change of variables."""
    source = "import os\nREAD = os.environ['KEY']\ndef handler(*_): return READ"
    create(
        aws, role, {"ZipFile": archive(main=source)}, Environment={"Variables": {"KEY": "before"}}
    )
    assert answer(aws) == "before"
    aws.client("lambda", HOME).update_function_configuration(
        FunctionName="own", Environment={"Variables": {"KEY": "after"}}
    )
    assert answer(aws) == "after"


def test_a_function_made_again_runs_its_new_code(aws: EmbeddedAws, role: str) -> None:
    """Deleting forgets the code and its warm environments."""
    create(aws, role, {"ZipFile": archive(main="def handler(*_): return 1")})
    assert answer(aws) == 1
    aws.client("lambda", HOME).delete_function(FunctionName="own")
    create(aws, role, {"ZipFile": archive(main="def handler(*_): return 2")})
    assert answer(aws) == 2


def test_a_module_that_is_missing_is_reported_as_lambda_does(aws: EmbeddedAws, role: str) -> None:
    """The error names the module."""
    create(aws, role, {"ZipFile": archive(main="import nowhere_to_be_found")})
    told = answer(aws)
    assert told["errorType"] == "Runtime.ImportModuleError"
    assert "nowhere_to_be_found" in told["errorMessage"]


def test_an_archive_beyond_the_limit_is_refused(aws: EmbeddedAws, role: str) -> None:
    """Lambda bounds what an archive unpacks to; one byte more is too much."""
    code = bytearray(archive(main="def handler(*_): return None"))
    size = code.rindex(b"PK\x01\x02") + 24  # the uncompressed size in the directory's last entry
    code[size : size + 4] = (UNZIPPED_BYTES_MAX + 1).to_bytes(4, "little")
    with pytest.raises(ClientError, match="Unzipped size must be smaller than 262144000 bytes"):
        create(aws, role, {"ZipFile": bytes(code)})


def test_modules_of_a_function_leave_no_trace(tmp_path: Path) -> None:
    """After an import the process knows none of them, and what it knew it knows again."""
    (tmp_path / "yaml.py").write_text("import inner\nOWN = inner.OWN\n")
    (tmp_path / "inner.py").write_text("OWN = True\n")
    import yaml  # noqa: PLC0415 - the process's own package of that name

    modules, finders = dict(sys.modules), list(sys.meta_path)
    assert OwnModules([tmp_path]).load("yaml").OWN
    assert (sys.modules, sys.meta_path) == (modules, finders)
    assert sys.modules["yaml"] is yaml


def test_a_package_sees_its_own_parts(tmp_path: Path) -> None:
    """Relative imports, and imports inside functions, find the parts of a package."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("from .early import NAME as EARLY\n")
    (package / "early.py").write_text(
        "NAME = 'early'\ndef late():\n    from .later import NAME\n    return NAME\n"
    )
    (package / "later.py").write_text("NAME = 'late'\n")
    own = OwnModules([tmp_path])
    assert own.load("package").EARLY == "early"
    assert own.load("package.early").late() == "late"


def test_the_shell_has_no_say_in_the_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal pointed at another endpoint does not lead the lab's own clients there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    with EmbeddedAws(START) as aws:
        assert aws.client("sqs", HOME).list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert os.environ["AWS_PROFILE"] == "somebody"
