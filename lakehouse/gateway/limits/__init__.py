"""What a key may spend: requests and tokens a minute, US dollars a calendar month.

Refused calls get a 429 or 402 that says whose limit it is and when it is over. One process
counts in memory, several in the Redis of CACHE_URL. A key without limits costs nothing here.
"""

from lakehouse.gateway.limits.limiter import Limiter

__all__ = ["Limiter"]
