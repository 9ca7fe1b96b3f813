"""OpenAI's chat dialect, as clients speak it to us: requests in, answers and chunks out."""
