"""Speech-to-text: from a recording to a transcript."""
