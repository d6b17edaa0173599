"""What satellites do for people, measured."""
