@lacp @robustness
Feature: LACP robustness
  Switches restart, fibres break in one direction, administrators change what is in use.

  Rule: A cable that works in one direction only is not used

    @lacp.L-14 @refines.C-20
    Scenario: A port whose LACPDUs do not reach the switch stops distributing
      The fibre from the NAS is broken, the carrier stays. The switch gives the port up after
      its timeout and says so; the NAS sends everything by the other port, after three
      seconds, since the marker on the broken fibre does not come back. Under failover nobody
      would notice.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
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
      And ports 1 and 2 distribute within 10 seconds
      Then ifconfig shows lagg0 with
        | active ports | 2 |

  Rule: The group recovers by itself

    @lacp.L-19 @lacp.L-10
    Scenario: Contradicting LACPDUs on one port do not disturb the other port
      One broken switch port must not take the whole group down.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a neighbour that the NAS knows
      When 100 LACPDUs arrive on port 1 during 5 seconds
      And the NAS pings the neighbour for 1 seconds
      Then the pings leave by port 2
      When the partner sends an LACPDU now
      And ports 1 and 2 distribute within 10 seconds
      Then ifconfig shows lagg0 with
        | active ports | 2 |

    @lacp.L-08
    Scenario: A port whose link is lost forgets its partner
      Another switch may be at its end afterwards.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      When the link of port 1 is lost
      Then ifconfig shows lagg0 with
        | port 1         | none               |
        | port 1 state   | ACTIVITY,DEFAULTED |
        | port 1 partner | 00:00:00:00:00:00  |
        | port 2 partner | 02:00:00:00:00:a1  |

  Rule: The LAGG can be changed while it is used

    @lacp.L-24
    Scenario: A LAGG that is taken down sends nothing more
      The switch is not told and goes on sending. ifconfig still shows the ports as
      they last were (lacp_stop only stops the timers). LACPDUs are due every thirty seconds, so
      that none is under way when the LAGG is taken down.

      Given an LACP partner on ports 1 and 2 that is ready at once
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And 5 seconds pass
      When the administrator runs "ifconfig lagg0 down"
      Then nothing leaves by any port
      When 35 seconds pass
      Then nothing leaves by any port
      And ifconfig shows lagg0 with
        | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |
      When the administrator runs "ifconfig lagg0 up"
      And the partner asks for fast LACPDUs
      And 5 seconds pass
      Then an LACPDU left by port 1 every second

    @lacp.L-24
    Scenario: A LAGG that is taken down receives nothing
      It could not answer in any case. That another host uses its address, the kernel would log.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      When the administrator runs "ifconfig lagg0 down"
      And the host 192.0.2.1 asks for 192.0.2.1 by ARP on ports 1 and 2
      Then the kernel does not log "is using my IP address 192.0.2.1 on lagg0"

    @lacp.L-10 @lacp.L-25
    Scenario: A port can leave and join again under traffic
      The rest of the group carries the traffic meanwhile.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a host 192.0.2.9 behind the switch
      When the NAS pings the host for 12 seconds while lagg0 is changed every second with
        | -laggport port2 |
        | laggport port2  |
      Then the pings are interrupted for less than 0.5 seconds
      And ifconfig shows lagg0 with
        | active ports | 2 |

    @lacp.L-24
    Scenario: The protocol can be changed under traffic, and back to LACP
      On FreeBSD the ports stay, their LACP state is discarded and created again. A kernel that
      frees it too early would crash here.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a host 192.0.2.9 behind the switch
      When the NAS pings the host for 9 seconds while lagg0 is changed every second with
        | laggproto loadbalance |
        | laggproto roundrobin  |
        | laggproto failover    |
        | laggproto broadcast   |
        | laggproto none        |
        | laggproto lacp        |
      And ports 1 and 2 distribute within 10 seconds
      And the NAS sends 3 pings to the host
      Then every ping is answered

    @lacp.L-25
    Scenario: A port whose interface disappears leaves the LAGG
      A network card that is pulled, or a virtual one that is destroyed, takes itself out of
      the LAGG (lagg_port_ifdetach).

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When a virtual cable becomes a port of lagg0 and is destroyed
      Then every command succeeds without an error message
      And ifconfig shows lagg0 with
        | ports | 1, 2 |

    @lacp.L-24
    Scenario: A LAGG can be created and destroyed again and again while a program lists interfaces
      Monitoring reads the interfaces at any moment; a half-created LAGG must not stop it.

      Given a LAGG lagg0 with protocol lacp on port 1
      When a LAGG on port 2 is created and destroyed 20 times
      Then every command succeeds without an error message
      And there is no interface lagg1
      And ifconfig shows lagg0 with
        | ports | 1 |

  Rule: A group carries whatever Ethernet carries

    @lacp.L-10
    Scenario: A VLAN works on top of an LACP group
      The tag is the VLAN interface's, LACP below it is untagged: a switch that wants LACP
      tagged is set up wrongly.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a host 198.51.100.9 in VLAN 7 behind the switch
      When the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0 198.51.100.1/24 up"
      And the NAS sends 3 pings to the host
      Then every ping is answered
      And each ping leaves with the tag of VLAN 7

    @lacp.L-10
    Scenario: IPv6 works over an LACP group
      Neighbour discovery uses multicast, which the group has to carry as well.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a host 2001:db8::9 behind the switch
      When lagg0 is given the address 2001:db8::7/64
      And 3 seconds pass
      And the NAS sends 3 pings to the host
      Then every ping is answered
