"""Forwarding finished calls as traces over OTLP/HTTP, to Langfuse or any other collector.

    target.py      where to, and with which headers: settings, never a profile's field
    waiting.py     what is kept of a call until it is sent, and what of its words
    forwarder.py   the bounded queue and the thread that empties it
    spans.py       a call's spans: ids, times, status
    attributes.py  what each of them says
    content.py     prompt and answer, redacted
    exporter.py    the OpenTelemetry SDK's exporter, and what it may not do

OpenTelemetry is imported by the thread (`spans`, `exporter`), so only where an observer
profile forwards.
"""
