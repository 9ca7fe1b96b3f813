"""Every setting, from the environment; `.env` at the root (or LAKEHOUSE_ENV_FILE) fills in.

Names that start with LAKEHOUSE_ are ours. README's "In production" lists those an
operator needs; `manage.py doctor` shows what is in force.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ

from lakehouse.server import addresses, logs, navigation, postgres, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
ENV_FILE = Path(env.str("LAKEHOUSE_ENV_FILE", default=str(BASE_DIR / ".env")))
environ.Env.read_env(ENV_FILE)

# --- where things are ------------------------------------------------------

VAR_DIR = Path(env.str("LAKEHOUSE_VAR", default=str(BASE_DIR / "var")))
PROVIDERS_FILE = Path(
    env.str("LAKEHOUSE_PROVIDERS", default=str(BASE_DIR / "config" / "providers.toml"))
)
SECRETS_FILE = Path(env.str("LAKEHOUSE_SECRETS", default=str(BASE_DIR / "secrets.toml")))
TRUTH_DIR = Path(env.str("LAKEHOUSE_TRUTH", default=str(BASE_DIR / "truth")))
REPORTS_DIR = Path(env.str("LAKEHOUSE_REPORTS", default=str(VAR_DIR / "reports")))
SECRETS_DIR = Path(env.str("LAKEHOUSE_SECRETS_DIR", default="/etc/lakehouse"))

# --- who may reach us, and how ----------------------------------------------

# The address clients use, https://lakehouse.example; empty on one's own machine.
LAKEHOUSE_PUBLIC_URL = env.str("LAKEHOUSE_PUBLIC_URL", default="").rstrip("/")
# The proxy that ends TLS overwrites X-Forwarded-Proto, so we may believe it.
LAKEHOUSE_TRUST_PROXY = env.bool("LAKEHOUSE_TRUST_PROXY", default=False)
# Serve a network without TLS: only where the network itself is private.
LAKEHOUSE_PLAIN_HTTP = env.bool("LAKEHOUSE_PLAIN_HTTP", default=False)

_public = urlsplit(LAKEHOUSE_PUBLIC_URL)
_https = _public.scheme == "https"
ALLOWED_HOSTS = [
    *env.list("LAKEHOUSE_HOSTS", default=["localhost", "127.0.0.1", "[::1]"]),
    *([_public.hostname] if _public.hostname else []),
]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"] if _public.hostname else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if LAKEHOUSE_TRUST_PROXY else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# --- Django ----------------------------------------------------------------

DEBUG = env.bool("DJANGO_DEBUG", default=False)
SECRET_KEY_FILE = VAR_DIR / "secret_key"
SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="") or secret_key.read(SECRET_KEY_FILE)
ROOT_URLCONF = "lakehouse.urls"
ASGI_APPLICATION = "lakehouse.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = ["lakehouse.formats"]
APPEND_SLASH = True
LOGGING = logs.config(env.str("LAKEHOUSE_LOG", default="text"))  # or json

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "providers",
    "profiles",
    "lakehouse.gateway",
    "lakehouse.observing",
    "lakehouse.audit",
    "lakehouse.server",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lakehouse.server.static.StaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- database --------------------------------------------------------------

DATABASES = {
    "default": postgres.database(
        env.str("DATABASE_URL", default=""),
        embedded_root=VAR_DIR / "postgres",
        durable=env.bool("LAKEHOUSE_DURABLE", default=True),  # False: no fsync, for tests
        pool_size=env.int("LAKEHOUSE_POOL", default=10),  # connections a process may hold
    )
}

# Limits and budgets of keys are counted here: several processes need one for all of them,
# CACHE_URL=redis://host:6379/0.
CACHES = {
    "default": addresses.read(
        lambda: env.cache_url("CACHE_URL", default="locmemcache://"),
        "CACHE_URL",
        "redis://host:6379/0",
    )
}

# --- static files and the admin ---------------------------------------------

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # straight from the packages: nothing to collect
UNFOLD = navigation.UNFOLD

# --- e-mail ----------------------------------------------------------------

vars().update(
    addresses.read(
        lambda: env.email_url("EMAIL_URL", default="consolemail://"),
        "EMAIL_URL",
        "smtp+tls://user:password@host:587",
    )
)
DEFAULT_FROM_EMAIL = env.str("LAKEHOUSE_EMAIL_FROM", default="lakehouse@localhost")

# --- REST ------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "lakehouse.gateway.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PARSER_CLASSES": ["providers.api.parsing.BoundedJSONParser"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "EXCEPTION_HANDLER": "providers.api.problems.answered",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": [
        "providers.api.filters.StrictFilters",
        "providers.api.filters.Search",
        "providers.api.filters.StrictOrdering",
    ],
    "DEFAULT_PAGINATION_CLASS": "providers.api.pages.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Lakehouse",
    "VERSION": "0.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    # Closed groups: of more than 129 open paths at once it draws nine and stops.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none"},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"ClearanceEnum": "providers.models.labels.Clearance"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "lakehouse.gateway.schema.with_health",
    ],
}

# --- the gateway -----------------------------------------------------------

LAKEHOUSE_MAX_BODY = env.int("LAKEHOUSE_MAX_BODY", default=8 * 1024 * 1024)  # bytes
DATA_UPLOAD_MAX_MEMORY_SIZE = LAKEHOUSE_MAX_BODY  # Django's own limit, counted after ours
LAKEHOUSE_BODY_SECS = env.float("LAKEHOUSE_BODY_SECS", default=30.0)  # for a request to arrive
LAKEHOUSE_WRITE_SECS = env.float("LAKEHOUSE_WRITE_SECS", default=60.0)  # a client may not read
LAKEHOUSE_QUEUE_SECS = env.float("LAKEHOUSE_QUEUE_SECS", default=30.0)  # for a provider's slot
# A ladder skips a provider after so many failures in a row, for so many seconds at first.
LAKEHOUSE_BREAKER_FAILURES = env.int("LAKEHOUSE_BREAKER_FAILURES", default=5)
LAKEHOUSE_BREAKER_SECS = env.float("LAKEHOUSE_BREAKER_SECS", default=30.0)
LAKEHOUSE_RETRY_AFTER_SECS = env.float("LAKEHOUSE_RETRY_AFTER_SECS", default=60.0)  # obeyed at most
LAKEHOUSE_STREAM_COMMIT_SECS = env.float("LAKEHOUSE_STREAM_COMMIT_SECS", default=25.0)
LAKEHOUSE_STREAM_PING_SECS = env.float("LAKEHOUSE_STREAM_PING_SECS", default=15.0)
LAKEHOUSE_STORE_CONTENT = env.bool("LAKEHOUSE_STORE_CONTENT", default=False)
LAKEHOUSE_EGRESS_ALLOW = env.str("LAKEHOUSE_EGRESS_ALLOW", default="")
LAKEHOUSE_LEASE_SECS = env.float("LAKEHOUSE_LEASE_SECS", default=6.0)  # of an activation's runner
# Whose vectors documents are found by: provider/model, or provider/model@dimensions. Empty: by
# their words only.
LAKEHOUSE_EMBEDDING = env.str("LAKEHOUSE_EMBEDDING", default="")
LAKEHOUSE_RERANK = env.str("LAKEHOUSE_RERANK", default="")  # provider/model, empty: none
LAKEHOUSE_TEXT_SEARCH = env.str("LAKEHOUSE_TEXT_SEARCH", default="english")  # PostgreSQL's
# Who hears of alerts besides the log; addresses are settings, so that no profile can send
# anything anywhere.
LAKEHOUSE_ALERT_EMAIL = env.list("LAKEHOUSE_ALERT_EMAIL", default=[])
LAKEHOUSE_ALERT_WEBHOOK = env.str("LAKEHOUSE_ALERT_WEBHOOK", default="")
LAKEHOUSE_ALERT_WEBHOOK_SECRET = env.str("LAKEHOUSE_ALERT_WEBHOOK_SECRET", default="")
LAKEHOUSE_ALERT_SLACK = env.str("LAKEHOUSE_ALERT_SLACK", default="")
LAKEHOUSE_OTLP_ENDPOINT = env.str("LAKEHOUSE_OTLP_ENDPOINT", default="")  # …/v1/traces
LAKEHOUSE_OTLP_HEADERS = env.str("LAKEHOUSE_OTLP_HEADERS", default="")  # name=value,name=value
LAKEHOUSE_METRICS_TOKEN = env.str("LAKEHOUSE_METRICS_TOKEN", default="")  # empty: loopback only
LAKEHOUSE_KEEP_CALLS_DAYS = env.int("LAKEHOUSE_KEEP_CALLS_DAYS", default=30)  # 0: for ever
LAKEHOUSE_KEEP_FAILED_JOBS_DAYS = env.int("LAKEHOUSE_KEEP_FAILED_JOBS_DAYS", default=14)
