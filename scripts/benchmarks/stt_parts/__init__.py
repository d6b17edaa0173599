"""The parts of ``scripts/bench stt``, one for each claim."""
