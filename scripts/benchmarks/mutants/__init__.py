"""Plant small faults in core modules, and see whether their tests notice."""
