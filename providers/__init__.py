"""Whom we can call and how: providers, their secrets, one adapter a wire format, one transport."""

VERSION = "0.1.0"
