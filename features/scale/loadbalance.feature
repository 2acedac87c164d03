@bond @loadbalance
Feature: Load balance of a bond
  LOADBALANCE is the kernel's balance-xor: outgoing flows are spread by a hash of their
  addresses, and the switch has a static group. Forty clients ask, so that a hash can decide.

  @shared-setup
  Rule: Flows are spread over the ports

    Background:
      Given a bond bond0 with mode balance-xor, miimon 100, xmit_hash_policy layer2+3 on ports 1, 2 and 3
      And a neighbour that the NAS knows

    @confirms.D-41 @confirms.D-43
    Scenario: A bond in load balance does not answer a switch that sends LACPDUs and markers
      A switch that is set to LACP never forms its group, while the NAS reports all ports as up.

      When an LACPDU arrives on ports 1, 2 and 3
      Then nothing leaves by any port
      When a marker of version 1 arrives on port 1
      And 1 seconds pass
      Then nothing leaves by any port

    @refines.D-04
    Scenario: Thirty pings of a bond to one host leave by one port
      A single connection is never faster than one cable.

      When the NAS sends 30 pings to the neighbour
      Then the pings leave by one port

    @confirms.D-39
    Scenario: Forty clients reach a bond in load balance by any of its ports
      The switch may send to any port of its static group, and the answers do not depend on that.

      When 40 clients of mixed addresses each send 1 echo request on port 1
      Then every client is answered
      When 40 clients of mixed addresses each send 1 echo request on port 3
      Then all clients are answered as before

    @confirms.D-40 @refines.D-04
    Scenario: A bond in load balance answers forty clients by all ports, each client by one
      Together the clients use all cables, and none of them more than one.

      When 40 clients of mixed addresses each send 2 echo requests on port 1
      Then every client is answered by one port only
      And each of ports 1, 2 and 3 carries some answers

    @contradicts.D-42 @confirms.D-05 @confirms.D-40 @defect.X-17
    Scenario: A bond in load balance leaves a port without a link at once, and moves other flows too
      No client is lost with the cable: the link is watched. But the hash runs over fewer ports
      now, so that clients of the other ports change their port as well, and their frames may
      overtake each other. When the link returns, the old distribution is back.

      Given the kernel's log so far is put aside
      And 40 clients of mixed addresses each send 1 echo request on port 1
      When the link of port 2 is lost
      And 40 clients of mixed addresses each send 1 echo request on port 1
      Then every client is answered
      And no answer leaves by port 2
      And the kernel has logged "(slave port2): link status definitely down, disabling slave" since
      But some clients of ports 1 and 3 are answered by another port than before
      When the link of port 2 returns
      And 40 clients of mixed addresses each send 1 echo request on port 1
      Then all clients are answered as before

    @confirms.D-28b
    Scenario: The policy layer2+3 spreads the hosts behind one router, and layer2 does not
      Behind a router, all clients have its MAC address: with LAYER2 they share one cable.

      Given the administrator runs "ip link set bond0 type bond xmit_hash_policy layer2"
      When 40 hosts behind one router each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by one port
      When the administrator runs "ip link set bond0 type bond xmit_hash_policy layer2+3"
      And 40 hosts behind one router each send 1 echo request on port 1
      Then every client is answered
      And each of ports 1, 2 and 3 carries some answers

    @confirms.D-28b
    Scenario: The policy layer3+4 spreads the flows to one host, and layer2+3 does not
      One busy client uses more than one cable only if the ports of UDP and TCP count.

      When the NAS sends UDP datagrams to 12 ports of the neighbour
      Then the datagrams leave by one port
      When the administrator runs "ip link set bond0 type bond xmit_hash_policy layer3+4"
      And the NAS sends UDP datagrams to 12 ports of the neighbour
      Then the datagrams leave by more than one port

    @contradicts.D-42
    Scenario: A bond in load balance leaves a port that is taken down
      An administrator can empty a port on purpose.

      When the administrator runs "ip link set port2 down"
      And 40 clients of mixed addresses each send 1 echo request on port 1
      Then every client is answered
      And no answer leaves by port 2
      When the administrator runs "ip link set port2 up"
      Then ip shows port2 with
        | mii_status | UP |

    @refines.D-42 @behaviour.dead-path
    Scenario: A bond in load balance goes on sending into a dead path behind a live link
      This is what the article may mean: a fault that leaves the link alive is not noticed, and
      a third of all clients has no answer.

      Given the cable of port 2 carries nothing from the NAS
      When 2 seconds pass
      And 40 clients of mixed addresses each send 1 echo request on port 1
      Then each of ports 1, 2 and 3 carries some answers
      And ip shows port2 with
        | mii_status | UP |

  Rule: Addresses that cancel

    @defect.X-16
    Scenario: Forty clients whose MAC and IP addresses count up together share one of two ports
      Cards of one batch with addresses given in order are no rare case. The policy takes the
      exclusive or of both, in which equal steps cancel.

      Given a bond bond0 with mode balance-xor, miimon 100, xmit_hash_policy layer2+3 on ports 1 and 2
      When 40 clients each send 1 echo request on port 1
      Then every client is answered
      But all answers leave by one port
      When the administrator runs "ip link set bond0 type bond xmit_hash_policy layer2"
      And 40 clients each send 1 echo request on port 1
      Then each of ports 1 and 2 carries some answers
