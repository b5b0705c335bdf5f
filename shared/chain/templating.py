"""Requests made with a template: which version holds, and what the body is with it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from shared.chain.request_keys import Origin, known_request
from shared.chain.services import Services
from shared.chain.templates import Found
from shared.domain.families import faults_of
from shared.domain.stage_body import ApprovalBody, approval_faults
from shared.domain.submission import Scalar, SubmitBody, TemplateRef, one_each
from shared.domain.templates import (
    TEMPLATE_NAME,
    Template,
    TemplateBody,
    TemplateOptions,
    filled,
    parse,
)
from shared.domain.values import Options, TemplateVersion
from shared.errors import Conflict, Fault, InvalidRequest, KeyReused
from shared.security.callers import Caller

VARIABLES = "#/template/variables"
RETIRED = "This template is retired: it takes no new requests."


@dataclass(frozen=True, slots=True)
class Written:
    """
    A body as if somebody had written all of it: with the prompt, and with what the template says.
    `fixed` are the names of those fields, as they stand in the body.
    """

    body: SubmitBody
    template: TemplateVersion | None = None
    variables: Mapping[str, Scalar] = field(default_factory=dict, repr=False)
    fixed: frozenset[str] = frozenset()

    def placed(self, fault: Fault) -> Fault:
        """At what the sender can change, and saying so where that is nothing."""
        name = fault.pointer.split("/")[1] if self.template else ""
        if name == "prompt":
            return Fault(VARIABLES, fault.detail)
        return (
            Fault(fault.pointer, f"{fault.detail} The template sets it.")
            if (name in self.fixed)
            else fault
        )


def written_out(
    body: SubmitBody, caller: Caller, origin: Origin, body_sha256: str, s: Services
) -> tuple[Written, list[Fault]]:
    """A body without a template is what it is; one that also has a prompt is refused for that."""
    if body.template is None or body.prompt is not None:
        return Written(body), []
    used = _used_before(caller, origin, body_sha256, s)
    found, faults = _chosen(body.template, used, s)
    if found is None:
        return Written(body), faults
    prompt, faults = filled(found.template, body.template.variables, VARIABLES)
    said = _said(found.template)
    faults += _contradicted(body, said, found.template)
    written = body.model_copy(update={**said, "prompt": prompt})
    fixed = frozenset(_wire_name(name) for name in said)
    return Written(written, found.ref, body.template.variables, fixed), faults


def _used_before(
    caller: Caller, origin: Origin, body_sha256: str, s: Services
) -> TemplateVersion | None:
    """
    The version of the request that this one repeats: what was put since changes nothing of it.

    Its content has it before its journal does.
    """
    with suppress(KeyReused):  # which is said when it is accepted
        known = known_request(caller.name, origin, body_sha256, s)
        if known is not None and (content := s.contents.read(known)) is not None:
            return content.template
        if known is not None and (journal := s.journals.load(known)):
            return journal.request.terms.template
    return None


def _chosen(
    ref: TemplateRef, used: TemplateVersion | None, s: Services
) -> tuple[Found | None, list[Fault]]:
    if used is not None and (found := s.templates.read(used.name, used.version)):
        return found, []
    versions = s.templates.versions(ref.name)
    newest = s.templates.read(ref.name, versions[-1]) if versions else None
    if newest is None:
        return None, [Fault("#/template/name", "There is no template of this name.")]
    if newest.template.retired:
        return None, [Fault("#/template/name", RETIRED)]
    wanted = versions[-1] if ref.version is None else ref.version
    found = s.templates.read(ref.name, wanted) if wanted in versions else None
    if found is None:
        known = f"There is no such version; the newest is {versions[-1]}."
        return None, [Fault("#/template/version", known)]
    return found, []


def _said(template: Template) -> dict[str, object]:
    own = template.approval
    approval = {"approval": own} if isinstance(own, ApprovalBody) else {}
    return template.options.given | approval


def _contradicted(
    body: SubmitBody, said: Mapping[str, object], template: Template
) -> Iterator[Fault]:
    """What the request asks for otherwise; what it leaves out, or as it is, it may."""
    for name, value in said.items():
        asked = getattr(body, name) if name in body.model_fields_set else None
        if asked in (None, value) or (name, asked) == ("approval", "default"):
            continue
        at = f"{template.name} {template.version}"
        yield Fault(f"#/{_wire_name(name)}", f"{at} has another; leave it out.")


def _wire_name(field_name: str) -> str:
    first, *rest = field_name.split("_")
    return first + "".join(map(str.capitalize, rest))


def usable_again(template: TemplateVersion | None, caller: Caller, s: Services) -> None:
    """
    Whether what was made with this, or with a prompt of its own, may be asked for once more.

    Raises:
        Conflict: `templates_only` or `template_retired`.
    """
    if template is None:
        if caller.templates_only:
            raise Conflict("This caller may only use templates.", code="templates_only")
        return
    versions = s.templates.versions(template.name)
    newest = s.templates.read(template.name, versions[-1]) if versions else None
    if newest is None or newest.template.retired:
        raise Conflict(RETIRED, code="template_retired")


def checked(raw: object, name: str, s: Services) -> TemplateBody:
    """
    The body of a new version. What is retired need not fit what is there today.

    Raises:
        InvalidRequest: with every fault.
    """
    body, faults = parse(raw)
    broken = {fault.pointer.split("/")[1] for fault in faults if "/" in fault.pointer}
    if not TEMPLATE_NAME.fullmatch(name):
        faults.append(Fault("#/name", "1 to 64 lower-case letters, digits and hyphens."))
    if body is not None:
        found = [*_name_faults(body, name), *([] if body.retired else _faults_here(body, s))]
        faults += [one for one in found if one.pointer.split("/")[1] not in broken]
    if faults or body is None:
        raise InvalidRequest(one_each(faults))
    return body


def _name_faults(body: TemplateBody, name: str) -> Iterator[Fault]:
    if body.name not in (None, name):
        yield Fault("#/name", "The address has another name.")


def _faults_here(body: TemplateBody, s: Services) -> Iterator[Fault]:
    """What this app's models and settings do not take of it."""
    if isinstance(body.approval, ApprovalBody):
        yield from approval_faults(body.approval, s.terms.max_wait_days)
    given = body.options.given
    deployed = {one.model for one in s.terms.deployments}
    if "model" in given and given["model"] not in deployed:
        known = ", ".join(sorted(deployed))
        yield Fault("#/options/model", f"Not deployed here; deployed: {known}.")
        return
    prompt, _ = filled(body, body.example, "#/example")
    for fault in faults_of(_options(body.options, s), prompt, s.clock.now().date()):
        name = fault.pointer.split("/")[1]
        if name == "prompt":
            yield fault
        elif name in {_wire_name(one) for one in given}:
            yield Fault(f"#/options/{name}", fault.detail)


def _options(said: TemplateOptions, s: Services) -> Options:
    """As a request would have them that says nothing itself; a fidelity is that of an edit."""
    first = min(s.terms.deployments, key=lambda one: one.priority)
    of_model = TemplateOptions.model_fields.keys() & Options.model_fields
    usual = {name: getattr(SubmitBody(), name) for name in of_model}
    given = {name: value for name, value in said.given.items() if name in of_model}
    known = usual | {"model": first.model} | given
    return Options(**known, input_images=int(said.input_fidelity is not None))
