"""The actions of automations on satellites and speech servers."""
