"""How a call behaves: execution, retrieval, memory and observer profiles."""
