"""Which of two errors a client gets: the one that Redis finds first.

Step 5 reads a request from left to right, and so does Redis in most commands. In some it reads the
options first, and only then the numbers before them: `ZRANGEBYSCORE z x y FOO` is a syntax error,
not a wrong number. In others it looks the keys up before it reads the options at all.

A command declares this by deriving from InTurn. Nothing here runs for a request that is correct.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from steps.s02_resp.values import CommandError, Request
from steps.s05_commands.command import Command
from steps.s05_commands.fields import Options, Words

if TYPE_CHECKING:
    from typing import Self


class InTurn(Command, abstract=True):
    """A command whose errors come in another order than its words."""

    late: ClassVar[Sequence[str]] = ()
    """The fields whose words are judged last, after all others."""
    looks_up_first: ClassVar[bool] = False
    """Whether keys are looked up before the options are read: `execute` calls `raise_fault` then."""
    fault: CommandError | None = None
    """What is wrong with the options."""

    @classmethod
    def parse(cls, request: Request) -> Self:
        try:
            return super().parse(request)
        except CommandError:
            return cls.judge(cls.words(request))

    @classmethod
    def judge(cls, words: Words) -> Self:
        """Raises the error that comes first; or returns the command, with its fault."""
        command = cls()
        late: CommandError | None = None
        for part in cls.syntax:
            before = list(words)
            try:
                if isinstance(part, Options):
                    vars(command).update(part.take(words))
                else:
                    setattr(command, part.name, part.take(words))
            except CommandError as error:
                if isinstance(part, Options):
                    return command.with_fault(error)
                if part.name not in cls.late:
                    raise
                command.check_words(before)
                late = late or error
        if words:
            return command.with_fault(cls.unexpected(words))
        assert late, "a request that is right needs no judge"
        raise late

    def check_words(self, words: list[bytes]) -> None:
        """A field that is judged last is wrong; `words` are those from it on.

        Raises CommandError if another error in them comes first.
        """

    def with_fault(self, error: CommandError) -> Self:
        """The command, if the error is to be raised later; or raises it."""
        if not self.looks_up_first:
            raise error
        self.fault = error
        return self

    def raise_fault(self) -> None:
        """The keys have been looked up: raises what is wrong with the options."""
        if self.fault:
            raise self.fault
