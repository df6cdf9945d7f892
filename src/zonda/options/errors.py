"""What goes wrong with options."""


class Error(Exception):
    """An option that does not exist, exists already, or has no such value."""


class InvalidValue(Error, ValueError):
    """Text that cannot be made into a value of the option's type."""
