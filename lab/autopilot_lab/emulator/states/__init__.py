"""The states-language engine: Standard workflows in JSONata mode, in virtual time."""

from autopilot_lab.emulator.states.engine import Engine
from autopilot_lab.emulator.states.errors import StatesError, StepFunctionsError
from autopilot_lab.emulator.states.execution import Execution, Machine, TaskRunner
from autopilot_lab.emulator.states.validate import validate

__all__ = [
    "Engine",
    "Execution",
    "Machine",
    "StatesError",
    "StepFunctionsError",
    "TaskRunner",
    "validate",
]
