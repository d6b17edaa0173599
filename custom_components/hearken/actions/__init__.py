"""What automations can do with satellites and the speech server."""
