"""Ports CloudFormation templates to Heat: pure translation, no I/O.

    translate       one port: reads, decides what stays, translates, writes
    ├── family      the templates of nested stacks, and who passes ServiceTokens to whom
    ├── template    load (text -> values), template (values -> sections), graph (who refers to whom), write (text)
    ├── handlers    find (the code behind each ServiceToken), support_resources (what only serves it), proposals (how to
    │               run it)
    ├── sections    parameters, conditions, resources, outputs, metadata; environment (the parameters to fill in)
    └── functions   dispatch (one value), table (which function is whose), compose (Heat's functions)

``translate.port`` is the way in. Everything reports to one ``report``, which the state of the port (``context``) holds.
"""
