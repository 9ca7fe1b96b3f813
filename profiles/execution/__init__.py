"""Execution profiles: which provider and model answer, with which parameters and prompt."""
