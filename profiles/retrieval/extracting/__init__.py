"""The readable text of a document's bytes, block by block: one module a media type."""
