"""Which words may stand at a place of a body: for the message about one that may not."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec
from msgspec import inspect as shapes

_STEP = re.compile(r"\[[^\]]*\]|[^.\[]+")


def words_at(place: str, shape: type[msgspec.Struct]) -> list[str]:
    """The words a place like `messages[0].role` takes; [] where it takes any text."""
    types = _flat([_info(shape)])
    *path, last = _STEP.findall(place) or [""]
    for step in path:
        types = _flat(_within(step, types))
    found = [str(t.tag) for t in types if isinstance(t, shapes.StructType) and t.tag_field == last]
    for inner in _flat(_within(last, types)):
        if isinstance(inner, shapes.LiteralType):
            found += [str(value) for value in inner.values]
        elif isinstance(inner, shapes.EnumType):
            found += [str(member.value) for member in inner.cls]
    return list(dict.fromkeys(found))


@cache
def _info(shape: type[msgspec.Struct]) -> shapes.Type:
    return shapes.type_info(shape)


def _within(step: str, types: list[shapes.Type]) -> Iterator[shapes.Type]:
    """What stands under a field's name, or in a list or a table under `[…]`."""
    for known in types:
        if isinstance(known, shapes.StructType):
            yield from (f.type for f in known.fields if f.encode_name == step)
        elif step.startswith("[") and isinstance(known, shapes.ListType):
            yield known.item_type
        elif step.startswith("[") and isinstance(known, shapes.DictType):
            yield known.value_type


def _flat(types: Iterable[shapes.Type]) -> list[shapes.Type]:
    """The types with each union's members in its place."""
    found: list[shapes.Type] = []
    for known in types:
        if isinstance(known, shapes.UnionType):
            found += _flat(known.types)
        elif isinstance(known, shapes.Metadata):
            found += _flat([known.type])
        else:
            found.append(known)
    return found
