"""Observer profiles: when failures become an alert, and where traces go."""
