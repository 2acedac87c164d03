"""The plan of a change of a bond: what to do, what undoes it, the reasons against it. Pure."""

from lagg_tool.nas.linux.plan.plan import FileEdit, Plan, make_plan, removal_plan
from lagg_tool.nas.linux.steps import Step

__all__ = ["FileEdit", "Plan", "Step", "make_plan", "removal_plan"]
