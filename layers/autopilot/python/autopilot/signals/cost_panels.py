"""Panels about what the models cost: tokens of all their spellings, at the profile's prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autopilot.domain.profile import Profile
from autopilot.domain.sweep_section import BedrockModel
from autopilot.signals.spellings import spellings
from autopilot.signals.widgets import SERVING, Entry, Graph, Widget, expression, hidden

_FIVE_MINUTES: Final = 300
_A_DAY: Final = 288  #: times five minutes
_CENTS: Final = 100
_TOKENS: Final = 1_000_000  #: that a price is for


def cost_panels(profile: Profile) -> Iterator[Widget]:
    """Cost where models have prices; tokens, throttles and use of quotas for all of them."""
    models = profile.bedrock.models
    priced = [model for model in models if model.is_priced]
    if priced:
        yield from _costs(profile, priced)
    for metric, title, unit in (
        ("input_tokens", "Input tokens by model", "tokens a minute"),
        ("output_tokens", "Output tokens by model", "tokens a minute"),
        ("bedrock_throttles", "Requests that Bedrock turned away", "requests a minute"),
        ("quota_tokens", "Tokens as the quota counts them", "tokens a minute"),
    ):
        yield Graph(title, list(_by_model(metric, models)), unit=unit).to_widget()


def _costs(profile: Profile, priced: Sequence[BedrockModel]) -> Iterator[Widget]:
    entries, cost = _cost(priced)
    paths = {model.path for model in priced}
    sent, answered = _requests(profile, paths)
    entries += _counts(profile, paths)
    panels = (
        ("Cost per day, at the present rate", "US dollars", f"{_A_DAY} * {cost}"),
        ("Cost per request", "US cents", f"{_CENTS} * {cost} / {sent}"),
        ("Cost efficiency: answers for a dollar", "requests", f"{answered} / {cost}"),
    )
    for number, (title, unit, formula) in enumerate(panels):
        shown = expression(
            formula, title.partition(":")[0].partition(",")[0].lower(), f"shown{number}"
        )
        yield Graph(
            title,
            [*entries, shown],
            unit=unit,
            period_seconds=_FIVE_MINUTES,
            width=8,
        ).to_widget()


def _cost(priced: Sequence[BedrockModel]) -> tuple[list[Entry], str]:
    """The entries, and the expression over their ids, in US dollars."""
    entries: list[Entry] = []
    terms = []
    for number, model in enumerate(priced):
        for kind, price in (("input", model.input_price_usd), ("output", model.output_price_usd)):
            own = list(_spelled(f"{kind}_tokens", model, f"{kind[0]}{number}"))
            entries += own
            ids = ",".join(each[-1]["id"] for each in own)
            terms.append(f"SUM([{ids}]) * {price}")
    return entries, f"(SUM([{', '.join(terms)}]) / {_TOKENS})"


def _counts(profile: Profile, paths: set[str]) -> Iterator[Entry]:
    """Requests and failures of every route of these paths, by the routers of both regions."""
    for number, route in enumerate(profile.proven):
        if route.path in paths:
            about = {"Region": route.region, "Path": route.path}
            for place, region in zip("hs", SERVING, strict=True):
                yield hidden("requests", region, about, f"r{number}{place}")
                yield hidden("failures", region, about, f"f{number}{place}")


def _requests(profile: Profile, paths: set[str]) -> tuple[str, str]:
    """Expressions for requests sent, and for those that did not fail."""
    own = [number for number, route in enumerate(profile.proven) if route.path in paths]
    sent, failed = (
        f"SUM([{','.join(f'{prefix}{number}{place}' for number in own for place in 'hs')}])"
        for prefix in "rf"
    )
    return sent, f"({sent} - {failed})"


def _by_model(metric_id: str, models: Sequence[BedrockModel]) -> Iterator[Entry]:
    for number, model in enumerate(models):
        own = list(_spelled(metric_id, model, f"m{number}"))
        yield from own
        ids = ",".join(each[-1]["id"] for each in own)
        yield expression(f"SUM([{ids}])", f"{model.path}: {model.profile}", f"all{number}")


def _spelled(metric_id: str, model: BedrockModel, prefix: str) -> Iterator[Entry]:
    """The metric under every spelling of the model, in both regions."""
    for place, region in zip("hs", SERVING, strict=True):
        for number, spelling in enumerate(spellings(model, region)):
            yield hidden(metric_id, region, {"ModelId": spelling}, f"{prefix}{place}{number}")
