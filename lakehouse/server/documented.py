"""Every path the API's description covers, for the schema view alone: nothing is served from here.

The lean handler serves the first part, Django the second (`asgi.py`).
"""

from lakehouse import urls
from lakehouse.gateway import urls as gateway

urlpatterns = [*gateway.urlpatterns, *urls.urlpatterns]
