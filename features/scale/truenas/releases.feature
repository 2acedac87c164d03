@bond @truenas-settings
Feature: What releases of TrueNAS make of a bond
  The settings of three releases, as their middleware gives them to the kernel
  (configurations.toml says where each was read): 25.10.0 stands for all up to 25.10.2.1,
  25.10.2.2 for those up to 25.10.6, 26 for 26.0.0-BETA.1 to BETA.3. The kernel is not theirs.

  Rule: FAILOVER

    @contradicts.D-36a @defect.X-01 @truenas-25-10-0
    Scenario: FAILOVER of TrueNAS 25.10.0 never diverts, and all is shown to be well
      The link of the primary is gone, every frame is lost, and the bond says that the port is
      up. Up to 25.10.2.1 nobody sets miimon, so that no link is looked at. Whoever has such a
      release has no redundancy.

      Given a bond bond0 as TrueNAS 25.10.0 sets up FAILOVER on ports 1, 2 and 3
      And a neighbour that the NAS knows
      And the kernel's log so far is put aside
      When the link of port 1 is lost
      And 2 seconds pass
      And the NAS pings the neighbour for 1 seconds
      Then no data leaves by any port
      But ip shows bond0 with
        | active_slave | port1         |
        | miimon       | 0             |
        | flags        | with LOWER_UP |
      And ip shows port1 with
        | mii_status         | UP |
        | link_failure_count | 0  |
      And the kernel has logged nothing about bond0 since

    @contradicts.D-36a @truenas-25-10-0
    Scenario: Forty clients of a NAS with FAILOVER of TrueNAS 25.10.0 are lost with the primary
      They ask by the switch's other port, and the NAS drops what arrives there.

      Given a bond bond0 as TrueNAS 25.10.0 sets up FAILOVER on ports 1 and 2
      And a neighbour that the NAS knows
      When 40 clients each send 1 echo request on port 1
      Then every client is answered
      When the link of port 1 is lost
      And an echo request arrives on port 2
      Then the NAS does not answer

    @confirms.D-36
    Scenario Outline: FAILOVER of TrueNAS from 25.10.2.2 on diverts when the primary loses its link
      The bond polls the links ten times a second.

      Given a bond bond0 as TrueNAS <release> sets up FAILOVER on ports 1, 2 and 3
      When the link of port 1 is lost
      Then 192.0.2.1 is announced by port 2
      When 40 clients each send 1 echo request on port 2
      Then every client is answered
      And all answers leave by port 2
      And ip shows bond0 with
        | active_slave | port2 |
        | miimon       | 100   |
      When the link of port 1 returns
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by port 1

      @truenas-25-10-2-2
      Examples: 25.10.2.2
        | release   |
        | 25.10.2.2 |

      @truenas-26
      Examples: 26
        | release |
        | 26      |

    @defect.X-02
    Scenario: FAILOVER without miimon diverts if the bond was LACP before
      The kernel sets miimon 100 for LACP and leaves it there. Two NAS with the same settings
      behave differently, by their history.

      Given a bond bond0 with mode 802.3ad on ports 1 and 2
      And ports 1 and 2 leave bond0
      And the administrator runs "ip link set bond0 down"
      And the administrator runs "ip link set bond0 type bond mode active-backup"
      And ports 1 and 2 join bond0
      And the administrator runs "ip link set bond0 up"
      And a neighbour that the NAS knows
      When the link of port 1 is lost
      And 1 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then ip shows bond0 with
        | miimon | 100 |
      But the pings leave by port 2

  Rule: LOADBALANCE

    @contradicts.D-42 @defect.X-03 @truenas-25-10-0
    Scenario: LOADBALANCE of TrueNAS 25.10.0 leaves a dead port at once, and shows it as up
      The article says that the link is not watched. The flows move all the same; only what is
      shown, and the kernel's log, know nothing of the lost cable.

      Given a bond bond0 as TrueNAS 25.10.0 sets up LOADBALANCE on ports 1, 2 and 3
      And the kernel's log so far is put aside
      When 40 clients of mixed addresses each send 1 echo request on port 1
      Then each of ports 1, 2 and 3 carries some answers
      When the link of port 2 is lost
      And 40 clients of mixed addresses each send 1 echo request on port 1
      Then every client is answered
      And no answer leaves by port 2
      But ip shows port2 with
        | mii_status | UP |
      And the kernel has logged nothing about bond0 since

    @contradicts.D-42
    Scenario Outline: LOADBALANCE of TrueNAS from 25.10.2.2 on leaves a dead port, and shows it as down
      What monitoring reads is true now.

      Given a bond bond0 as TrueNAS <release> sets up LOADBALANCE on ports 1, 2 and 3
      When the link of port 2 is lost
      And 40 clients of mixed addresses each send 1 echo request on port 1
      Then every client is answered
      And no answer leaves by port 2
      And ip shows port2 with
        | mii_status | DOWN |

      @truenas-25-10-2-2
      Examples: 25.10.2.2
        | release   |
        | 25.10.2.2 |

      @truenas-26
      Examples: 26
        | release |
        | 26      |

  Rule: LAYER2+3

    @confirms.D-28a
    Scenario Outline: LAYER2+3 of TrueNAS up to 25.10 spreads the hosts behind one router
      The hosts have one MAC address here, and their IP addresses count.

      Given a bond bond0 as TrueNAS <release> sets up LOADBALANCE on ports 1 and 2
      When 40 hosts behind one router each send 1 echo request on port 1
      Then every client is answered
      And each of ports 1 and 2 carries some answers
      And ip shows bond0 with
        | xmit_hash_policy | layer2+3 |

      @truenas-25-10-0
      Examples: 25.10.0
        | release |
        | 25.10.0 |

      @truenas-25-10-2-2
      Examples: 25.10.2.2
        | release   |
        | 25.10.2.2 |

    @contradicts.D-28c @defect.X-23 @truenas-26
    Scenario: LAYER2+3 of TrueNAS 26 is not applied, and all hosts behind one router share a port
      The form shows LAYER2+3; the kernel has layer2. A bond of two ports to the clients of
      another network is as fast as one port.

      Given an LACP partner on ports 1 and 2
      And a bond bond0 as TrueNAS 26 sets up LACP on ports 1 and 2
      And ports 1 and 2 announce DISTRIBUTING within 10 seconds
      When 40 hosts behind one router each send 1 echo request on port 1
      Then every client is answered
      But all answers leave by one port
      And ip shows bond0 with
        | xmit_hash_policy | layer2 |

  Rule: LACP

    @defect.X-07 @confirms.D-25 @truenas-25-10-2-2
    Scenario: LACP of TrueNAS 25.10 distributes after eight seconds, and carries nothing for six of them
      The bond is up before its ports join, so that the kernel waits eight seconds before it
      chooses a group. Every change of the bond costs the NAS that long.

      Given an LACP partner on ports 1 and 2
      And a bond bond0 as TrueNAS 25.10.2.2 sets up LACP on ports 1 and 2
      And a neighbour that the NAS knows
      When the NAS pings the neighbour for 10 seconds
      Then ip shows bond0 with
        | ad_num_ports | 2 |
      But the pings are interrupted for 1 to 8 seconds
      And port 1 announced DISTRIBUTING 7 to 10 seconds after its partner's first LACPDU

    @confirms.D-25 @truenas-26
    Scenario: LACP of TrueNAS 26 distributes within three seconds
      The bond is brought up last.

      Given an LACP partner on ports 1 and 2
      And a bond bond0 as TrueNAS 26 sets up LACP on ports 1 and 2
      When ports 1 and 2 announce DISTRIBUTING within 10 seconds
      Then port 1 announced DISTRIBUTING 2 to 4 seconds after its partner's first LACPDU
      And ip shows bond0 with
        | ad_num_ports | 2    |
        | lacp_rate    | slow |
