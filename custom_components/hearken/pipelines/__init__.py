"""The Assist pipelines that Hearken creates, repairs and deletes."""
