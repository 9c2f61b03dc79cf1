"""The mistakes of a caller, each told in one line: the command exits with status 2."""


class WrongUsage(Exception):
    """A wrong name, path or keyword."""


class MalformedClaim(Exception):
    """A claim that cannot be measured as it is written: its verdict is ``error``, that of no other changes."""


class Corrupted(Exception):
    """A file of results is not what the tool wrote."""


class MissingRecord(Exception):
    """A figure or a section asks for a record, a series or an array that nobody has measured."""


class Stale(Exception):
    """A record was measured from other code than is here now."""
