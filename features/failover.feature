@failover
Feature: Failover
  One port carries everything, the others stand by. It needs nothing from the switch.

  Background:
    Given a LAGG lagg0 with protocol failover on ports 1, 3 and 2
    And a neighbour that the NAS knows

  @confirms.C-18
  Scenario: Everything leaves by the primary
    The primary is the port that was added first.

    When the NAS sends 3 pings to the neighbour
    Then the pings leave by port 1
    And ifconfig shows lagg0 with
      | port 1 | MASTER,ACTIVE |
      | port 2 | none          |
      | port 3 | none          |

  Rule: The next port is the next in the kernel's order

    @refines.C-19 @refines.P-02
    Scenario: The substitute is the next interface, not the next that was added
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
    Scenario: When that one fails too, the next follows
      When the link of port 1 is lost
      And the link of port 2 is lost
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 3

    @refines.C-19 @defect.B-10
    Scenario: The primary takes over again as soon as its link is back
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
    Scenario: A master that left is not the master when it comes back
      When the administrator runs "ifconfig lagg0 -laggport port1"
      And the administrator runs "ifconfig lagg0 laggport port1"
      Then ifconfig shows lagg0 with
        | port 1 | none          |
        | port 2 | MASTER,ACTIVE |

  Rule: Only the link counts

    @refines.C-20
    Scenario: A neighbour out of reach behind a live link is no reason to change
      The cable is in, the switch is on, and the frames go nowhere. Failover cannot notice.

      When the NAS sends 3 pings to the neighbour
      Then no ping is answered
      And the pings leave by port 1
      And ifconfig shows lagg0 with
        | port 1 | MASTER,ACTIVE |

    @refines.C-20 @refines.C-19
    Scenario: A primary that is taken down counts as lost
      When the administrator runs "ifconfig port1 down"
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 2

  Rule: A standby port is deaf

    @confirms.C-20b
    Scenario: What arrives on a standby port is dropped
      When an echo request arrives on port 2
      Then the NAS does not answer

    @confirms.C-20b
    Scenario: What arrives on the port that took over is heard
      When the link of port 1 is lost
      And an echo request arrives on port 2
      Then the NAS answers by port 2

    @refines.P-03
    Scenario: With failover_rx_all every port is heard, and the primary answers
      When the administrator runs "sysctl net.link.lagg.failover_rx_all=1"
      And an echo request arrives on port 2
      Then the NAS answers by port 1
