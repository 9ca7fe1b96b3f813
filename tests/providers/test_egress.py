"""The one door out: the allow-list's words, and what a connection is let through by."""

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from aiohttp import AddrInfoType

from providers.egress import AllowList, Door, guarded_socket, is_public, open_door, permitted

ORIGIN = ("llm.corp", 8443)


NOTHING = AllowList()


def door(allow: AllowList = NOTHING, origin: Any = ORIGIN, by_client: bool = False) -> Door:
    return Door(lambda: allow, origin, by_client)


def info(address: str, port: int = 80) -> AddrInfoType:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


# --- the allow-list ---


def test_networks_and_origins_are_told_apart() -> None:
    found = AllowList.parse("10.0.0.0/8, llm.corp:8443 ,fd00::/8,192.168.1.7,[::1]:9000")
    assert [str(network) for network in found.networks] == [
        "10.0.0.0/8",
        "fd00::/8",
        "192.168.1.7/32",
    ]
    assert found.origins == {("llm.corp", 8443), ("::1", 9000)}


def test_nothing_is_an_empty_list() -> None:
    assert AllowList.parse("") == AllowList.parse(" , ,") == AllowList()


def test_a_host_is_read_in_any_case() -> None:
    assert AllowList.parse("LLM.Corp:8443").origins == {("llm.corp", 8443)}


@pytest.mark.parametrize("entry", ["llm.corp", "10.0.0.0/33", "llm.corp:", ":80", "x:http"])
def test_an_entry_that_is_neither_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is neither a network") as raised:
        AllowList.parse(f"10.0.0.0/8,{entry}")
    assert entry in str(raised.value)


@pytest.mark.parametrize(
    "host",
    ["localhost", "gpu-box", "llm.internal", "LLM.LAN", "a.b.svc", "127.0.0.1", "::1", "[::1]"],
)
def test_a_local_name_of_the_file_counts(host: str) -> None:
    assert AllowList.parse("", [(host, 80)]).origins == {(host, 80)}


@pytest.mark.parametrize("host", ["api.openai.com", "llm.corp.example", "internal.example.com"])
def test_a_public_name_of_the_file_does_not_count(host: str) -> None:
    assert AllowList.parse("", [(host, 80)]).origins == frozenset()


# --- what is let through ---


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_public_internet_is_open_to_all(address: str) -> None:
    assert permitted(address, door())
    assert permitted(address, door(by_client=True))


@pytest.mark.parametrize("address", ["10.1.2.3", "fd00::5", "::ffff:10.1.2.3"])
def test_an_allowed_network_is_open_to_all(address: str) -> None:
    allow = AllowList.parse("10.0.0.0/8,fd00::/8")
    assert permitted(address, door(allow))
    assert permitted(address, door(allow, by_client=True))


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "::1", "fd00::5"])
def test_an_allowed_origin_is_open_to_providers_only(address: str) -> None:
    allow = AllowList(origins=frozenset({ORIGIN}))
    assert permitted(address, door(allow))
    assert not permitted(address, door(allow, ("llm.corp", 80)))
    assert not permitted(address, door(allow, ("other.corp", 8443)))
    assert not permitted(address, door(allow, by_client=True))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "168.63.129.16", "fe80::1", "224.0.0.1", "64:ff9b::a00:1"]
)
def test_metadata_and_its_like_need_a_network_by_name(address: str) -> None:
    assert not permitted(address, door(AllowList(origins=frozenset({ORIGIN}))))
    assert permitted(address, door(AllowList.parse(f"{address}/{32 if '.' in address else 128}")))


def test_an_address_with_a_zone_is_judged_without_it() -> None:
    assert permitted("fd00::1%eth0", door(AllowList.parse("fd00::/8")))


def test_a_translation_of_a_public_address_is_not_public() -> None:
    assert not is_public(ipaddress.ip_address("64:ff9b::808:808"))
    assert not is_public(ipaddress.ip_address("2002:808:808::"))
    assert is_public(ipaddress.ip_address("8.8.8.8"))


# --- the socket ---


def test_no_socket_is_made_outside_an_exchange() -> None:
    with pytest.raises(PermissionError):
        guarded_socket(info("8.8.8.8"))


def test_a_refused_address_is_noted_on_the_door() -> None:
    async def run() -> Door:
        made = open_door(AllowList, "x", 80)
        with pytest.raises(PermissionError, match=r"10\.0\.0\.1"):
            guarded_socket(info("10.0.0.1"))
        return made

    assert asyncio.run(run()).refused == "10.0.0.1"


def test_a_permitted_address_gets_a_socket_that_does_not_block() -> None:
    async def run() -> socket.socket:
        open_door(lambda: AllowList.parse("127.0.0.0/8"), "x", 80)
        return guarded_socket(info("127.0.0.1"))

    with asyncio.run(run()) as made:
        assert made.getblocking() is False


def test_one_tasks_door_is_not_anothers() -> None:
    async def opened() -> None:
        open_door(lambda: AllowList.parse("0.0.0.0/0"), "x", 80)
        await asyncio.sleep(0.01)

    async def run() -> None:
        task = asyncio.create_task(opened())
        await asyncio.sleep(0)
        with pytest.raises(PermissionError):
            guarded_socket(info("127.0.0.1"))
        await task

    asyncio.run(run())


def test_an_edit_of_the_list_counts_for_the_next_connection() -> None:
    lists = [AllowList(), AllowList.parse("10.0.0.0/8")]
    made = Door(lambda: lists[0], ORIGIN)
    assert not permitted("10.0.0.1", made)
    lists.pop(0)
    assert permitted("10.0.0.1", made)
