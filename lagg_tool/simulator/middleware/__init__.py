"""TrueNAS CORE 13.3's middleware as far as it concerns interfaces, behind ``midclt``.

Database and kernel are apart, as they are there: ``interface.create`` writes the database,
``interface.commit`` brings the kernel to it. Rules, texts and defects are those of the
product's plugins/network.py and plugins/interface/lag.py, release 13.3.
"""
