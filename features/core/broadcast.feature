@broadcast
Feature: Broadcast
  The sixth protocol of lagg(4), which TrueNAS does not offer: every frame leaves by every
  port. It gains reliability and costs bandwidth.

  Background:
    Given a LAGG lagg0 with protocol broadcast on ports 1, 2 and 3
    And a neighbour that the NAS knows

  @refines.C-04
  Scenario: Broadcast sends a copy of every frame by each port
    Three ports carry no more than one: this is the price of losing nothing.

    When the NAS sends 3 pings to the neighbour
    Then the pings leave by ports 1, 2 and 3, a copy by each

  @confirms.C-05
  Scenario: Broadcast loses no frame when a link is lost
    The copies on the other ports arrive, with no time in which to notice the loss.

    When the link of port 1 is lost
    And the NAS sends 3 pings to the neighbour
    Then the pings leave by ports 2 and 3, a copy by each
    And ifconfig shows lagg0 with
      | port 1 | none   |
      | port 2 | ACTIVE |
      | port 3 | ACTIVE |

  @confirms.C-05
  Scenario: Broadcast loses no frame when a port is taken down
    Maintenance of one port costs no frame either.

    When the administrator runs "ifconfig port1 down"
    And the NAS sends 3 pings to the neighbour
    Then the pings leave by ports 2 and 3, a copy by each
    When the administrator runs "ifconfig port1 up"
    And port 1 is up and has its link
    And the administrator runs "ifconfig port2 down"
    And the NAS sends 3 pings to the neighbour
    Then the pings leave by ports 1 and 3, a copy by each
    When the administrator runs "ifconfig port3 down"
    And the NAS sends 3 pings to the neighbour
    Then the pings leave by port 1

  @refines.C-04
  Scenario: Broadcast accepts every copy of a frame
    Nobody removes the copies: the neighbour's ping would report duplicates.

    When an echo request arrives on ports 1, 2 and 3
    Then the NAS answers each of the 3 requests
