@ports
Feature: The ports of a LAGG
  Which interfaces can be ports, how many, and what happens to their own settings.

  @confirms.C-30
  Scenario: The administrator chooses the ports of a LAGG
    Given an empty LAGG lagg0
    When the administrator runs "ifconfig lagg0 laggport port2 laggport port1"
    Then ifconfig shows lagg0 with
      | ports | 1, 2 |

  @confirms.C-30
  Scenario: One port is enough for a LAGG
    A LAGG of one port is the usual first step when a NAS is moved over without a second
    cable at hand.

    Given a LAGG lagg0 with protocol failover on port 1
    Then ifconfig shows lagg0 with
      | ports  | 1             |
      | port 1 | MASTER,ACTIVE |
      | status | active        |

  @confirms.C-02
  Scenario: A LAGG takes thirty-two ports and refuses the thirty-third
    The article names no bound; this is the kernel's.

    Given an empty LAGG lagg0
    And 33 virtual cables
    When lagg0 takes the ends of 32 virtual cables as ports
    Then ifconfig shows lagg0 with 32 ports
    When lagg0 takes the end of one more virtual cable
    Then the command is refused with "No space left on device"

  @confirms.C-02
  Scenario: A port that joins takes the MAC address of the first one
    Neighbours see one NAS, whichever cable a frame takes. A LAGG that is brought up gives its
    address to all ports once more (lagg_init), so that it has to be up before the port joins.

    Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
    When the administrator runs "ifconfig lagg0 laggport port3"
    Then ifconfig shows lagg0 with
      | ports | 1, 2, 3        |
      | ether | that of port 1 |
    And ifconfig shows port2 with
      | ether | that of port 1 |
    And ifconfig shows port3 with
      | ether | that of port 1 |

  @confirms.C-02
  Scenario: A MAC address that a LAGG is given is that of all its ports
    A card hears what is sent to its own address: without it, the NAS is deaf on that cable.

    Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
    When the administrator runs "ifconfig lagg0 ether 02:aa:bb:cc:dd:ee"
    Then ifconfig shows port1 with
      | ether | 02:aa:bb:cc:dd:ee |
    And ifconfig shows port2 with
      | ether | 02:aa:bb:cc:dd:ee |

  @confirms.C-21
  Scenario: A port that joins later receives multicast
    IPv6 asks for the NAS by multicast: a neighbour whose question takes this cable has to find
    it.

    Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
    And lagg0 is given the address 2001:db8::7/64
    And the administrator runs "ifconfig port3 up"
    And the administrator runs "ifconfig lagg0 laggport port3"
    And 3 seconds pass
    When a neighbour solicitation for 2001:db8::7 arrives on port 3
    Then the NAS advertises 2001:db8::7
    When a neighbour solicitation for 2001:db8::7 arrives on port 1
    Then the NAS advertises 2001:db8::7
    When a neighbour solicitation for 2001:db8::7 arrives on port 2
    Then the NAS advertises 2001:db8::7

  @confirms.C-30
  Scenario: The ports of a LAGG are promiscuous as long as it is
    A bridge to jails or virtual machines needs every frame, by whichever cable it comes.

    Given a LAGG lagg0 with protocol loadbalance on ports 1 and 2
    When the administrator runs "ifconfig lagg0 promisc"
    And the administrator runs "ifconfig lagg0 laggport port3"
    Then ifconfig shows port1 with
      | promiscuous | yes |
    And ifconfig shows port2 with
      | promiscuous | yes |
    And ifconfig shows port3 with
      | promiscuous | yes |
    When the administrator runs "ifconfig lagg0 -laggport port3"
    Then ifconfig shows port3 with
      | promiscuous | no |
    When the administrator runs "ifconfig lagg0 -promisc"
    Then ifconfig shows port1 with
      | promiscuous | no |
    And ifconfig shows port2 with
      | promiscuous | no |

  Rule: Ports are parallel, never in series

    @contradicts.C-03
    Scenario: A LAGG is refused as a port of another LAGG
      Groups cannot be combined into a larger one.

      Given a LAGG lagg0 with protocol failover on port 1
      And an empty LAGG lagg1
      When the administrator runs "ifconfig lagg1 laggport lagg0"
      Then the command is refused with "Invalid argument"

    @contradicts.C-03
    Scenario: A LAGG that is refused as a port keeps its MTU
      The kernel gives a future port the MTU of its LAGG before it looks whether it is a LAGG
      itself, and takes that back (lagg_port_create).

      Given a LAGG lagg0 with protocol failover on port 1
      And a LAGG lagg1 with protocol failover on port 2
      And the administrator runs "ifconfig lagg1 mtu 9000"
      When the administrator runs "ifconfig lagg1 laggport lagg0"
      Then the command is refused with "Invalid argument"
      And ifconfig shows lagg0 with
        | mtu | 1500 |
      And ifconfig shows port1 with
        | mtu | 1500 |
      And ifconfig shows port2 with
        | mtu | 9000 |

    @contradicts.C-03
    Scenario: A LAGG is refused as a port of itself
      A loop in the configuration would never end.

      Given a LAGG lagg0 with protocol failover on port 1
      When the administrator runs "ifconfig lagg0 laggport lagg0"
      Then the command is refused with "Invalid argument"

  Rule: A port is an Ethernet interface that nothing else uses

    @confirms.C-30
    Scenario: A bridge is refused as a port
      Only Ethernet cards and VLANs have what a port needs.

      Given an empty LAGG lagg0
      And the administrator runs "ifconfig bridge99 create"
      When the administrator runs "ifconfig lagg0 laggport bridge99"
      Then the command is refused with "Protocol not supported"

    @confirms.C-30
    Scenario: A VLAN is accepted as a port
      Of the traffic on a cable, only that of one VLAN belongs to the LAGG.

      Given an empty LAGG lagg0
      And the administrator runs "ifconfig vlan7 create vlan 7 vlandev port1"
      When the administrator runs "ifconfig lagg0 laggport vlan7"
      Then the command succeeds
      And ifconfig shows lagg0 with 1 ports

    @confirms.C-30
    Scenario: A port of another LAGG is refused
      A cable cannot be promised to two groups.

      Given a LAGG lagg0 with protocol failover on port 1
      And an empty LAGG lagg1
      When the administrator runs "ifconfig lagg1 laggport port1"
      Then the command is refused with "Device busy"

    @confirms.C-30
    Scenario: A port that is named again stays a port, without an error
      A script may name all ports each time it runs.

      Given a LAGG lagg0 with protocol failover on ports 1 and 2
      When the administrator runs "ifconfig lagg0 laggport port2"
      Then the command succeeds
      And ifconfig shows lagg0 with
        | ports | 1, 2 |

    @confirms.C-30
    Scenario: A LAGG cannot remove the port of another LAGG
      A typing error takes no cable away from a group that is in use.

      Given a LAGG lagg0 with protocol failover on port 1
      And a LAGG lagg1 with protocol failover on port 2
      When the administrator runs "ifconfig lagg0 -laggport port2"
      Then the command is refused with "No such file or directory"
      And ifconfig shows lagg1 with
        | ports | 2 |

    @confirms.C-30
    Scenario: A port that does not exist is refused, and the next one joins
      ifconfig continues after the error, so that a typing error leaves a LAGG with fewer ports.

      Given an empty LAGG lagg0
      When the administrator runs "ifconfig lagg0 laggport nosuch laggport port1"
      Then the command is refused with "Invalid argument"
      And ifconfig shows lagg0 with
        | ports | 1 |

  Rule: A port that was configured by hand can join

    @contradicts.S-10
    Scenario: A port with addresses joins, and its addresses stop working
      The LAGG is created, contrary to the warning. What is lost is the port's own
      configuration: IPv6 addresses are removed, the IPv4 address stays and is dead.

      Given port 1 has the address 198.51.100.1/24
      And port 1 has the address 2001:db8:7::1/64
      And an empty LAGG lagg0
      When the administrator runs "ifconfig lagg0 laggport port1"
      Then the command succeeds
      And ifconfig shows lagg0 with
        | ports | 1 |
      And ifconfig shows port1 with
        | addresses | 198.51.100.1/24 |
      And the kernel logs "IPv6 addresses on port1 have been removed"

    @contradicts.S-10
    Scenario: A port sends nothing for an address of its own
      The route over the port is still there: what takes it is lost.

      Given port 1 has the address 198.51.100.1/24
      And a LAGG lagg0 with protocol failover on port 1
      When the administrator runs "ping -c 1 -t 2 198.51.100.9"
      Then no data leaves by any port
