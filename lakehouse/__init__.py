"""Composition: the only place that knows both providers and profiles."""
