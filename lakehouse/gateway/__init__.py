"""POST /v1/chat and its kin: from the bytes of a request to the record of the call."""
