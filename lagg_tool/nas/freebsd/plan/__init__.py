"""The plan of a change: what to do, what undoes it, the reasons against it. Pure."""

from lagg_tool.nas.freebsd.plan.change import Change
from lagg_tool.nas.freebsd.plan.config import LaggConfig, observed, wanted
from lagg_tool.nas.freebsd.plan.joint import JointPlan, make_joint_plan
from lagg_tool.nas.freebsd.plan.plan import Plan, make_plan
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange, as_written
from lagg_tool.nas.freebsd.plan.removal import removal_plan

__all__ = [
    "Change",
    "Edit",
    "JointPlan",
    "LaggConfig",
    "Plan",
    "RcChange",
    "as_written",
    "make_joint_plan",
    "make_plan",
    "observed",
    "removal_plan",
    "wanted",
]
