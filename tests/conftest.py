"""What holds for every test: examples are drawn alike on a busy machine and on an idle one."""

from hypothesis import settings

# A deadline per example would time the machine, not the code.
settings.register_profile("tokentape", deadline=None)
settings.load_profile("tokentape")
