"""The engine: state machines of all regions, and their executions, in virtual time.

Semantics are those of Standard workflows in JSONata mode; sources stand where the behaviour is.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.states import states_flow as flow
from autopilot_lab.emulator.states.callbacks import Callbacks
from autopilot_lab.emulator.states.definition import (
    ChoiceState,
    FailState,
    MapState,
    ParallelState,
    PassState,
    State,
    SucceedState,
    TaskState,
    WaitState,
    compile_definition,
)
from autopilot_lab.emulator.states.documents import PAYLOAD_BYTES_MAX, Document
from autopilot_lab.emulator.states.errors import (
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidDefinition,
    InvalidExecutionInput,
    InvalidName,
    ResourceNotFound,
    StateMachineAlreadyExists,
    StateMachineDoesNotExist,
    StatesError,
)
from autopilot_lab.emulator.states.execution import (
    Execution,
    Machine,
    Status,
    TaskRunner,
    Transition,
)
from autopilot_lab.emulator.states.expressions import Evaluator
from autopilot_lab.emulator.states.lifecycle import EventListener, Lifecycle
from autopilot_lab.emulator.states.map_run import MapRun
from autopilot_lab.emulator.states.recovery import recovering
from autopilot_lab.emulator.states.states_map import run_inline
from autopilot_lab.emulator.states.states_map_distributed import run_distributed
from autopilot_lab.emulator.states.states_parallel import carry_out_parallel
from autopilot_lab.emulator.states.states_task import carry_out_task
from autopilot_lab.emulator.states.strand import Runtime, Strand
from autopilot_lab.emulator.states.validate import validate
from autopilot_lab.emulator.states.visit import Visit

NAME_KEPT_SECONDS: Final = 90 * 86_400
"""How long the name of an ended execution stays taken (API reference, StartExecution)."""


def carry_out_map(visit: Visit) -> Transition:
    """Run a Map in its mode, as often as its retriers allow."""
    run = run_inline if visit.state.distributed is None else run_distributed
    return recovering(visit, lambda: run(visit))


STATES: Final[Mapping[type, Callable[[Visit], Transition]]] = {
    PassState: flow.carry_out_pass,
    SucceedState: flow.carry_out_succeed,
    FailState: flow.carry_out_fail,
    WaitState: flow.carry_out_wait,
    ChoiceState: flow.carry_out_choice,
    TaskState: carry_out_task,
    ParallelState: carry_out_parallel,
    MapState: carry_out_map,
}


def carry_out(strand: Strand, state: State, document: Document) -> Transition:
    """Visit a state on a strand, and return where it leads."""
    return STATES[type(state)](Visit(strand, state, document))


_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}\Z")


class Engine:
    """Creates machines, runs executions and keeps what they did.

    `on_event(execution, event)` is called for every history event, with Unix seconds as its
    timestamp; it must not wait. Random pauses, names and tokens come from `seed`.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        tasks: TaskRunner,
        *,
        account: str = "123456789012",
        on_event: EventListener | None = None,
        seed: int = 0,
    ) -> None:
        self._scheduler = scheduler
        self._account = account
        self._machines: dict[str, Machine] = {}
        rng = random.Random(f"states {seed}")
        self._lifecycle = Lifecycle(scheduler, rng, on_event)
        self.callbacks = Callbacks(scheduler, seed)
        self._runtime = Runtime(
            scheduler=scheduler,
            evaluator=Evaluator(rng, lambda: scheduler.now),
            rng=rng,
            tasks=tasks,
            callbacks=self.callbacks,
            carry_out=carry_out,
            start_nested=self._start_nested,
            start_child=self._start_child,
            open_map_run=self._lifecycle.open_map_run,
            stop=self._lifecycle.stop,
        )

    # -- machines ------------------------------------------------------------------------------

    def create(
        self,
        name: str,
        region: str,
        definition: Mapping[str, Any],
        role_arn: str,
        kind: str = "STANDARD",
    ) -> str:
        """Create a machine and return its ARN; the same call again returns the same ARN.

        Raises `InvalidName`, `InvalidDefinition` with every problem, and
        `StateMachineAlreadyExists` when the name has another definition, role or type.
        """
        _check_name(name)
        machine = self._machine(name, region, definition, role_arn, kind)
        existing = self._machines.get(machine.arn)
        if existing is None:
            self._machines[machine.arn] = machine
        elif _identity(existing) != _identity(machine):
            raise StateMachineAlreadyExists(f"{machine.arn} exists with another definition")
        return machine.arn

    def update(
        self,
        arn: str,
        definition: Mapping[str, Any] | None = None,
        role_arn: str | None = None,
    ) -> None:
        """Change a machine; executions that run keep the definition they started with.

        Raises as `create`, and `StateMachineDoesNotExist`.
        """
        old = self.machine(arn)
        self._machines[arn] = self._machine(
            old.name,
            old.region,
            old.definition.raw if definition is None else definition,
            role_arn or old.role_arn,
            old.kind,
        )

    def delete(self, arn: str) -> None:
        """Forget a machine; deleting one that does not exist does nothing."""
        self._machines.pop(arn, None)

    def machine(self, arn: str) -> Machine:
        """Return a machine. Raises `StateMachineDoesNotExist`."""
        found = self._machines.get(arn)
        if found is None:
            raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
        return found

    def machines(self, region: str | None = None) -> Sequence[Machine]:
        """Return the machines of a region, or all, in the order of their creation."""
        return [item for item in self._machines.values() if region in {None, item.region}]

    # -- executions ----------------------------------------------------------------------------

    def start(
        self,
        arn: str,
        name: str | None = None,
        input: Mapping[str, Any] | str = "{}",  # noqa: A002  # the API's name for it
    ) -> Execution:
        """Start an execution and return it, before its first state has run.

        A name that runs with the same input returns that execution (API reference,
        StartExecution). Raises `ExecutionAlreadyExists`, `InvalidName`, `InvalidExecutionInput`,
        `StateMachineDoesNotExist`.
        """
        machine = self.machine(arn)
        document = _parse_input(input)
        chosen = self._lifecycle.new_name() if name is None else name
        _check_name(chosen)
        execution_arn = f"{arn.replace(':stateMachine:', ':execution:')}:{chosen}"
        known = self._lifecycle.executions.get(execution_arn)
        if known is not None and not self._name_is_free(known):
            if known.running and known.input.text == document.text:
                return known
            raise ExecutionAlreadyExists(f"Execution Already Exists: '{execution_arn}'")
        return self._lifecycle.begin(execution_arn, chosen, machine, document, self._runtime)

    def execution(self, arn: str) -> Execution:
        """Return an execution. Raises `ExecutionDoesNotExist`."""
        found = self._lifecycle.executions.get(arn)
        if found is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        return found

    def history(self, arn: str) -> list[dict[str, Any]]:
        """Return the events of an execution as boto3 returns them. Raises as `execution`."""
        return self.execution(arn).history.events()

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> Execution:
        """Abort an execution where it stands; one that has ended stays as it is.

        Tasks that it started go on elsewhere. Raises `ExecutionDoesNotExist`.
        """
        execution = self.execution(arn)
        self._lifecycle.stop(execution, error, cause)
        return execution

    def map_run(self, arn: str) -> MapRun:
        """Return a Map Run. Raises `ResourceNotFound`."""
        found = self._lifecycle.map_runs.get(arn)
        if found is None:
            raise ResourceNotFound(f"Resource not found: '{arn}'")
        return found

    def map_runs(self, execution_arn: str) -> Sequence[MapRun]:
        """Return the Map Runs of an execution, in the order of their start."""
        runs = self._lifecycle.map_runs.values()
        return [run for run in runs if run.execution_arn == execution_arn]

    def list(
        self, machine_arn: str | None = None, status: Status | None = None
    ) -> Sequence[Execution]:
        """Return executions of a machine, or all, of a status, or all; the latest start first."""
        found = [
            execution
            for execution in self._lifecycle.executions.values()
            if machine_arn in {None, execution.machine.arn} and status in {None, execution.status}
        ]
        return found[::-1]

    # -- how it works --------------------------------------------------------------------------

    def _machine(
        self, name: str, region: str, definition: Mapping[str, Any], role_arn: str, kind: str
    ) -> Machine:
        problems = validate(definition)
        if kind != "STANDARD":
            problems.append(f"type {kind} is not implemented: expected STANDARD")
        if problems:
            raise InvalidDefinition(problems)
        arn = f"arn:aws:states:{region}:{self._account}:stateMachine:{name}"
        compiled = compile_definition(Document.of(definition).copy())
        return Machine(arn, name, region, role_arn, kind, compiled, self._scheduler.now)

    def _start_nested(self, arguments: Mapping[str, Any]) -> Execution:
        given = arguments.get("Input", {})
        text = given if isinstance(given, str) else Document.of(given).text
        try:
            return self.start(str(arguments.get("StateMachineArn")), arguments.get("Name"), text)
        except (
            ExecutionAlreadyExists,
            InvalidExecutionInput,
            InvalidName,
            StateMachineDoesNotExist,
        ) as error:
            raise StatesError(f"StepFunctions.{error.code}Exception", str(error)) from error

    def _start_child(self, parent: Execution, state: MapState, document: Document) -> Execution:
        return self._lifecycle.begin_child(parent, state, document, self._runtime)

    def _name_is_free(self, known: Execution) -> bool:
        ended = known.stopped_at
        return ended is not None and ended + NAME_KEPT_SECONDS < self._scheduler.now


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise InvalidName(
            f"Invalid Name: '{name}': expected 1 to 80 characters without spaces, brackets, "
            'wildcards or any of " # % \\ ^ | ~ ` $ & , ; : /'
        )


def _parse_input(given: Mapping[str, Any] | str) -> Document:
    try:
        document = Document.parse(given) if isinstance(given, str) else Document.of(given)
    except (TypeError, ValueError) as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: {error}") from error
    if document.is_too_large:
        raise InvalidExecutionInput(f"the input is larger than {PAYLOAD_BYTES_MAX} bytes")
    # A copy: the caller may go on changing what it passed.
    return document if isinstance(given, str) else Document.parse(document.text)


def _identity(machine: Machine) -> tuple[object, ...]:
    return machine.definition.raw, machine.role_arn, machine.kind
