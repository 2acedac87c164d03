"""Rules for steps: each is defined once, and by a definition for its keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from lagg_tool.suite.features import Feature
from lagg_tool.suite.lint.finding import Finding, pickles_of
from lagg_tool.suite.step_package import NAME, OF_SETS


@dataclass(frozen=True)
class Definition:
    """A step definition: ``kind`` is None where it serves given, when and then."""

    name: str
    kind: str | None
    place: str
    line: int
    matches: Callable[[str], bool]


def definitions() -> list[Definition]:
    """Return the step definitions of this package, and of claim sets, that are loaded."""
    found = (_definition(context) for context in step_function_context_registry.values())
    return [definition for definition in found if definition is not None]


def _definition(context: StepFunctionContext) -> Definition | None:
    function = context.step_func
    module = getattr(function, "__module__", "")
    package, _, name = module.partition(".")
    if package != NAME and not package.startswith(OF_SETS):
        return None
    code = function.__code__
    owner = package.removeprefix(OF_SETS)
    place = f"{NAME}/{name}.py" if package == NAME else f"{owner}/{NAME}/{name}.py"
    parser = context.parser
    return Definition(parser.name, context.type, place, code.co_firstlineno, parser.is_matching)


def undefined_steps(documents: Iterable[Feature], known: Sequence[Definition]) -> Iterator[Finding]:
    """Find steps that no definition serves, or more than one, outlines filled in."""
    for path, pickle in pickles_of(documents):
        for step in pickle.steps:
            serving = [d for d in known if d.kind in (None, step.kind) and d.matches(step.text)]
            if not serving:
                yield Finding(path, step.line, f"undefined: {step.keyword} {step.text}")
            elif len(serving) > 1:
                places = " and ".join(f"{d.place}:{d.line}" for d in serving)
                yield Finding(path, step.line, f"{step.text!r} is defined by {places}")


def unused_definitions(
    documents: Iterable[Feature], known: Iterable[Definition]
) -> Iterator[Finding]:
    """Find step definitions that no feature uses."""
    used = {(step.kind, step.text) for _, pickle in pickles_of(documents) for step in pickle.steps}
    for definition in known:
        kinds = (definition.kind,) if definition.kind else ("given", "when", "then")
        if not any(kind in kinds and definition.matches(text) for kind, text in used):
            message = f"no feature uses the step {definition.name!r}"
            yield Finding(definition.place, definition.line, message)


def steps_of_any_keyword(known: Iterable[Definition]) -> Iterator[Finding]:
    """Find step definitions that serve any keyword, so that a Then could act."""
    for definition in known:
        if definition.kind is None:
            message = f"{definition.name!r} serves any keyword: use given, when or then"
            yield Finding(definition.place, definition.line, message)


def late_preparations(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find ``Given`` after ``When`` or ``Then``: what is given comes first."""
    for path, pickle in pickles_of(documents):
        kinds = [step.kind for step in pickle.steps]
        for number, step in enumerate(pickle.steps):
            if step.kind == "given" and set(kinds[:number]) - {"given"}:
                yield Finding(path, step.line, f"Given {step.text}: it comes after an action")
