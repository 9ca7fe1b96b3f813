"""Query parameters of the management API: what would be ignored is refused.

A view names those of its own, beside what its lists are filtered and paged by, in
`query_parameters`; an `@action` can name others.
"""

from collections.abc import Collection, Iterable

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from providers.suggest import shown, suggestion

_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def refuse_others(
    request: Request, view: APIView, known: Iterable[str] = (), repeated: Collection[str] = ()
) -> None:
    """Raises ValidationError by name for a parameter that is unknown, empty, or given twice.

    Known are those given and the view's `query_parameters`; `repeated` may come often.
    """
    own = getattr(view, "query_parameters", ())
    names = [*known, *own, str(api_settings.URL_FORMAT_OVERRIDE)]
    refused = {}
    for name, values in request.query_params.lists():
        if name not in names:
            near = suggestion(shown(name), names)
            refused[shown(name)] = [f"There is no such query parameter here. {near}"]
        elif not all(value.strip() for value in values):
            refused[name] = ["It has no value. Give it one, or leave it out."]
        elif len(values) > 1 and name not in repeated:
            refused[name] = ["It is given twice. Give it once."]
    if refused:
        raise ValidationError(refused)


def flag(request: Request, name: str) -> bool:
    """A parameter that is true or false; False when it is left out. Raises ValidationError."""
    said = request.query_params.get(name, "false").lower()
    if said not in _FLAGS:
        raise ValidationError({name: ["Write true or false."]})
    return _FLAGS[said]
