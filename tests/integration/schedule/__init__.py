"""Tests of timers, alarms, reminders and delayed orders."""
