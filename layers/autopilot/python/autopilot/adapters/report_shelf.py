"""Files reports in a bucket, once each, in every form that somebody may want to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.adapters.answers import code_of
from autopilot.domain.assessment import Assessment, Day
from autopilot.errors import Transient

Form: TypeAlias = Callable[[Assessment, Sequence[Day]], str]
#: Somebody filed it before: this call's answer was lost, or it is tried again.
_THERE: Final = frozenset({"PreconditionFailed", "412"})
_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}


class S3Shelf:
    """A `ReportShelf` below `reports/compliance/` of a bucket."""

    def __init__(self, client: Any, bucket: str, forms: Mapping[str, Form]) -> None:
        """`forms`: by the ending of their files."""
        self._client, self._bucket, self._forms = client, bucket, forms

    def keep(self, assessment: Assessment, before: Sequence[Day], run: str) -> str:
        """File all forms; return where the page for people is."""
        stem = f"reports/compliance/{assessment.day}/{run}"
        for ending, form in self._forms.items():
            self._put(f"{stem}.{ending}", form(assessment, before).encode(), _TYPES[ending])
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
