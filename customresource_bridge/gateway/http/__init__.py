"""The gateway's own HTTP server: sockets and TLS by asyncio, HTTP/1.1 by llhttp (httptools), bounds of its own.

It knows bodies and statuses, and nothing of tokens, Heat or answers.
"""
