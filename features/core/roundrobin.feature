@roundrobin
Feature: Round robin
  Each frame takes the next port. It is the only protocol that makes one conversation
  faster than one cable, and frames may arrive out of order.

  Background:
    Given a LAGG lagg0 with protocol roundrobin on ports 1, 2 and 3
    And a neighbour that the NAS knows

  @confirms.C-26
  Scenario Outline: Every port of a round robin group receives
    The switch may send to any port of its static group.

    When an echo request arrives on port <port>
    Then the NAS answers

    Examples:
      | port |
      | 1    |
      | 2    |
      | 3    |

  @confirms.C-27
  Scenario: Round robin uses the ports in turn, in the order of the interfaces
    Where the round begins depends on what was sent before: announcements count too.

    When the NAS sends 9 pings to the neighbour
    Then the pings take ports 1, 2 and 3 in turn

  @confirms.C-27
  Scenario: The turn of a port without a link goes to the next port
    The next port then carries two frames of three.

    When the link of port 2 is lost
    And the NAS sends 9 pings to the neighbour
    Then the pings take ports 1, 3 and 3 in turn
    And ifconfig shows lagg0 with
      | port 1 | ACTIVE |
      | port 2 | none   |
      | port 3 | ACTIVE |

  @confirms.C-27
  Scenario: With rr_limit, a port keeps its turn for several frames
    Longer turns cause fewer frames out of order.

    When the administrator runs "ifconfig lagg0 rr_limit 3"
    And the NAS sends 18 pings to the neighbour
    Then the pings take ports 1, 1, 1, 2, 2, 2, 3, 3 and 3 in turn
    And ifconfig shows lagg0 with
      | rr limit | 3 |

  @confirms.C-27
  Scenario: A port that leaves has no turn any more, and one that joins gets one
    No frame is lost with the turn of a port that is gone.

    When the administrator runs "ifconfig lagg0 -laggport port3"
    And the NAS sends 8 pings to the neighbour
    Then the pings take ports 1 and 2 in turn
    When the administrator runs "ifconfig lagg0 laggport port4"
    And port 4 is up and has its link
    And the NAS sends 9 pings to the neighbour
    Then the pings take ports 1, 2 and 4 in turn
