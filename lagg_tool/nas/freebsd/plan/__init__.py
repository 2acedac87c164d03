"""The plan of a change: what to do, what undoes it, the reasons against it. Pure."""

from lagg_tool.nas.freebsd.plan.config import LaggConfig, observed, wanted
from lagg_tool.nas.freebsd.plan.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange, as_written
from lagg_tool.nas.freebsd.plan.step import Step

__all__ = [
    "Edit",
    "LaggConfig",
    "Plan",
    "RcChange",
    "Step",
    "as_written",
    "make_plan",
    "observed",
    "removal_plan",
    "wanted",
]
