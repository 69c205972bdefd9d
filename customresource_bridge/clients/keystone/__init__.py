"""Keystone: sessions, the trusts of owners, and its clock."""
