"""A row that is not there: a 404 that says which, and what is near."""

from typing import Any

from django.http import Http404
from rest_framework.exceptions import NotFound
from rest_framework.viewsets import GenericViewSet

from providers.suggest import shown, suggestion
from providers.validators import is_plain


class TellsWhatIsMissing(GenericViewSet[Any]):
    """To stand before DRF's own, whose 404 names nothing."""

    def get_object(self) -> Any:
        """Raises NotFound."""
        word = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        try:
            if not is_plain(word):
                raise Http404  # the database could not even be asked
            return super().get_object()
        except Http404:
            model = self.get_queryset().model
            what = model._meta.verbose_name
            if self.lookup_field != "name":
                raise NotFound(f'No {what} has the id "{shown(word)}".') from None
            names = list(model._default_manager.order_by("name").values_list("name", flat=True))
            near = suggestion(shown(word), names)
            raise NotFound(f'No {what} is named "{shown(word)}". {near}') from None
