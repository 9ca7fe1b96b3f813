"""What happened, for people: usage, failures in clusters, alerts, traces, metrics."""
