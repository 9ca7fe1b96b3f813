"""Every setting, from the environment; `.env` at the root (or LAKEHOUSE_ENV_FILE) fills in.

Names that start with LAKEHOUSE_ are ours. README's "In production" lists those an
operator needs; `manage.py doctor` shows what is in force.
"""

from pathlib import Path

import environ

from lakehouse.server import postgres, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
environ.Env.read_env(env.str("LAKEHOUSE_ENV_FILE", default=str(BASE_DIR / ".env")))

# --- where things are ------------------------------------------------------

VAR_DIR = Path(env.str("LAKEHOUSE_VAR", default=str(BASE_DIR / "var")))
PROVIDERS_FILE = Path(
    env.str("LAKEHOUSE_PROVIDERS", default=str(BASE_DIR / "config" / "providers.toml"))
)
SECRETS_FILE = Path(env.str("LAKEHOUSE_SECRETS", default=str(BASE_DIR / "secrets.toml")))
SECRETS_DIR = Path(env.str("LAKEHOUSE_SECRETS_DIR", default="/etc/lakehouse"))

# --- Django ----------------------------------------------------------------

DEBUG = env.bool("DJANGO_DEBUG", default=False)
SECRET_KEY_FILE = VAR_DIR / "secret_key"
SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="") or secret_key.read(SECRET_KEY_FILE)
ALLOWED_HOSTS = env.list("LAKEHOUSE_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
ROOT_URLCONF = "lakehouse.urls"
ASGI_APPLICATION = "lakehouse.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
APPEND_SLASH = True

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
    "procrastinate.contrib.django",
    "providers",
    "profiles",
    "lakehouse.gateway",
    "lakehouse.server",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
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

# --- static files ----------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"

# --- REST ------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Lakehouse",
    "VERSION": "0.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}
