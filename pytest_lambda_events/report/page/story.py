"""From the journal's entries to lanes, marks and links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...records.identifiers import identifiers
from ...simulation.journal import Entry
from .axis import duration_text
from .marks import Lane, Link, LinkKind, Mark, Story

EVENTS = "events"
NOTES_OF_ONE_MARK = 50
"""So many entries are kept with a mark: a handler may call AWS ten thousand times."""
_KINDS = {"sqs": "queue", "kinesis": "stream", "dynamodb": "table", "sns": "topic", "events": "bus", "s3": "bucket"}
_POINTS_OF_SOURCES = {
    "given_up": "given_up", "expired": "expired", "released": "released", "filtered": "filtered",
    "deleted": "done", "checkpointed": "done", "polled": "polled",
}  # fmt: skip
_WARNINGS = ("warning", "denied", "recursion_stopped")
_REFUSALS = ("throttled", "service_error", "not_found")
_BELONG_TO_THEIR_MARK = ("judged", "retried", "succeeded", "discarded", "called", "suspended")


def story_of(entries: Iterable[Entry], elapsed_seconds: float = 0.0) -> Story:
    """The whole story: kinds of entries that this does not know are left out. The clock had come to `elapsed_seconds`."""
    reader = _Reader()
    last = 0.0
    for entry in entries:
        last = entry.after_seconds
        reader.read(entry)
    return reader.story(max(last, elapsed_seconds))


class _Reader:
    """Reads the entries in order. Which marks an event and each message or record were last seen in, it remembers."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}
        self._marks: list[Mark] = []
        self._links: dict[tuple[Mark, Mark], Link] = {}
        self._last_of: dict[str, Mark] = {}
        self._running: dict[tuple[str | None, int | None], Mark] = {}
        self._polled: dict[str, Mark] = {}
        self._tried: dict[str, Mark] = {}
        self._due: dict[str, tuple[float, Mark]] = {}
        self._faults: dict[tuple[str | None, int | None], Mark] = {}
        self._sources: set[str] = set()

    def read(self, entry: Entry) -> None:
        """Take in the next entry."""
        kind = entry.kind
        if kind == "accepted":
            self._accept(entry)
        elif kind == "started":
            self._running[entry.request_id, entry.attempt] = self._try(entry, "pending")
        elif kind in _REFUSALS:
            self._refuse(entry)
        elif kind == "ended":
            self._end(entry)
        elif kind in ("delivered", "delivery_failed"):
            self._deliver(entry)
        elif kind == "redriven":
            self._redrive(entry)
        elif kind in _POINTS_OF_SOURCES:
            self._point_at_source(entry)
        elif kind in _WARNINGS and entry.function_name is not None:
            self._point(self._function(entry.function_name), "warning", entry)
        elif kind == "fault":
            self._meet_fault(entry)
        elif kind in _BELONG_TO_THEIR_MARK:
            self._add_to_mark(entry)

    def story(self, last: float) -> Story:
        """What was read: what still runs goes on to the last instant, and a retry to come stands where it is due."""
        for mark in self._running.values():
            mark.ends = last
        for due, tried in self._due.values():
            if due >= last:
                self._link(
                    tried, self._mark(Mark(tried.lane, "pending", due, due, words="a retry is due", is_bar=True)), "retry"
                )
        lanes = sorted(self._lanes.values(), key=self._rank)
        return Story(tuple(lanes), tuple(self._marks), tuple(self._links.values()))

    def _rank(self, lane: Lane) -> int:
        """Causes above effects: accepted events, sources, functions, what they send to."""
        if lane.key == EVENTS:
            return 0
        if lane.key in self._sources:
            return 1
        return 2 if lane.kind == "function" else 3

    # ------------------------------------------------------------------ attempts

    def _accept(self, entry: Entry) -> None:
        lane = self._lane(EVENTS, "events", "accepted", "asynchronous events, when they were accepted")
        payload = entry.detail["payload"]
        mark = self._point(lane, "accepted", entry, words=payload.decode(errors="replace") if len(payload) < 200 else "")
        self._last_of[entry.request_id or ""] = mark

    def _try(self, entry: Entry, look: str) -> Mark:
        at, request_id, ids = entry.after_seconds, entry.request_id or "", identifiers(entry.detail)
        label = "" if entry.attempt is None else str(entry.attempt)
        mark = self._mark(Mark(self._function(entry.function_name or ""), look, at, at, label, is_bar=True, entries=[entry]))
        before = self._last_of.get(request_id)
        fault = self._faults.pop((entry.request_id, entry.attempt), None)
        causes = [*filter(None, [fault, before]), *_distinct(self._polled, ids), *_distinct(self._tried, ids)]
        for cause in causes:
            self._link(cause, mark, "retry" if cause.is_bar else "cause")
        for identifier in ids:
            self._polled.pop(identifier, None)
        self._tried.update(dict.fromkeys(ids, mark))
        self._last_of[request_id] = mark
        self._due.pop(request_id, None)
        return mark

    def _refuse(self, entry: Entry) -> None:
        mark = self._running.pop((entry.request_id, entry.attempt), None)
        if mark is None:
            mark = self._try(entry, entry.kind)
        else:
            mark.entries.append(entry)
        mark.look, mark.ends = entry.kind, entry.after_seconds
        mark.words = "function not found" if entry.kind == "not_found" else str(entry.detail.get("reason", ""))

    def _end(self, entry: Entry) -> None:
        mark = self._running.pop((entry.request_id, entry.attempt), None)
        if mark is None:
            return
        mark.ends, mark.look = entry.after_seconds, "success" if entry.detail["outcome"] == "success" else "function_error"
        mark.entries.append(entry)
        if mark.look == "success" and mark.ends > mark.begins:
            mark.words = duration_text(mark.ends - mark.begins)
        elif mark.look == "function_error":
            mark.words = f"{entry.detail['error_type']}: {entry.detail['error_message']}"

    def _add_to_mark(self, entry: Entry) -> None:
        mark = self._last_of.get(entry.request_id or "")
        if mark is None:
            return
        if len(mark.entries) < NOTES_OF_ONE_MARK or entry.kind not in ("called", "suspended"):
            mark.entries.append(entry)
        if entry.kind == "retried":
            self._due[entry.request_id or ""] = (entry.detail["due_after_seconds"], mark)
        elif entry.kind == "judged" and entry.detail["failed"]:
            if mark.look == "success":
                mark.look, mark.words = "partial", f"{len(entry.detail['failed'])} of {entry.detail['records']} failed"
        elif entry.kind == "discarded":
            mark.words = " · ".join(filter(None, [mark.words, str(entry.detail["condition"])]))

    def _meet_fault(self, entry: Entry) -> None:
        """A planned fault comes before the try that it spoils, or follows from one that has begun."""
        lane = self._function(entry.function_name or "")
        fault = self._point(lane, "fault", entry, words=str(entry.detail.get("failure", "")))
        tried = self._last_of.get(entry.request_id or "")
        if tried is not None and tried.is_bar and tried.label == str(entry.attempt):
            self._link(tried, fault, "cause")
        else:
            self._faults[entry.request_id, entry.attempt] = fault

    # ------------------------------------------------------------------ points

    def _point_at_source(self, entry: Entry) -> None:
        detail = entry.detail
        if "source" not in detail or (entry.kind == "deleted" and detail["reason"] == "filtered"):
            return
        ids: Sequence[str] = identifiers(detail) or ((detail["message_id"],) if "message_id" in detail else ())
        words = str(detail.get("condition", "")) if entry.kind == "given_up" else ""
        look, count = _POINTS_OF_SOURCES[entry.kind], len(ids)
        if detail.get("stale"):
            words = f"{len(detail['stale'])} not deleted"
            count -= len(detail["stale"])
            look = look if count else "kept"
        mark = self._point(self._source(entry), look, entry, str(count) if count > 1 else "", words)
        if entry.kind == "polled":
            self._polled.update(dict.fromkeys(ids, mark))
            return
        tried = self._last_of.get(entry.request_id or "")
        for cause in [tried] if tried else _distinct(self._tried, ids) or _distinct(self._polled, ids):
            self._link(cause, mark, "cause")

    def _deliver(self, entry: Entry) -> None:
        is_lost = entry.kind == "delivery_failed"
        words = str(entry.detail["reason"]) if is_lost else str(entry.detail["route"]).replace("_", " ")
        mark = self._point(self._target(entry.detail["target"]), "lost" if is_lost else "delivered", entry, words=words)
        cause = self._last_of.get(entry.request_id or "")
        if cause is not None:
            self._link(cause, mark, "cause")

    def _redrive(self, entry: Entry) -> None:
        moved = self._point(self._source(entry), "redriven", entry, words=f"received {entry.detail['receive_count']} times")
        for cause in _distinct(self._tried, [entry.detail["message_id"]]):
            self._link(cause, moved, "cause")
        self._link(moved, self._point(self._target(entry.detail["target"]), "delivered", entry, words="redriven"), "cause")

    def _point(self, lane: str, look: str, entry: Entry, label: str = "", words: str = "") -> Mark:
        return self._mark(Mark(lane, look, entry.after_seconds, entry.after_seconds, label, words, entries=[entry]))

    def _mark(self, mark: Mark) -> Mark:
        self._marks.append(mark)
        return mark

    def _link(self, cause: Mark, effect: Mark, kind: LinkKind) -> None:
        self._links.setdefault((cause, effect), Link(cause, effect, kind))

    # ------------------------------------------------------------------ lanes

    def _lane(self, key: str, kind: str, name: str, title: str) -> str:
        if key not in self._lanes:
            self._lanes[key] = Lane(key, kind, name, title)
        return key

    def _function(self, name: str) -> str:
        return self._lane(f"function {name}", "function", name, name)

    def _source(self, entry: Entry) -> str:
        arn, shard_id = str(entry.detail["source"]), str(entry.detail.get("shard_id", ""))
        kind, name = kind_and_name(arn)
        if shard_id:
            name += f" {_short_shard(shard_id)}"
        key = f"{arn} {shard_id}".rstrip()
        self._sources.add(key)
        return self._lane(key, kind, name, key)

    def _target(self, arn: str) -> str:
        kind, name = kind_and_name(arn)
        return self._function(name) if kind == "function" else self._lane(arn, kind, name, arn)


def kind_and_name(arn: str) -> tuple[str, str]:
    """What an ARN names, in AWS's words: ("queue", "orders")."""
    service, name = arn.split(":")[2], arn.split(":", 5)[-1]
    if service == "lambda":
        return "function", name.split(":")[1]
    return _KINDS.get(service, "target"), name.split("/")[1] if "/" in name else name


def _short_shard(shard_id: str) -> str:
    """`shardId-000000000003` as `shard 3`; one of a table ends in a long random part."""
    number = shard_id.removeprefix("shardId-").partition("-")[0].lstrip("0") or "0"
    return f"shard {number}"


def _distinct(marks: dict[str, Mark], ids: Sequence[str]) -> list[Mark]:
    return list(dict.fromkeys(marks[identifier] for identifier in ids if identifier in marks))
