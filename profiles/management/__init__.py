"""Profiles, ladders and activations in a shell."""
