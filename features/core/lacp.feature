@lacp
Feature: LACP
  The NAS and the switch agree on which ports form a group, and notice when a path is dead
  behind a live link.

  Rule: There is no group without a partner

    @confirms.C-17
    Scenario: Without an LACP partner, the LAGG neither sends nor receives data
      There is no fallback: a switch without LACP takes the NAS off the network.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When 10 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then no ping is answered
      And no data leaves by any port
      When an echo request arrives on ports 1 and 2
      Then the NAS does not answer

    @confirms.C-17
    Scenario: Without an LACP partner, the NAS does not notice another host with its address
      It could not answer an echo request in any case. That an address is used twice, the
      kernel would log.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When the host 192.0.2.1 asks for 192.0.2.1 by ARP on ports 1 and 2
      Then the kernel does not log "is using my IP address 192.0.2.1 on lagg0"

    @confirms.C-17
    Scenario: Without an LACP partner, programs learn that there is no route
      The LAGG has no link then. Where no port says anything of a link, as epair(4) does not,
      the LAGG says nothing of one either, and the frames vanish without a word.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 report their links
      When 10 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then the pings fail with "No route to host"

    @confirms.C-17 @defect.B-02
    Scenario: Without an LACP partner, the status of the LAGG is active
      The status line only says that a port has a link. Look at the ports' flags instead.

      Given a LAGG lagg0 with protocol lacp on ports 1 and 2
      When 10 seconds pass
      Then ifconfig shows lagg0 with
        | port 1 | none |
        | port 2 | none |
      But ifconfig shows lagg0 with
        | status | active |

    @confirms.C-17
    Scenario: When an LACP group has lost every link, the kernel reports the link of the LAGG as down
      Other routes can take over. The number of links that are left does not matter, until it is
      none.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 report their links
      And ports 1 and 2 distribute within 10 seconds
      When the link of port 1 is lost
      Then the kernel reports the link of lagg0 as UP
      When the link of port 2 is lost
      Then the kernel reports the link of lagg0 as DOWN
      When the link of port 2 returns
      And port 2 distributes within 10 seconds
      Then the kernel reports the link of lagg0 as UP

  Rule: A group is negotiated

    @confirms.C-15
    Scenario: Two ports to one switch form a group within ten seconds
      After a reboot or a new cable, this is how long the NAS stays off the network.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When ports 1 and 2 distribute within 10 seconds
      Then an LACPDU left by each of ports 1 and 2
      And ifconfig shows lagg0 with
        | port 1        | ACTIVE,COLLECTING,DISTRIBUTING |
        | port 2        | ACTIVE,COLLECTING,DISTRIBUTING |
        | active ports  | 2                              |
        | group partner | that of ports 1, 2             |

    @refines.S-08 @lacp.L-31
    Scenario: A passive switch is enough for LACP
      The NAS always speaks first. "Capable of active LACP" asks for more than is needed.

      Given an LACP partner on ports 1 and 2 that only answers
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When ports 1 and 2 distribute within 10 seconds
      Then ifconfig shows lagg0 with
        | active ports | 2 |

    @confirms.C-15 @confirms.C-05
    Scenario: An LACP group goes on with the other port when a link is lost
      One cable can be pulled while the NAS is in use.

      Given an LACP partner on ports 1 and 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a neighbour that the NAS knows
      When the link of port 1 is lost
      And 5 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 2

  Rule: Many flows use every port of the group
    The port of a flow is chosen by a hash, so that one flow shows little: it is right by luck
    half the time. Each round has forty clients.

    @confirms.C-16 @refines.C-04
    Scenario: LACP answers forty clients by all ports, each client by one
      Many clients together use all cables, and the frames of each arrive in order.

      Given an LACP partner on ports 1, 2 and 3
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And ports 1, 2 and 3 distribute within 10 seconds
      When 5 seconds pass
      And 40 clients each send 2 echo requests on port 1
      Then every client is answered by one port only
      And each of ports 1, 2 and 3 carries some answers

    @refines.P-05
    Scenario: LACP spreads the UDP flows to one host by layer 4, and only by that
      One busy client can use more than one cable, unless the administrator takes layer 4 out
      of the hash. Layer 3 spreads the clients behind a router; by layer 4 alone, all pings take
      one port.

      Given an LACP partner on ports 1, 2 and 3
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And ports 1, 2 and 3 distribute within 10 seconds
      And a neighbour that the NAS knows
      And 5 seconds pass
      When the NAS sends UDP datagrams to 24 ports of the neighbour
      Then the datagrams leave by more than one port
      When the administrator runs "ifconfig lagg0 lagghash l2"
      And the NAS sends UDP datagrams to 24 ports of the neighbour
      Then the datagrams leave by one port
      When the administrator runs "ifconfig lagg0 lagghash l3"
      And 40 hosts behind one router each send 1 echo request on port 1
      Then every client is answered
      And each of ports 1, 2 and 3 carries some answers
      When the administrator runs "ifconfig lagg0 lagghash l4"
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by one port

    @confirms.C-15 @confirms.C-05
    Scenario: LACP moves the flows of a port that lost its link to the other ports
      Nobody who uses the NAS is cut off by one cable.

      Given an LACP partner on ports 1, 2 and 3
      And a LAGG lagg0 with protocol lacp on ports 1, 2 and 3
      And ports 1, 2 and 3 distribute within 10 seconds
      When the link of port 1 is lost
      And 5 seconds pass
      And 40 clients each send 1 echo request on port 2
      Then every client is answered
      And each of ports 2 and 3 carries some answers
      And no answer leaves by port 1
      When the link of port 1 returns
      And ports 1, 2 and 3 distribute within 10 seconds
      And 5 seconds pass
      And 40 clients each send 1 echo request on port 2
      Then every client is answered
      And each of ports 1, 2 and 3 carries some answers

  Rule: Some chosen ports stay idle

    @refines.C-16 @defect.B-07
    Scenario: Ports to two different switches do not work together
      The idle port tells its switch that it is collecting and distributing, and drops what
      the switch sends.

      Given an LACP partner on port 1
      And another LACP partner on port 2
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      And ports 1 and 2 distribute within 10 seconds
      And a neighbour that the NAS knows
      When an echo request arrives on the idle port
      Then no data leaves by any port
      And one of ports 1 and 2 is active and the other is not
      But the last LACPDU of the idle port announces COLLECTING,DISTRIBUTING

    @refines.C-16 @lacp.L-30
    Scenario: Ports of different speed do not work together
      The key that a port announces holds its speed. One fast port is used rather than two slow
      ones: the bandwidth counts, not the number of ports.

      Given an LACP partner on ports 1, 5 and 6
      And a LAGG lagg0 with protocol lacp on ports 1, 5 and 6
      And port 5 is up and has its link
      And port 6 is up and has its link
      And the partner sends an LACPDU now
      When ports 1, 5 and 6 distribute within 60 seconds
      Then ifconfig shows lagg0 with
        | port 1                | ACTIVE,COLLECTING,DISTRIBUTING |
        | each of ports 5 and 6 | COLLECTING,DISTRIBUTING        |

    @refines.P-04 @defect.B-06 @lacp.L-30
    Scenario: Of two partners, the one with the higher priority value is used
      A lower number is meant to win. The bytes are compared in the wrong order, so that
      0x8000 wins against 0x0001.

      Given an LACP partner on port 1 with system priority 0x8000
      And another LACP partner on port 2 with system priority 0x0001
      And a LAGG lagg0 with protocol lacp on ports 1 and 2
      When ports 1 and 2 distribute within 10 seconds
      Then one of ports 1 and 2 is active and the other is not
      But ifconfig shows lagg0 with
        | port 1 | ACTIVE,COLLECTING,DISTRIBUTING |
        | port 2 | COLLECTING,DISTRIBUTING        |
