"""Running it: `up`, `serve`, `worker`, `doctor`, and what they share."""
