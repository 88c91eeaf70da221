"""Lets `confluent_kafka` use the simulated AWS while an environment is open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any

from ...errors import hides_frames
from ...sources.kafka.producing import Producers
from ..clock.stand_ins import StandIn, StandIns
from ..process import process
from .clients import LACKING, NO_BROKER, current, refusing
from .confluent_producer import ConfluentProducer
from .confluent_settings import Settings, settings_of
from .extension_types import methods_replaced

__tracebackhide__ = hides_frames

_SETTINGS = "_lambda_events_settings"
_SIMULATED = ("produce", "produce_batch", "poll", "flush", "purge", "set_sasl_credentials", "close")
_LACKING = (
    "list_topics", "cluster_id", "init_transactions", "begin_transaction", "send_offsets_to_transaction",
    "commit_transaction", "abort_transaction",
)  # fmt: skip
_REFUSED = ("Consumer", "ShareConsumer", "_AdminClientImpl")


@contextmanager
def confluent_kafka_simulated() -> Iterator[None]:
    """Lets producers of the library, also those that exist already, use the open environment.

    Its consumers and admin clients refuse to be created.
    """
    # It is imported only if a test or a handler imports it.
    library, types = sys.modules["confluent_kafka"], sys.modules["confluent_kafka.cimpl"]
    known = process()
    if known.kafka_classes is None:
        names = [name for name in ("Producer", *_REFUSED[:-1]) if hasattr(types, name)]
        stand_ins = [StandIn(library, name, getattr(types, name), _stand_in_of(types, name)) for name in names]
        known.kafka_classes = StandIns(stand_ins)
    with ExitStack() as stack:
        for kind, methods in _replacements(library, types):
            stack.enter_context(methods_replaced(kind, methods))
        stack.enter_context(known.kafka_classes.installed())
        yield


@lru_cache(maxsize=1)
def _replacements(library: ModuleType, types: ModuleType) -> Sequence[tuple[type, Mapping[str, Callable[..., Any]]]]:
    """Returns the methods of classes that are the same in each environment. Nothing else can replace them."""
    producer: Any = vars(types)["Producer"]
    replacements = [(producer, _methods(library, producer))]
    for name in _REFUSED:
        kind = vars(types).get(name)
        if kind is not None:
            shown = "AdminClient" if name == "_AdminClientImpl" else name
            refused = refusing(f"confluent_kafka.{shown}", NO_BROKER, kind.__init__)
            replacements.append((kind, {"__init__": refused}))
    return replacements


def _stand_in_of(types: ModuleType, name: str) -> type:
    """Returns a subclass whose instances are initialized by the method that `methods_replaced` replaces.

    Instances of the class itself are initialized without a look-up of this method.
    """
    real: Any = getattr(types, name)

    def init(self: Any, *args: Any, **keywords: Any) -> None:
        real.__init__(self, *args, **keywords)

    def length(self: Any) -> int:
        producers = current()
        if producers is None:
            return int(real.__len__(self))
        return len(_state_of(producers, sys.modules["confluent_kafka"], self))

    members = {"__init__": init, "__doc__": real.__doc__, "__module__": real.__module__}
    if name == "Producer":
        members |= {"__len__": length, "__bool__": lambda self: True}
    return type(name, (real,), members)


def _methods(library: ModuleType, real: Any) -> dict[str, Callable[..., Any]]:
    """Returns the methods of producers."""
    real_init, real_enter, real_exit = (getattr(real, name, None) for name in ("__init__", "__enter__", "__exit__"))

    def init(self: Any, *args: Any, **keywords: Any) -> None:
        producers = current()
        if producers is None:
            _called(real_init, self, *args, **keywords)
            return
        if not (args and isinstance(args[0], dict)) and not keywords:
            raise TypeError("expected configuration dict")
        setattr(self, _SETTINGS, settings_of(producers, library, real, {**(args[0] if args else {}), **keywords}))

    def leave(self: Any, *args: Any) -> Any:
        producers = current()
        if producers is None:
            return _called(real_exit, self, *args)
        _state_of(producers, library, self).close()
        return None

    methods: dict[str, Callable[..., Any]] = {
        "__init__": init, "__exit__": leave,
        "__enter__": lambda self: _called(real_enter, self) if current() is None else self,
    }  # fmt: skip
    for name in _SIMULATED:
        methods[name] = _method(library, name, getattr(real, name, None))
    for name in _LACKING:
        if hasattr(real, name):
            methods[name] = refusing(f"{name}() of confluent_kafka.Producer", LACKING, getattr(real, name))
    return methods


def _called(method: Any, *args: Any, **keywords: Any) -> Any:
    return method(*args, **keywords)


def _method(library: ModuleType, name: str, real: Any) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        producers = current()
        if producers is None:
            return real(self, *args, **keywords)
        return getattr(_state_of(producers, library, self), name)(*args, **keywords)

    return method


def _state_of(producers: Producers, library: ModuleType, producer: object) -> ConfluentProducer:
    def made() -> ConfluentProducer:
        settings = getattr(producer, _SETTINGS, None)
        if settings is None:
            producers.warn("settings of confluent_kafka.Producer", (
                "A confluent_kafka.Producer was created before the simulated AWS was opened, so its settings are not known. "
                "Records go to the partitions of the default partitioner, consistent_random. The real producer still tries "
                "to reach its brokers. Create it in the handler, or in a module that the function imports from its code_uri."
            ))  # fmt: skip
        return ConfluentProducer(producers, library, settings or Settings())

    return producers.state_of(producer, made)
