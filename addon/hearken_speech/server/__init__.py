"""The speech server: Wyoming over TCP, and a control API over HTTP."""
