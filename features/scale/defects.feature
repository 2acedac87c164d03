@bond @defects
Feature: Defects and surprises of the bonding driver
  Where the driver departs from 802.1AX, or from what an administrator expects of it. The step
  that begins with "But" asserts what is wrong; if it fails, the defect is gone.

  Rule: Data is sent to nobody

    @defect.X-05 @lacp.L-14
    Scenario: A bond whose switch falls silent sends nothing for three seconds, then to nobody
      The switch has restarted with its links up. The NAS notices, waits, and goes on as if it
      had no LACP at all, by one port.

      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate fast, xmit_hash_policy layer2+3 on ports 1 and 2
      And ports 1 and 2 announce DISTRIBUTING within 10 seconds
      And a neighbour that the NAS knows
      When the partner falls silent
      And the NAS pings the neighbour for 9 seconds
      Then the pings are interrupted for 1.5 to 5 seconds
      But the last pings leave by one port

    @defect.X-08 @lacp.L-11 @lacp.L-12
    Scenario: A bond sends data to a partner that is in sync and does not collect
      The partner says that it takes nothing, and the NAS sends all the same. It should wait for
      COLLECTING, and stop when that goes away.

      Given an LACP partner on ports 1 and 2 that does not collect
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      And a neighbour that the NAS knows
      When ports 1 and 2 distribute within 20 seconds
      And the NAS sends 3 pings to the neighbour
      Then ip shows port1 with
        | ad_partner_oper_port_state | 13 |
      But the pings leave by one port
      When the partner collects again
      And the partner stops collecting
      And the NAS sends 3 pings to the neighbour
      Then ip shows port1 with
        | ad_partner_oper_port_state | 13 |
      But the pings leave by one port

    @defect.X-09 @lacp.L-09
    Scenario: A bond takes two links together that the switch calls individual
      The switch has said that they cannot be aggregated; it takes each for a link of its own.

      Given an LACP partner on ports 1 and 2 that cannot aggregate
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      When ports 1 and 2 announce DISTRIBUTING within 10 seconds
      Then ip shows port1 with
        | ad_partner_oper_port_state | 57 |
      But ip shows bond0 with
        | ad_num_ports | 2 |

  Rule: A port says what is not so

    @defect.X-14 @lacp.L-30
    Scenario: With ad_select bandwidth, the port of a bond that was left announces that it works
      The switch sends flows there, and the NAS drops them. TrueNAS leaves ad_select alone.

      Given an LACP partner on port 1
      And another LACP partner on ports 2, 3 and 4
      And a bond bond0 with mode 802.3ad, miimon 100, ad_select bandwidth on ports 1, 2, 3 and 4
      And ports 2, 3 and 4 announce DISTRIBUTING within 10 seconds
      And the link of port 2 is lost
      And the link of port 3 is lost
      And the link of port 4 is lost
      And port 1 announces DISTRIBUTING within 10 seconds
      When the link of port 2 returns
      And the link of port 3 returns
      And the link of port 4 returns
      And ports 2 and 3 announce DISTRIBUTING within 10 seconds
      Then ip shows bond0 with
        | ad_num_ports   | 3                 |
        | ad_partner_mac | 02:00:00:00:00:b2 |
      When the administrator adds the neighbour to the ARP table
      And an echo request arrives on port 2
      Then the NAS answers
      When an echo request arrives on port 1
      Then the NAS does not answer
      But ip shows port1 with
        | ad_actor_oper_port_state | 61 |

  Rule: What should be refused is taken

    @defect.X-20
    Scenario: A bond takes another bond as a port, and a port moves to another bond without a word
      Nothing says that the first one has lost it. TrueNAS refuses both; a command does not.

      Given a bond bond0 with mode active-backup, miimon 100 on port 1
      And a bond bond1 with mode active-backup, miimon 100 on port 2
      When the administrator runs "ip link set port1 master bond1"
      Then the command succeeds
      But ip shows port1 with
        | master | bond1 |
      When the administrator runs "ip link set bond1 down"
      And the administrator runs "ip link set bond1 master bond0"
      Then the command succeeds
      And ip shows bond1 with
        | master | bond0 |

    @defect.X-21 @on.linux-6.1
    Scenario: A port of a bond with unknown speed sends no LACPDU, and carries data
      The card's driver does not know its speed (virtual machines, some adapters). The port is
      up, and never part of a group; Linux 6.12 calls it down instead.

      Given a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on port 6
      And a neighbour that the NAS knows
      When 4 seconds pass
      Then no LACPDU left by port 6
      When the NAS sends 3 pings to the neighbour
      Then ip shows port6 with
        | mii_status | UP |
      But the pings leave by port 6

    @fixed.X-21 @on.linux-6.12
    Scenario: A port of a bond with unknown speed is shown as down, and carries nothing
      Since Linux 6.12 the administrator sees that the card is of no use for LACP.

      Given a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on port 6
      And 1 seconds pass
      Then ip shows port6 with
        | mii_status | DOWN |
      And no LACPDU left by port 6
