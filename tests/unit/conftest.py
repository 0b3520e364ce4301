"""What holds for all unit tests."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a machine at work is slow, not wrong
settings.load_profile("any machine")
