"""Which regions take clients: a flag object in each of the two other regions' buckets.

Inverted HTTPS health checks read the flags (foundation.yaml): present means leave, so that the
loss of a bucket's region keeps clients where they are. The observer's bucket has a copy of every
flag and is written last, so that what it shows is done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from autopilot.adapters.answers import translated
from autopilot.domain.failover import admission, admitted
from autopilot.domain.switches import ADMISSION, SwitchChange, SwitchState
from autopilot.errors import Inconsistent

if TYPE_CHECKING:
    from autopilot.domain.permit import SwitchPermit

PREFIX: Final = "admission/"
_LEAVE: Final = "leave"
_BODY: Final = b"leave\n"


class AdmissionFlags:
    """A `Switch` over all flags together; its value names the regions that are open."""

    def __init__(
        self,
        *,
        client: Callable[[str], Any],
        bucket: Callable[[str], str],
        serving: Collection[str],
        observer: str,
    ) -> None:
        """`client` makes one of S3 in a region, `bucket` says which one is there."""
        self._client, self._bucket = client, bucket
        self._serving, self._observer = tuple(sorted(serving)), observer

    def observe(self) -> SwitchState:
        """The regions without a flag in the observer's bucket."""
        left = self._left_in(self._observer)
        return SwitchState(admission([each for each in self._serving if each not in left]))

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Put and remove flags until exactly the regions of `to` are open; twice is once."""
        permit.demand(SwitchChange(ADMISSION, to, expected))
        opened, before = admitted(to), admitted(expected.value)
        if not opened:
            message = "no region would take clients: expected at least one open region"
            raise Inconsistent(message)
        for region in sorted(opened - before):
            self._each_copy(region, self._clear)
        for region in sorted(before - opened):
            self._each_copy(region, self._raise)
        return SwitchState(to)

    def _each_copy(self, region: str, act: Callable[[str, str], None]) -> None:
        """The copy in the other region that serves, then the observer's."""
        for place in (*(each for each in self._serving if each != region), self._observer):
            with translated(f"the flags in {place}"):
                act(place, f"{PREFIX}{region}/{_LEAVE}")

    def _raise(self, place: str, key: str) -> None:
        self._client(place).put_object(
            Bucket=self._bucket(place), Key=key, Body=_BODY, ContentType="text/plain"
        )

    def _clear(self, place: str, key: str) -> None:
        self._client(place).delete_object(Bucket=self._bucket(place), Key=key)

    def _left_in(self, place: str) -> set[str]:
        with translated(f"the flags in {place}"):
            answer = self._client(place).list_objects_v2(
                Bucket=self._bucket(place), Prefix=PREFIX, MaxKeys=10
            )
        keys = (str(each["Key"]) for each in answer.get("Contents", ()))
        return {key.split("/")[1] for key in keys if key.endswith(f"/{_LEAVE}")}
