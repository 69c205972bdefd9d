"""Ports CloudFormation templates to Heat: pure translation, no I/O.

    load -> template -> handlers, served -> parameters, conditions, resources, outputs -> writer
          handlers -> proposals (how to run each handler)

``translate.port`` is the way in; the ``port`` command reads and writes the files.
"""
