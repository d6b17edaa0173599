"""A tour of Hearken in Home Assistant's user interface, with a browser."""
