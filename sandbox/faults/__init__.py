"""What is to go wrong: faults made by tests one by one, or by a scenario."""

from sandbox.faults.engine import Faults
from sandbox.faults.scenario import Scenario, ScenarioError, read

__all__ = ["Faults", "Scenario", "ScenarioError", "read"]
