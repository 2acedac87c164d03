@persistence
Feature: Persistence
  FreeBSD keeps a LAGG in rc.conf, and its rc.d/netif makes it at boot or when it is asked to.
  TrueNAS keeps a database of its own instead.

  @confirms.C-06 @confirms.C-11 @confirms.O-06 @confirms.O-09 @refines.P-02
  Scenario: The LAGG that rc.conf describes is created as described
    The first port named is the primary, whatever its number.

    Given the administrator runs "ifconfig port3 up"
    And the administrator runs "ifconfig port4 up"
    And rc.conf has
      | cloned_interfaces     | lagg1                                                 |
      | ifconfig_lagg1        | laggport port4 laggport port3 203.0.113.1/24 mtu 9000 |
      | ifconfig_lagg1_alias0 | inet 203.0.113.2/32                                   |
      | ifconfig_lagg1_alias1 | inet 203.0.113.3/32                                   |
      | ifconfig_lagg1_ipv6   | inet6 2001:db8:1::1/64                                |
      | ifconfig_lagg1_descr  | storage uplink                                        |
    When the administrator runs "service netif start lagg1"
    Then ifconfig shows lagg1 with
      | description | storage uplink                                                   |
      | mtu         | 9000                                                             |
      | addresses   | 203.0.113.1/24, 203.0.113.2/32, 203.0.113.3/32, 2001:db8:1::1/64 |
      | port 3      | none                                                             |
      | port 4      | MASTER,ACTIVE                                                    |
