@removal
Feature: Removing ports and LAGGs
  What is left behind when a port or the whole LAGG goes.

  @confirms.C-30
  Scenario: A port that leaves has its own MAC address again
    The card can be used on its own at once, without an address that two ports share.

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig lagg0 -laggport port2"
    Then ifconfig shows lagg0 with
      | ports | 1 |
    And ifconfig shows port2 with
      | ether | that of port 2 |

  @confirms.C-30
  Scenario: A port that left sends and receives on its own
    Its card is an interface like any other again.

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    And the administrator runs "ifconfig lagg0 -laggport port2"
    And port 2 has the address 198.51.100.1/24
    And port 2 is up and has its link
    When the host 198.51.100.9 asks for 198.51.100.1 by ARP on port 2
    Then the NAS answers the ARP request by port 2

  @refines.C-20
  Scenario: When the only port with a link leaves, the kernel reports the link of the LAGG as down
    Another route can take over, as it can when a link is lost.

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    And ports 1 and 2 report their links
    And the link of port 2 is lost
    When the administrator runs "ifconfig lagg0 -laggport port1"
    Then the kernel reports the link of lagg0 as DOWN
    When the administrator runs "ifconfig lagg0 laggport port1"
    Then the kernel reports the link of lagg0 as UP

  @refines.P-02
  Scenario: When the primary leaves, a VLAN on the LAGG takes another MAC address as well
    What is sent to the VLAN's old address would not be heard by any port.

    Given a LAGG lagg0 with protocol failover on ports 2, 1 and 3
    And the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0 198.51.100.1/24 up"
    When the administrator runs "ifconfig lagg0 -laggport port2"
    Then ifconfig shows vlan7 with
      | ether | that of port 1 |

  @refines.P-02
  Scenario: When the primary leaves, the LAGG takes another MAC address
    Every neighbour has to learn the new address.

    Given a LAGG lagg0 with protocol failover on ports 2, 1 and 3
    When the administrator runs "ifconfig lagg0 -laggport port2"
    Then ifconfig shows lagg0 with
      | ether  | that of port 1 |
      | port 1 | MASTER,ACTIVE  |
      | port 3 | none           |
    And ifconfig shows port3 with
      | ether | that of port 1 |
    And 192.0.2.1 is announced by port 1

  @refines.P-02
  Scenario: A LAGG without ports takes the next one for its primary
    Nothing of the last port is left: not its MAC address, and not its rank. A VLAN on the LAGG
    follows.

    Given a LAGG lagg0 with protocol failover on port 1
    And the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0 198.51.100.1/24 up"
    And the administrator runs "ifconfig lagg0 -laggport port1"
    And the administrator runs "ifconfig port2 up"
    When the administrator runs "ifconfig lagg0 laggport port2"
    Then ifconfig shows lagg0 with
      | ether  | that of port 2 |
      | port 2 | MASTER,ACTIVE  |
    And ifconfig shows vlan7 with
      | ether | that of port 2 |

  @confirms.S-03
  Scenario: Destroying a LAGG removes its addresses and frees its ports
    The ports can go into another LAGG at once.

    Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
    When the administrator runs "ifconfig lagg0 destroy"
    Then there is no interface lagg0
    And ifconfig shows port1 with
      | ether | that of port 1 |
    And ifconfig shows port2 with
      | ether | that of port 2 |
    When the administrator runs "ifconfig lagg1 create laggport port1"
    Then the command succeeds
