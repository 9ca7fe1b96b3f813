"""Documents as people and keys may see, set and remove them; admin and REST go by these verbs."""
