"""One module a validator. Each has `make(settings)`, which gives the validator itself."""
