"""The Assist pipelines that Hearken makes, repairs and removes."""
