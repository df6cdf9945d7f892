"""What tests of all rooms may ask for."""

from hypothesis import HealthCheck, settings

from tests.loops import each_loop

__all__ = ["each_loop"]

# How long an example takes, or is made, says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
