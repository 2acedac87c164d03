@lacp @robustness
Feature: LACP when things go wrong
  Switches restart, fibres break in one direction, administrators change what is in use.

  Rule: One direction is enough to lose a port

    @lacp.L-14 @refines.C-20
    Scenario: The switch cannot hear the NAS on one port
      The fibre from the NAS is broken, the carrier stays. The switch gives the port up after
      its timeout and says so; the NAS sends everything by the other port, after three
      seconds, since the marker on the broken fibre does not come back. Under failover nobody
      would notice.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And at most 10 seconds pass until ports 1 and 2 distribute
      And a neighbour that the NAS knows
      When the cable of port 1 carries nothing from the NAS
      And the partner on port 1 no longer hears the NAS
      And 4 seconds pass
      And the NAS pings the neighbour for 2 seconds
      Then the pings leave by port 2
      And ifconfig shows lagg0 with
        | port 1 | without DISTRIBUTING           |
        | port 2 | ACTIVE,COLLECTING,DISTRIBUTING |
      When the partner on port 1 hears the NAS again
      And at most 10 seconds pass until ports 1 and 2 distribute
      Then ifconfig shows lagg0 with
        | active ports | 2 |

  Rule: The group comes back by itself

    @lacp.L-19 @lacp.L-10
    Scenario: A flood of contradicting LACPDUs on one port leaves the other alone
      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And at most 10 seconds pass until ports 1 and 2 distribute
      And a neighbour that the NAS knows
      When 100 LACPDUs arrive on port 1 during 5 seconds
      And the NAS pings the neighbour for 1 seconds
      Then the pings leave by port 2
      When the partner repeats itself
      And at most 10 seconds pass until ports 1 and 2 distribute
      Then ifconfig shows lagg0 with
        | active ports | 2 |

  Rule: The LAGG is changed while it is used

    @lacp.L-24
    Scenario: A LAGG that is taken down falls silent without a word
      The switch learns nothing and goes on sending. ifconfig goes on showing the ports as
      they last were (lacp_stop only stops the timers).

      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs and is ready at once
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And at most 10 seconds pass until ports 1 and 2 distribute
      When the administrator runs "ifconfig lagg0 down"
      Then nothing leaves by any port
      When 5 seconds pass
      Then nothing leaves by any port
      And ifconfig shows lagg0 with
        | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |
      When the administrator runs "ifconfig lagg0 up"
      And 5 seconds pass
      Then an LACPDU left by port 1 every second

    @lacp.L-10 @lacp.L-25
    Scenario: A port leaves and joins again under traffic
      The rest of the group carries the traffic meanwhile.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And at most 10 seconds pass until ports 1 and 2 distribute
      And a host 192.0.2.9 behind the switch
      When during 12 seconds of pings to the host, lagg0 is given "-laggport port2; laggport port2" in turn
      Then they are interrupted for less than 0.5 seconds
      And ifconfig shows lagg0 with
        | active ports | 2 |

    @lacp.L-24
    Scenario: The protocol is changed under traffic, and back
      On FreeBSD the ports stay, their LACP state is thrown away and made anew. A kernel that
      frees it too early would crash here.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And at most 10 seconds pass until ports 1 and 2 distribute
      And a host 192.0.2.9 behind the switch
      When during 9 seconds of pings to the host, lagg0 is given "laggproto loadbalance; laggproto roundrobin; laggproto failover; laggproto broadcast; laggproto none; laggproto lacp" in turn
      And at most 10 seconds pass until ports 1 and 2 distribute
      And the NAS sends 3 pings to the host
      Then every ping is answered

    @lacp.L-25
    Scenario: A port whose interface disappears is forgotten
      A network card that is pulled, or a virtual one that is destroyed, takes itself out of
      the LAGG (lagg_port_ifdetach).

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When a virtual cable becomes a port of lagg0 and is destroyed
      Then there is no complaint
      And ifconfig shows lagg0 with
        | ports | 1, 2 |

    @lacp.L-24
    Scenario: A LAGG is made and destroyed over and over, while another program looks
      Given a LAGG lagg0 with protocol lacp on port 1
      When a LAGG on port 2 is made and destroyed 20 times
      Then there is no complaint
      And there is no interface lagg1
      And ifconfig shows lagg0 with
        | ports | 1 |

  Rule: A group carries whatever Ethernet carries

    @lacp.L-10
    Scenario: A VLAN on top of the group
      The tag is the VLAN interface's, LACP below it is untagged: a switch that wants LACP
      tagged is set up wrongly.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And at most 10 seconds pass until ports 1 and 2 distribute
      And a host 198.51.100.9 in VLAN 7 behind the switch
      When the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0 198.51.100.1/24 up"
      And the NAS sends 3 pings to the host
      Then every ping is answered
      And each ping leaves with the tag of VLAN 7

    @lacp.L-10
    Scenario: IPv6 over the group
      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And at most 10 seconds pass until ports 1 and 2 distribute
      And a host 2001:db8::9 behind the switch
      When lagg0 is given the address 2001:db8::7/64
      And 3 seconds pass
      And the NAS sends 3 pings to the host
      Then every ping is answered
