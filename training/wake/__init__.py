"""The wake words that come with Hearken: how their heads are learned."""
