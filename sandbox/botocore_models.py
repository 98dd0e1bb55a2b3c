"""Botocore's service models, and the methods that clients get of them, made once for all sessions of this process."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from botocore.client import ClientCreator
from botocore.loaders import Loader, create_loader
from botocore.model import ServiceModel

_creator: Any = ClientCreator
_create_methods = _creator._create_methods  # noqa: SLF001 - the sandbox stands inside botocore
_MADE: dict[ServiceModel, dict[str, Any]] = {}


class _Places(list[str]):
    """Places to look for models in; each is kept once, however many sessions add it."""

    def append(self, place: str) -> None:
        if place not in self:
            super().append(place)


@contextmanager
def sharing() -> Iterator[None]:
    """Meanwhile new botocore sessions share one loader, and their clients one model of each service and its methods, unless they have a search path of their own."""
    with (
        patch("botocore.session.create_loader", _loader_of_session),
        patch.object(ClientCreator, "_load_service_model", _model_of),
        patch.object(ClientCreator, "_create_methods", lambda creator, model: dict(_methods(creator, model))),
    ):
        places = list(_shared().search_paths)
        yield
        if _shared().search_paths != places:  # what somebody added is not for the next one
            _shared.cache_clear()


def _methods(creator: Any, model: ServiceModel) -> dict[str, Any]:
    """A client class's methods: they know nothing of the session that asked first."""
    if model not in _MADE:
        _MADE[model] = _create_methods(creator, model)
    return _MADE[model]


@cache
def _shared() -> Loader:
    return Loader(_Places())


def _loader_of_session(search_path: str | None = None) -> Loader:
    return create_loader(search_path) if search_path else _shared()


def _model_of(creator: Any, *names: Any, **more: Any) -> ServiceModel:
    return _model(creator._loader, *names, **more)  # noqa: SLF001 - a client creator's loader is to be had in no other way


@cache
def _model(loader: Loader, service: str, api_version: str | None = None) -> ServiceModel:
    """A service's model, which nobody changes; what it works out of its operations and shapes is kept with it."""
    description = loader.load_service_model(service, "service-2", api_version=api_version)
    gc.freeze()  # models are large and stay: no garbage collection has to walk them
    return ServiceModel(description, service_name=service)
