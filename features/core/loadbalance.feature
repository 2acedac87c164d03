@loadbalance
Feature: Load balance
  Outgoing flows are spread over the ports by a hash of their addresses. The switch must
  have a static group; nothing is negotiated.

  Background:
    Given a LAGG lagg0 with protocol loadbalance on ports 1, 2 and 3
    And a neighbour that the NAS knows

  @confirms.C-21
  Scenario Outline: Every port of a load balance group receives
    The switch may send to any port of its static group.

    When an echo request arrives on port <port>
    Then the NAS answers

    Examples:
      | port |
      | 1    |
      | 2    |
      | 3    |

  Rule: Flows are spread over the ports

    @confirms.C-22 @refines.C-04
    Scenario: Load balance answers forty clients by all ports, each client by one
      Many clients together use all cables, and the frames of each arrive in order.

      When 40 clients each send 2 echo requests on port 1
      Then every client is answered by one port only
      And each of ports 1, 2 and 3 carries some answers

    @refines.C-22
    Scenario: Load balance leaves a port that leaves alone, and uses one that joins
      A card can be exchanged while clients are served.

      When the administrator runs "ifconfig lagg0 -laggport port2"
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And each of ports 1 and 3 carries some answers
      When the administrator runs "ifconfig lagg0 laggport port4"
      And port 4 is up and has its link
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And each of ports 1, 3 and 4 carries some answers

    @refines.P-05
    Scenario: Load balance spreads the UDP flows to one host over several ports
      The manual names addresses and the VLAN tag. Layer 4 counts too, so that even one busy
      client can use more than one cable.

      When the NAS sends UDP datagrams to 24 ports of the neighbour
      Then the datagrams leave by more than one port

    @refines.P-05
    Scenario: Load balance spreads TCP connections to one host over several ports
      It is by TCP that most clients use the NAS.

      When the NAS asks 24 ports of the neighbour for TCP connections
      Then the TCP segments leave by more than one port

    @refines.P-05
    Scenario: Load balance spreads the UDP flows of a VLAN as well
      What is behind the tag counts as it does without one.

      Given the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0 198.51.100.1/24 up"
      And the administrator runs "arp -s 198.51.100.9 02:00:00:00:00:09"
      When the NAS sends UDP datagrams to 24 ports of 198.51.100.9
      Then the datagrams leave by more than one port

    @refines.P-05
    Scenario: With the hash on layer 2 only, all flows to one neighbour take one port
      If clients are behind a router, they all share its MAC address, and one cable.

      When the administrator runs "ifconfig lagg0 lagghash l2"
      And the NAS sends UDP datagrams to 24 ports of the neighbour
      Then the datagrams leave by one port

    @refines.P-05
    Scenario: With the hash on layer 2 only, clients with MAC addresses of their own are spread
      In one network each client has its own, so that layer 2 is enough for them.

      When the administrator runs "ifconfig lagg0 lagghash l2"
      And 40 clients with MAC addresses of their own each send 1 echo request on port 1
      Then every client is answered by one port only
      And each of ports 1, 2 and 3 carries some answers

    @refines.P-05
    Scenario: With the hash on layer 2 only, forty clients behind one router take one port
      Their IP addresses differ and do not count.

      When the administrator runs "ifconfig lagg0 lagghash l2"
      And 40 hosts behind one router each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by one port

    @refines.P-05
    Scenario: With the hash on layer 2 only, the flows of different VLANs are spread
      The tag counts beside the MAC addresses, so that the VLANs need not all share one cable.

      When the administrator runs "ifconfig lagg0 lagghash l2"
      And the NAS sends a UDP datagram within 198.51.100.0/24 in each of these VLANs on lagg0
        | vlan4001 | vlan4002 | vlan4003 | vlan4004 |
        | vlan4005 | vlan4006 | vlan4007 | vlan4008 |
        | vlan4009 | vlan4010 | vlan4011 | vlan4012 |
      Then the datagrams leave by more than one port

    @refines.P-05
    Scenario: With the hash on layer 3 only, clients are spread, and all flows to one take one port
      The IP addresses decide: clients behind a router are spread, too.

      When the administrator runs "ifconfig lagg0 lagghash l3"
      And 40 hosts behind one router each send 1 echo request on port 1
      Then every client is answered by one port only
      And each of ports 1, 2 and 3 carries some answers
      When the NAS sends UDP datagrams to 24 ports of the neighbour
      Then the datagrams leave by one port
      And ifconfig shows lagg0 with
        | hash | l3 |

    @refines.P-05
    Scenario: With the hash on layer 4 only, UDP flows are spread, and all pings take one port
      ICMP has no ports, and the addresses do not count.

      When the administrator runs "ifconfig lagg0 lagghash l4"
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by one port
      When the NAS sends UDP datagrams to 24 ports of the neighbour
      Then the datagrams leave by more than one port

    @refines.P-05
    Scenario: The layers of the hash stay as they were set when the protocol changes
      Somebody who tries another protocol for a while need not set them again.

      When the administrator runs "ifconfig lagg0 lagghash l2"
      And the administrator runs "ifconfig lagg0 laggproto failover"
      And the administrator runs "ifconfig lagg0 laggproto loadbalance"
      And the NAS sends UDP datagrams to 24 ports of the neighbour
      Then the datagrams leave by one port
      And ifconfig shows lagg0 with
        | hash | l2 |

    @refines.P-05
    Scenario: With the hash on layer 3 only, IPv6 hosts behind one router are spread
      The IPv6 addresses count as those of IPv4 do.

      Given lagg0 is given the address 2001:db8::7/64
      And the administrator runs "ifconfig lagg0 lagghash l3"
      And 3 seconds pass
      When neighbour solicitations of 24 hosts for 2001:db8::7 arrive on port 1
      Then the NAS advertises 2001:db8::7 by more than one port

  Rule: The link is watched
    lagg_lb_start hands the port that the hash chose to lagg_link_active, which passes over a
    port without a link. The evidence of each round shows every answer of the NAS with its
    port: compare the round before the loss with the one after it.

    @contradicts.C-24
    Scenario: Load balance moves the flows of a port that lost its link at once
      The manual says that no frames are exchanged to monitor the link. The article turns
      this into a link state that is not watched, which would mean that a pulled cable loses
      a third of all conversations. It does not.

      Given 40 clients each send 1 echo request on port 1
      When the link of port 2 is lost
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And no answer leaves by port 2

    @refines.C-22
    Scenario: All flows of a lost port move to the next port, and the others stay
      With three ports, one of the two that remain carries twice as much as the other. After the
      last port comes the first.

      Given 40 clients each send 1 echo request on port 1
      When the link of port 2 is lost
      And 40 clients each send 1 echo request on port 1
      Then the clients of port 2 are answered by port 3
      And the clients of ports 1 and 3 are answered as before
      When the link of port 2 returns
      And port 2 is up and has its link
      And the link of port 3 is lost
      And 40 clients each send 1 echo request on port 1
      Then the clients of port 3 are answered by port 1
      And the clients of ports 1 and 2 are answered as before

    @contradicts.C-24
    Scenario: With two links lost, the last port carries every flow
      The NAS stays reachable until the last cable.

      Given 40 clients each send 1 echo request on port 1
      When the link of port 2 is lost
      And the link of port 3 is lost
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by port 1

    @contradicts.C-24
    Scenario: Load balance moves the flows of a port that is taken down
      The port has its link, and is not up (LAGG_PORTACTIVE asks for both).

      Given 40 clients each send 1 echo request on port 1
      When the administrator runs "ifconfig port2 down"
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And the clients of port 2 are answered by port 3
      And the clients of ports 1 and 3 are answered as before

    @contradicts.C-24
    Scenario: Load balance moves the flows back when the link returns
      Nothing has to be done at the NAS after a repair.

      Given 40 clients each send 1 echo request on port 1
      And the link of port 2 is lost
      And 40 clients each send 1 echo request on port 1
      When the link of port 2 returns
      And 40 clients each send 1 echo request on port 1
      Then all clients are answered as before

    @contradicts.C-24
    Scenario: ifconfig shows which ports of load balance have lost their links
      Monitoring that reads the flags, the number of active ports and the status sees each
      pulled cable.

      When the link of port 1 is lost
      Then ifconfig shows lagg0 with
        | port 1       | none   |
        | port 2       | ACTIVE |
        | port 3       | ACTIVE |
        | active ports | 2      |
        | status       | active |
      When the link of port 3 is lost
      Then ifconfig shows lagg0 with
        | port 2       | ACTIVE |
        | port 3       | none   |
        | active ports | 1      |
        | status       | active |
      When the link of port 2 is lost
      Then ifconfig shows lagg0 with
        | port 2       | none       |
        | active ports | 0          |
        | status       | no carrier |

  Rule: The arrangement is static

    @confirms.C-23 @confirms.C-25 @confirms.P-08
    Scenario: Load balance sends nothing to negotiate or to monitor
      A switch learns nothing of the group: a wrong cable is not noticed.

      When 35 seconds pass
      Then nothing leaves by any port

    @confirms.C-23
    Scenario: Load balance does not answer a switch that sends LACPDUs
      A switch set to LACP never forms its group, while the NAS reports all ports as active.

      When an LACPDU arrives on ports 1, 2 and 3
      And 5 seconds pass
      Then nothing leaves by any port
      And ifconfig shows lagg0 with
        | port 1 | ACTIVE |
        | port 2 | ACTIVE |
        | port 3 | ACTIVE |
