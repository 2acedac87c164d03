@bond @lacp
Feature: LACP of a bond
  LACP is the kernel's mode 802.3ad. What it does with a switch, without one, and with two.

  @shared-setup
  Rule: A switch with LACP

    Background:
      Given an LACP partner on ports 1 and 2
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      And ports 1 and 2 announce DISTRIBUTING within 10 seconds

    @confirms.D-25 @lacp.L-02 @lacp.L-10
    Scenario: A bond negotiates a group of two ports with an LACP partner
      Two to three seconds after the first LACPDU both cables carry data, with nothing to be
      done at the NAS.

      Then the first LACPDU of port 2 has
        | system          | that of port 1                         |
        | source          | that of port 2                         |
        | system priority | ffff                                   |
        | port priority   | 00ff                                   |
        | state           | ACTIVITY,AGGREGATION,DEFAULTED,EXPIRED |
      And port 1 announced DISTRIBUTING 2 to 4 seconds after its partner's first LACPDU
      And ip shows bond0 with
        | ad_num_ports   | 2                 |
        | ad_partner_mac | 02:00:00:00:00:a1 |

    @defect.X-24 @lacp.L-24
    Scenario: A bond that is taken down and up again neither says goodbye nor negotiates again
      Meanwhile the switch goes on sending to ports that take nothing.

      When the administrator runs "ip link set bond0 down"
      And 1 seconds pass
      Then no LACPDU left by ports 1 and 2
      When the administrator runs "ip link set bond0 up"
      And the administrator adds the neighbour to the ARP table
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by one port
      But no LACPDU left by ports 1 and 2

    @refines.D-04 @confirms.D-05 @confirms.D-25
    Scenario: A bond with LACP answers forty clients by both ports, and by one when a link is lost
      More bandwidth for many, and nobody lost with a cable.

      When 40 clients of mixed addresses each send 1 echo request on port 2
      Then every client is answered by one port only
      And each of ports 1 and 2 carries some answers
      When the link of port 1 is lost
      And 40 clients of mixed addresses each send 1 echo request on port 2
      Then every client is answered
      And all answers leave by port 2

  Rule: Another order, another role

    @refines.D-13
    Scenario: A switch that is set up after the bond forms its group within two seconds
      The article wants it set up before. Until then one port carries the traffic alone.

      Given an LACP partner on ports 1 and 2 that sends nothing
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      And a neighbour that the NAS knows
      And 4 seconds pass
      When the NAS sends 3 pings to the neighbour
      Then the pings leave by one port
      When the partner speaks again
      And ports 1 and 2 announce DISTRIBUTING within 8 seconds
      Then port 2 announced DISTRIBUTING 0 to 2 seconds after its partner's first LACPDU

    @refines.D-14 @lacp.L-31
    Scenario: A passive switch is enough for a bond
      The NAS begins the negotiation itself; "active" has to be chosen at one end only.

      Given an LACP partner on ports 1 and 2 that only answers
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      When ports 1 and 2 announce DISTRIBUTING within 10 seconds
      Then the first LACPDU of port 1 announces ACTIVITY
      And ip shows bond0 with
        | ad_num_ports | 2 |

    @defect.X-11 @lacp.L-26
    Scenario: A new LACP rate of a bond in use is not announced to the switch
      The NAS gives the switch up after three seconds from now on, and the switch goes on
      sending every thirty, until it hears of it.

      Given an LACP partner on ports 1 and 2
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      And ports 1 and 2 announce DISTRIBUTING within 10 seconds
      When the administrator runs "ip link set bond0 down"
      And the administrator runs "ip link set bond0 type bond lacp_rate fast"
      And the administrator runs "ip link set bond0 up"
      And 1 seconds pass
      Then ip shows bond0 with
        | lacp_rate | fast |
      But no LACPDU left by ports 1 and 2

  @shared-setup
  Rule: A switch without LACP

    Background:
      Given a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      And a neighbour that the NAS knows
      And 4 seconds pass

    @contradicts.D-27 @defect.X-04
    Scenario: A bond with LACP and no partner carries all traffic by one port for ever
      The article says that it does not function. It does, on one cable, in both directions,
      and nobody notices that the others are of no use: the bond is up, and the kernel logs
      nothing of it.

      Given the kernel's log so far is put aside
      When 40 clients of mixed addresses each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by port 1
      When the NAS sends 3 pings to the neighbour
      Then the pings leave by port 1
      When an echo request arrives on port 2
      Then the NAS does not answer
      But ip shows bond0 with
        | flags          | with LOWER_UP     |
        | ad_num_ports   | 1                 |
        | ad_partner_mac | 00:00:00:00:00:00 |
      And ip shows port2 with
        | mii_status | UP |
      And the kernel has logged nothing about bond0 since

    @defect.X-06 @lacp.L-15
    Scenario: A bond carries data by a port that announces neither COLLECTING nor DISTRIBUTING
      A switch that has just begun to negotiate drops it, or learns the NAS at a port that is no
      part of a group. Data should wait for DISTRIBUTING.

      When an echo request arrives on port 1
      Then ip shows port1 with
        | ad_actor_oper_port_state | 77 |
      But the NAS answers by port 1

    @lacp.L-16
    Scenario: A bond answers a marker on the port on which it arrived
      A switch that moves flows waits for this answer.

      When a marker of version 1 arrives on port 2
      Then the marker comes back by port 2 alone, unchanged but for its kind

    @lacp.L-28
    Scenario: A bond ignores LACPDUs that are too short, in a VLAN or for another group
      These cannot be from a switch that means the NAS.

      When an LACPDU of 123 bytes arrives on port 1
      And an LACPDU in VLAN 7 arrives on port 1
      And an LACPDU to the group address of 802.1X arrives on port 1
      Then ip shows bond0 with
        | ad_partner_mac | 00:00:00:00:00:00 |

    @contradicts.D-27
    Scenario: A bond with LACP and no partner goes on by its other port when the link in use is lost
      What the protocol was not to do without the switch, it does even after a fault.

      When the link of port 1 is lost
      And 1 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 2
      When the link of port 1 returns
      And 5 seconds pass
      Then ip shows bond0 with
        | ad_num_ports | 1 |

    @defect.X-22 @lacp.L-28
    Scenario: A bond takes LACPDUs whose fields are wrong
      Only length, subtype and destination are looked at: what a faulty switch sends becomes
      the partner.

      When an LACPDU with an actor TLV of 19 bytes arrives on port 1
      Then the last LACPDU of port 1 announces AGGREGATION
      But the last LACPDU of port 1 has
        | partner key number | 7 |
      When an LACPDU with an unknown TLV type arrives on port 2
      Then the last LACPDU of port 2 announces AGGREGATION
      But the last LACPDU of port 2 has
        | partner key number | 7 |

  Rule: Not all ports of a group are active

    @refines.D-26 @lacp.L-30 @defect.X-15
    Scenario: A bond that reached one switch first stays with its one port against three of another
      The port to the first switch works alone, with a third of the bandwidth that there is. The
      others say that they are not in sync and drop what arrives.

      Given an LACP partner on port 1
      And another LACP partner on ports 2, 3 and 4
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1, 2, 3 and 4
      And port 1 announces DISTRIBUTING within 10 seconds
      And ports 2, 3 and 4 announce AGGREGATION within 5 seconds
      And a neighbour that the NAS knows
      When 40 clients of mixed addresses each send 1 echo request on port 1
      Then every client is answered
      But all answers leave by port 1
      And ip shows bond0 with
        | ad_num_ports   | 1                 |
        | ad_partner_mac | 02:00:00:00:00:a1 |
      And ip shows port3 with
        | ad_actor_oper_port_state | 5 |
      When an echo request arrives on port 3
      Then the NAS does not answer
      When an echo request arrives on port 1
      Then the NAS answers by port 1

    @refines.D-26 @lacp.L-03
    Scenario: A slower port of a bond waits until the faster one has failed
      Its key is that of its speed. Cards of two speeds in one bond never work together.

      Given an LACP partner on ports 1 and 5
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 5
      And port 1 announces DISTRIBUTING within 10 seconds
      And a neighbour that the NAS knows
      When the NAS sends 3 pings to the neighbour
      Then the pings leave by port 1
      And ip shows bond0 with
        | ad_num_ports | 1 |
        | ad_actor_key | 9 |
      When the link of port 1 is lost
      And port 5 announces DISTRIBUTING within 5 seconds
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 5

    @refines.D-26 @lacp.L-08
    Scenario: Of two ports of a bond whose switch has two groups only one is active
      One cable in the wrong group of the right switch is enough.

      Given an LACP partner on port 1 with key 7
      And an LACP partner on port 2 with key 8
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      And port 1 announces DISTRIBUTING within 10 seconds
      And a neighbour that the NAS knows
      When an echo request arrives on port 2
      Then the NAS does not answer
      When an echo request arrives on port 1
      Then the NAS answers by port 1
      And ip shows bond0 with
        | ad_num_ports | 1 |
