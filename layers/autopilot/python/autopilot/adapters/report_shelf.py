"""Files reports in a bucket, once each, in every form that somebody may want to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.adapters.answers import code_of
from autopilot.domain.assessment import Assessment, Day
from autopilot.domain.rehearsal import Numbers, Rehearsal
from autopilot.errors import Transient

Form: TypeAlias = Callable[[Assessment, Sequence[Day]], str]
RehearsalForm: TypeAlias = Callable[[Rehearsal, Sequence[Numbers]], str]
#: Somebody filed it before: this call's answer was lost, or it is tried again.
_THERE: Final = frozenset({"PreconditionFailed", "412"})
_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
}


class S3Shelf:
    """A `ReportShelf` below `reports/compliance/` of a bucket."""

    def __init__(self, client: Any, bucket: str, forms: Mapping[str, Form]) -> None:
        """`forms`: by the ending of their files."""
        self._folder, self._forms = S3Folder(client, bucket), forms

    def keep(self, assessment: Assessment, before: Sequence[Day], run: str) -> str:
        """File all forms; return where the page for people is."""
        stem = f"reports/compliance/{assessment.day}/{run}"
        said = {ending: form(assessment, before) for ending, form in self._forms.items()}
        return self._folder.file(stem, said)


class S3RehearsalShelf:
    """A `RehearsalShelf` below `reports/rehearsal/` of a bucket."""

    def __init__(self, client: Any, bucket: str, forms: Mapping[str, RehearsalForm]) -> None:
        """`forms`: by the ending of their files."""
        self._folder, self._forms = S3Folder(client, bucket), forms

    def keep(self, rehearsal: Rehearsal, before: Sequence[Numbers], run: str) -> str:
        """File all forms; return where the page for people is."""
        stem = f"reports/rehearsal/{rehearsal.day}/{run}"
        said = {ending: form(rehearsal, before) for ending, form in self._forms.items()}
        return self._folder.file(stem, said)


class S3Folder:
    """Files texts in a bucket, none of them twice."""

    def __init__(self, client: Any, bucket: str) -> None:
        """Put them into `bucket`."""
        self._client, self._bucket = client, bucket

    def file(self, stem: str, texts: Mapping[str, str]) -> str:
        """Put each text under the stem and its ending; return where the page for people is."""
        for ending, text in texts.items():
            self._put(f"{stem}.{ending}", text.encode(), _TYPES[ending])
        return f"s3://{self._bucket}/{stem}.html"

    def _put(self, key: str, body: bytes, content_type: str) -> None:
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
            )
        except ClientError as error:
            if code_of(error) not in _THERE:
                raise Transient(f"the report was not filed: {code_of(error)}") from error
        except BotoCoreError as error:
            raise Transient(f"the report was not filed: {type(error).__name__}") from error
