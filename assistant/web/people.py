"""Who is asking, and what they may do. Frozen values; how somebody is known is `identity`'s."""

from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from assistant.errors import NotAllowedError

Role = Literal["reader", "editor", "admin"]
_RANKS: dict[Role, int] = {"reader": 0, "editor": 1, "admin": 2}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks; `subject` is "" for nobody in particular.

    A reader asks and reads, an editor also adds articles, an admin also reads feedback. `groups`
    open the articles that are kept for their members.
    """

    subject: str = ""
    role: Role = "reader"
    groups: frozenset[str] = frozenset()

    def may(self, role: Role) -> bool:
        """Whether this person may do what that role may."""
        return _RANKS[self.role] >= _RANKS[role]

    def must(self, role: Role) -> None:
        """Raise NotAllowedError unless this person may do what that role may."""
        if not self.may(role):
            raise NotAllowedError(
                f"This is for {role}s.",
                hint="Ask whoever runs the assistant to be made one.",
            )


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's person, and the address it came from as far as that can be believed."""

    person: Person = Person()
    address: str = ""


def visit_of(connection: HTTPConnection) -> Visit:
    """Return whose request this is, as the middleware of `identity` found out.

    Raises KeyError where the middleware was left out: nobody is taken for somebody.
    """
    visit = connection.scope["state"]["visit"]
    assert isinstance(visit, Visit)
    return visit
