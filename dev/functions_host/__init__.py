"""A small Azure Functions host for development: same rules as the platform, one process.

It exists because the real `func` tool cannot be had on every machine. It is never deployed
and never imported by the product; the app must not be able to tell which host runs it.
Wire values travel as azure-functions' own `Datum`, so the app receives the very classes it
receives in Azure.
"""
