"""Options of a program: defined where they are used, set on the command line or in a file.

Any module can define options of its own, at its top level::

    from zonda.options import define, options

    define("mysql_host", default="127.0.0.1:3306", help="Main user DB")
    define("memcache_hosts", default="127.0.0.1:11011", multiple=True,
           help="Main user memcache servers")

    def connect():
        db = database.Connection(options.mysql_host)

and the program reads them once at the beginning::

    import myapp.db, myapp.server
    import zonda.options

    if __name__ == "__main__":
        zonda.options.parse_command_line()
        # or zonda.options.parse_config_file("/etc/server.conf")

The command line is ``--name=value``; ``-`` and ``_`` in names are the same, and a
``bool`` needs no value.  A configuration file is Python: it is *run*, and the variables
that have the names of options are their values::

    mysql_host = "mydb.example.com:3306"
    memcache_hosts = ["cache1.example.com:11011", "cache2.example.com:11011"]

The type of an option is ``str``, ``int``, ``float``, ``bool``, ``datetime.datetime``,
``datetime.timedelta``, or anything that makes a value from text.  With *multiple* its
value is a list, written with commas; of whole numbers also ranges, ``1:5`` for 1 to 5.

Importing this module defines ``--help`` and ``--logging`` and its kin (see
:mod:`zonda.log`), which are obeyed when ``parse_command_line`` is called.

:data:`options` is the :class:`OptionParser` that everybody shares; make another one for
options that are nobody else's business.
"""

from zonda.log import define_logging_options, enable_pretty_logging
from zonda.options.errors import Error
from zonda.options.parser import OptionParser
from zonda.options.shared import (
    add_parse_callback,
    define,
    options,
    parse_command_line,
    parse_config_file,
    print_help,
)

__all__ = [
    "Error",
    "OptionParser",
    "add_parse_callback",
    "define",
    "define_logging_options",
    "enable_pretty_logging",
    "options",
    "parse_command_line",
    "parse_config_file",
    "print_help",
]
