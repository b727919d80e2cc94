"""What holds for every test: nothing is timed here, so a busy machine is no failure (speed lives in scripts/bench)."""

from hypothesis import HealthCheck, settings

settings.register_profile("bangku", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bangku")
