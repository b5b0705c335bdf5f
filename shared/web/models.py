"""What may be asked for: the models that are deployed here, and what each of them takes."""

from shared.chain.order import models_of
from shared.chain.services import Services
from shared.domain.deployments import Deployment, draws_only_one
from shared.domain.families import CLASSIC_SIZES, FAMILIES, FORMATS, MODERATION, Family
from shared.domain.values import Value
from shared.web.exchange import Answer, Call, answer


class ModelView(Value):
    """
    `sizes` are all that it takes, or, with `customSizes`, the usual ones. `maxInputs` 0: it cannot
    edit here. `retiresOn`: the last day that upstream has announced.
    """

    name: str
    title: str
    sizes: tuple[str, ...]
    custom_sizes: bool
    qualities: tuple[str, ...]
    backgrounds: tuple[str, ...]
    output_formats: tuple[str, ...]
    moderation: tuple[str, ...]
    styles: tuple[str, ...]
    input_fidelity: tuple[str, ...]
    max_images: int
    max_inputs: int
    mask: bool
    max_partial_images: int
    max_prompt_chars: int
    retires_on: str | None


class ModelList(Value):
    """The app's first choice comes first."""

    items: tuple[ModelView, ...]
    continuation: None = None


def list_models(call: Call, s: Services) -> Answer:
    allowed = models_of(call.known_caller, s.terms)
    deployed = sorted(s.terms.deployments, key=lambda one: one.priority)
    named = dict.fromkeys(one.model for one in deployed if one.model in allowed)
    items = [_view(FAMILIES[name], deployed) for name in named]
    return answer(200, ModelList(items=tuple(items)))


def _view(family: Family, deployed: list[Deployment]) -> ModelView:
    one_only = all(draws_only_one(one) for one in deployed if one.model == family.model)
    inputs = 0 if one_only else family.most_inputs
    return ModelView(
        name=family.model,
        title=_title(family),
        sizes=family.sizes or CLASSIC_SIZES,
        custom_sizes=family.sizes is None,
        qualities=family.qualities,
        backgrounds=family.backgrounds,
        output_formats=FORMATS,
        moderation=MODERATION,
        styles=family.styles,
        input_fidelity=family.input_fidelity if inputs else (),
        max_images=1 if one_only else family.most_images,
        max_inputs=inputs,
        mask=family.mask and inputs > 0,
        max_partial_images=family.most_partials,
        max_prompt_chars=family.max_prompt_chars,
        retires_on=family.retires_on.isoformat() if family.retires_on else None,
    )


def _title(family: Family) -> str:
    """For lists from which people choose."""
    return f"{family.model} (until {family.retires_on})" if family.retires_on else family.model
