"""Attribute values of DynamoDB, as they stand on the wire."""

from __future__ import annotations

from hypothesis import strategies as st

BYTES = st.sampled_from(["", "AA==", "aGVsbG8="])
SCALARS = st.one_of(
    st.fixed_dictionaries({"S": st.text(max_size=5)}),
    st.fixed_dictionaries({"N": st.integers().map(str)}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.fixed_dictionaries({"NULL": st.just(True)}),  # noqa: FBT003 - the only value there is
    st.fixed_dictionaries({"B": BYTES}),
    st.fixed_dictionaries({"BS": st.lists(BYTES, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"NS": st.lists(st.integers().map(str), min_size=1, max_size=2)}),
    st.fixed_dictionaries({"SS": st.lists(st.text(min_size=1, max_size=3), min_size=1)}),
)
ATTRIBUTES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(max_size=4), inner, max_size=3)}),
    ),
    max_leaves=8,
)
