"""The speech server: its live link, its health, and the models it offers."""
