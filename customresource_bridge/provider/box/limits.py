"""How much a handler may use. Pure values; the kernel and the reader of its pipes hold it to them."""

import resource
from dataclasses import dataclass

_MIB = 1024 * 1024
_ROOM_FOR_ADDRESSES = 4
"""Addresses beyond the memory: a thread's stack and an allocator's arena reserve more than they ever use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one handler's run.

    :ivar memory: MiB that each of its processes may have for itself.
    :ivar processes: how many processes and threads it may have at once.
    :ivar at_once: how many handlers of the same user may run beside each other. The kernel counts them together, so it
        holds them to what all may have; each one's keeper holds it to its own.
    :ivar file_size: MiB that each of its files may have.
    :ivar open_files: descriptors that each of its processes may have; as many as in Lambda.
    :ivar output_bytes: how much of what it prints is logged; the rest is read and dropped.
    :ivar output_lines: the same in lines.
    :ivar answer_bytes: the largest value that it may return; as much as in Lambda.
    """

    memory: int = 1024
    processes: int = 256
    at_once: int = 1
    file_size: int = 512
    open_files: int = 1024
    output_bytes: int = 4 * _MIB
    output_lines: int = 10_000
    answer_bytes: int = 6 * _MIB

    def of_the_kernel(self, *, running: int, addresses: bool = True) -> dict[int, int]:
        """Return the limits that ``setrlimit`` takes.

        :param running: how many processes and threads the handler's user has already: the kernel counts them too.
        :param addresses: whether its addresses are limited too; not for what reserves far more than it uses.
        """
        memory = self.memory * _MIB
        room = max(_ROOM_FOR_ADDRESSES * memory, _ROOM_FOR_ADDRESSES * 1024 * _MIB)
        return {
            **({resource.RLIMIT_AS: room} if addresses else {}),
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_DATA: memory,
            resource.RLIMIT_FSIZE: self.file_size * _MIB,
            resource.RLIMIT_NOFILE: self.open_files,
            resource.RLIMIT_NPROC: running + self.at_once * self.processes,
        }
