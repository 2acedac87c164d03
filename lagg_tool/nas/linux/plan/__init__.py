"""The plan of a change of a bond: what to do, what undoes it, the reasons against it. Pure."""

from lagg_tool.nas.linux.plan.plan import FileEdit, Plan, make_plan, removal_plan

__all__ = ["FileEdit", "Plan", "make_plan", "removal_plan"]
