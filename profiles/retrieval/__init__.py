"""Retrieval profiles: which passages a call is given, and which it may never see."""
