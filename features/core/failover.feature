@failover
Feature: Failover
  One port carries everything, the others stand by. It needs nothing from the switch.

  Background:
    Given a LAGG lagg0 with protocol failover on ports 1, 3 and 2
    And a neighbour that the NAS knows

  @confirms.C-18
  Scenario: All traffic leaves by the primary
    The primary is the port that was added first.

    When the NAS sends 3 pings to the neighbour
    Then the pings leave by port 1
    And ifconfig shows lagg0 with
      | port 1 | MASTER,ACTIVE |
      | port 2 | none          |
      | port 3 | none          |

  @confirms.C-18
  Scenario: A LAGG that was taken down sends by its primary again once it is up
    While it is down, it sends nothing.

    When the administrator runs "ifconfig lagg0 down"
    And the NAS sends 3 pings to the neighbour
    Then nothing leaves by any port
    When the administrator runs "ifconfig lagg0 up"
    And port 1 is up and has its link
    And the administrator adds the neighbour to the ARP table
    And the NAS sends 3 pings to the neighbour
    Then the pings leave by port 1

  @confirms.C-18 @refines.C-19
  Scenario: Failover sends forty flows by one port, and moves them all
    No flow is left behind at a lost link, and none stays away when it returns.

    When 40 clients each send 1 echo request on port 1
    Then every client is answered
    And all answers leave by port 1
    When the link of port 1 is lost
    And 40 clients each send 1 echo request on port 2
    Then every client is answered
    And all answers leave by port 2
    When the link of port 1 returns
    And 40 clients each send 1 echo request on port 1
    Then every client is answered
    And all answers leave by port 1

  Rule: The kernel's order decides which port takes over

    @refines.C-19 @refines.P-02
    Scenario: The next interface takes over, not the next port that was added
      Port 3 was added before port 2. An administrator who counts on that order would pull
      the wrong cable.

      When the link of port 1 is lost
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 2
      And ifconfig shows lagg0 with
        | port 1 | MASTER |
        | port 2 | ACTIVE |
        | port 3 | none   |

    @refines.C-19
    Scenario: The third port takes over when two links are lost
      Each further port makes the NAS survive one more lost cable.

      When the link of port 1 is lost
      And the link of port 2 is lost
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 3

    @refines.C-19
    Scenario: The interface after the primary takes over, not the first of all
      Port 2 is the primary here, and port 1 the one that comes first. The kernel looks one port
      further only, and then from the first on (lagg_link_active): port 4 is passed over.

      Given the administrator runs "ifconfig lagg0 -laggport port1"
      And the administrator runs "ifconfig lagg0 laggport port1"
      And the administrator runs "ifconfig lagg0 laggport port4"
      And port 1 is up and has its link
      And port 3 is up and has its link
      And port 4 is up and has its link
      When the link of port 2 is lost
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 3
      When the link of port 3 is lost
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 1

    @refines.C-19 @defect.B-10
    Scenario: The primary takes over again as soon as its link returns
      There is no delay, and the switch is not told: a switch that learnt the NAS at port 2
      goes on sending there until the NAS itself sends something.

      Given the link of port 1 is lost
      When the link of port 1 returns
      Then ifconfig shows lagg0 with
        | port 1 | MASTER,ACTIVE |
      But nothing leaves by any port
      When the NAS sends 3 pings to the neighbour
      Then the pings leave by port 1

    @refines.P-02
    Scenario: A primary that left is not the primary when it joins again
      After an exchange of a card, traffic stays on the other port: somebody who expects the old
      primary looks at the wrong cable.

      When the administrator runs "ifconfig lagg0 -laggport port1"
      And the administrator runs "ifconfig lagg0 laggport port1"
      Then ifconfig shows lagg0 with
        | port 1 | none          |
        | port 2 | MASTER,ACTIVE |
      When the administrator runs "ifconfig lagg0 -laggport port3"
      Then ifconfig shows lagg0 with
        | port 1 | none          |
        | port 2 | MASTER,ACTIVE |

  Rule: Only the link counts

    @refines.C-20
    Scenario: Failover does not notice an unreachable neighbour behind a live link
      The cable is in, the switch is on, and the frames go nowhere. Failover cannot notice.

      When the NAS sends 3 pings to the neighbour
      Then no ping is answered
      And the pings leave by port 1
      And ifconfig shows lagg0 with
        | port 1 | MASTER,ACTIVE |

    @refines.C-20 @refines.C-19
    Scenario: A primary that is taken down counts as lost
      An administrator can move the traffic to the other port on purpose, and even take that
      port out of the LAGG.

      When the administrator runs "ifconfig port1 down"
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 2
      When the administrator runs "ifconfig lagg0 -laggport port2"
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 3

    @refines.C-20
    Scenario: When the last link is lost, the kernel reports the link of the LAGG as down
      Routing and other programs go by the kernel's link state. The status line of ifconfig does
      not show it: that is computed from the ports.

      Given ports 1, 2 and 3 report their links
      When the link of port 1 is lost
      And the link of port 2 is lost
      And the link of port 3 is lost
      Then the kernel reports the link of lagg0 as DOWN
      When the NAS sends 3 pings to the neighbour
      Then the pings fail with "No route to host"
      When the link of port 2 returns
      Then the kernel reports the link of lagg0 as UP

    @refines.C-20
    Scenario: A VLAN on a LAGG has the link of the LAGG
      A route over the VLAN gives way to another one with the last link of the LAGG.

      Given ports 1, 2 and 3 report their links
      And the administrator runs "ifconfig vlan7 create vlan 7 vlandev lagg0 198.51.100.1/24 up"
      When the link of port 1 is lost
      And the link of port 2 is lost
      And the link of port 3 is lost
      Then the kernel reports the link of vlan7 as DOWN
      When the link of port 3 returns
      Then the kernel reports the link of vlan7 as UP

  Rule: A standby port does not receive

    @confirms.C-20b
    Scenario: A standby port drops what it receives
      A switch that floods both cables causes no duplicates. A switch that believes the NAS at
      this port loses what it sends.

      When an echo request arrives on port 2
      Then the NAS does not answer

    @confirms.C-20b
    Scenario: The port that took over receives
      Clients reach the NAS by the port that is in use, whether the primary has lost its link or
      was taken down.

      When the link of port 1 is lost
      And an echo request arrives on port 2
      Then the NAS answers by port 2
      When the link of port 1 returns
      And port 1 is up and has its link
      And the administrator runs "ifconfig port1 down"
      And an echo request arrives on port 2
      Then the NAS answers by port 2

    @confirms.C-20b
    Scenario: While one port has taken over, the others still drop what they receive
      A switch that floods all cables causes no duplicates then, either.

      When the link of port 1 is lost
      And an echo request arrives on port 3
      Then the NAS does not answer

    @confirms.C-20b
    Scenario: The port that had taken over drops what it receives once the primary is back
      It is a standby port again, at once.

      Given the link of port 1 is lost
      When the link of port 1 returns
      And an echo request arrives on port 2
      Then the NAS does not answer

    @refines.P-03
    Scenario: With failover_rx_all every port receives, and the primary answers
      The setting helps where a switch sends to the standby port; answers still take the primary.

      When the administrator runs "sysctl net.link.lagg.failover_rx_all=1"
      And an echo request arrives on port 2
      Then the NAS answers by port 1
      When an echo request arrives on port 3
      Then the NAS answers by port 1
