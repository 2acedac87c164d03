"""What keeps a Linux host's network for the next boot: ifupdown, networkd or NetworkManager."""

from lagg_tool.nas.linux.boot.keeper import Keeper, keeper_for, keepers_of, own_files

__all__ = ["Keeper", "keeper_for", "keepers_of", "own_files"]
