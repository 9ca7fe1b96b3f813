"""422: what was found invalid, each error typed and with its place."""

from collections.abc import Mapping
from typing import Any

from lakehouse.errors import ApiError
from lakehouse.validation.report import Report


class InvalidContent(ApiError):
    """The usual envelope; its error has `validators` (who looked) and `errors` besides."""

    def __init__(self, code: str, message: str, report: Report, **more: Any) -> None:
        super().__init__(422, code, message, retry=False, **more)
        self.report = report

    def envelope(self, request_id: str) -> dict[str, Any]:
        found = super().envelope(request_id)
        found["error"] |= {"validators": self.report.names, "errors": self.report.shown()}
        return found


class InvalidAnswer(InvalidContent):
    """An iteration that came to no valid answer: beside the error, all attempts and the last."""

    def __init__(
        self, attempts: int, report: Report, more: Mapping[str, Any], headers: Mapping[str, str]
    ) -> None:
        plural = "" if attempts == 1 else "s"
        text = f"No valid answer in {attempts} attempt{plural}. The last one: {report}"
        super().__init__("invalid_answer", text[:1000], report, headers=headers)
        self._more = dict(more)

    def envelope(self, request_id: str) -> dict[str, Any]:
        return super().envelope(request_id) | self._more
