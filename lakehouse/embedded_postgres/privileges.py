"""Whom the server process runs as: PostgreSQL refuses to be root. Standard library only."""

import ctypes
import os
import pwd
import signal
import sys

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2  # else access(), which initdb asks, forgets the capability
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def server_user(data_owner: int) -> pwd.struct_passwd:
    """Ourselves; when that is root, the owner of the data folder, or `nobody` for a new one."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    return pwd.getpwuid(data_owner) if data_owner else pwd.getpwnam("nobody")


def become(user: pwd.struct_passwd) -> None:
    """Between fork and exec: be `user`, and shut down when the parent dies (Linux).

    Root keeps one right, to pass closed folders, where the kernel lets it: a checkout under
    /root then works. Opening those folders to everyone, as the wheel does, was refused."""
    libc = ctypes.CDLL(None)
    if os.geteuid() == 0:
        if LINUX:
            libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        if LINUX:
            mask = 1 << CAP_DAC_OVERRIDE
            header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
            libc.capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
    if LINUX:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)  # after setuid, which clears it
