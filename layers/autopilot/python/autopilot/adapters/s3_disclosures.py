"""Copies for a person who asked for them, in a bucket that deletes them after a few days."""

from __future__ import annotations

from typing import Any

from botocore import exceptions as aws

from autopilot.errors import Transient

_SERVER_FAULT = 500


class S3Disclosures:
    """`Disclosures` in one bucket without versions, so that what expires is gone."""

    def __init__(self, *, client: Any, bucket: str) -> None:
        """Write to `bucket` through `client`."""
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes) -> str:
        """Store `body` and return its `s3://` address."""
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType="application/json"
            )
        except aws.ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < _SERVER_FAULT:
                raise
            message = "the export bucket did not answer: try again in a moment"
            raise Transient(message) from error
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            message = f"the export bucket did not answer: {type(error).__name__}"
            raise Transient(message) from error
        return f"s3://{self._bucket}/{key}"
