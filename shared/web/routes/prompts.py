"""Routes of prompt templates: whoever asks for images reads them, operators put them."""

from shared.domain.templates import TemplateBody
from shared.security.callers import Role
from shared.web import templates
from shared.web.access import Access
from shared.web.continuation import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.route import Parameter, Route

_LIST = (
    Parameter("limit", f"Normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)
_VERSION = (Parameter("version", "Normally the newest.", pattern=templates.VERSION),)

ROWS = (
    Route(
        *("list_templates", "GET", "templates", Access.KEY, Role.READ),
        *(templates.list_templates, 200, "The newest version of each template, by name."),
        response=templates.TemplateList,
        parameters=_LIST,
        problems=(400,),
    ),
    Route(
        *("get_template", "GET", "templates/{name}", Access.KEY, Role.READ),
        *(templates.get_template, 200, "One version of a template, and which others there are."),
        response=templates.TemplateVersionView,
        parameters=_VERSION,
        problems=(400,),
    ),
    Route(
        *("put_template", "PUT", "templates/{name}", Access.KEY, Role.OPERATE),
        handler=templates.put_template,
        status=200,
        summary="A new version, which never changes; the newest one when that says the same.",
        request=TemplateBody,
        response=templates.TemplateVersionView,
        problems=(409,),
    ),
)
