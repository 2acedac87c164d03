@protocols
Feature: The protocols and what they promise
  The protocol decides which ports send and which are heard. Each has a feature of its own;
  here they are side by side.

  @confirms.C-12
  Scenario Outline: Every protocol of the form can be set
    The protocol of a LAGG in use can be changed without creating it again.

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig lagg0 laggproto <protocol>"
    Then ifconfig shows lagg0 with
      | protocol | <protocol> |
      | ports    | 1, 2       |

    Examples:
      | protocol    |
      | lacp        |
      | failover    |
      | loadbalance |
      | roundrobin  |
      | none        |

  @confirms.C-12
  Scenario Outline: The ports of a LAGG carry traffic by the protocol that it is changed to
    They need not be removed and added.

    Given a LAGG lagg0 with protocol failover on ports 1, 2 and 3
    And a neighbour that the NAS knows
    When the administrator runs "ifconfig lagg0 laggproto <protocol>"
    And the NAS sends 9 pings to the neighbour
    Then the pings leave by <use>

    Examples:
      | protocol    | use                                |
      | loadbalance | one port                           |
      | roundrobin  | ports 1, 2 and 3, spread over them |
      | broadcast   | ports 1, 2 and 3, a copy by each   |

  @confirms.C-12
  Scenario: lagg(4) refuses a protocol that does not exist
    Linux calls a LAGG a bond; the word is unknown to lagg(4).

    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig lagg0 laggproto bonding"
    Then the command is refused with "Invalid aggregation protocol: bonding"
    And ifconfig shows lagg0 with
      | protocol | failover |

  Rule: More bandwidth depends on the protocol

    @refines.C-04 @confirms.S-07
    Scenario Outline: The protocol decides how many ports one conversation uses
      A single copy of a large file is one conversation. Only round robin spreads it, and
      only at the price of packets out of order.

      Given a LAGG lagg0 with protocol <protocol> on ports 1, 2 and 3
      And a neighbour that the NAS knows
      When the NAS sends 9 pings to the neighbour
      Then the pings leave by <use>

      Examples:
        | protocol    | use                                |
        | failover    | port 1                             |
        | loadbalance | one port                           |
        | roundrobin  | ports 1, 2 and 3, spread over them |
        | broadcast   | ports 1, 2 and 3, a copy by each   |

  Rule: Every protocol except none provides redundancy

    @confirms.C-05
    Scenario Outline: Traffic goes on when a port loses its link
      Redundancy needs no LACP: every protocol watches the links.

      Given a LAGG lagg0 with protocol <protocol> on ports 1, 2 and 3
      And a neighbour that the NAS knows
      When the link of port 1 is lost
      And the NAS sends 9 pings to the neighbour
      Then no ping leaves by port 1
      And every ping leaves

      Examples:
        | protocol    |
        | failover    |
        | loadbalance |
        | roundrobin  |
        | broadcast   |

  Rule: The protocol decides which ports receive

    @confirms.S-07
    Scenario Outline: The protocol decides whether a second port receives
      A switch that sends to a port which does not receive loses those frames.

      Given a LAGG lagg0 with protocol <protocol> on ports 1 and 2
      And a neighbour that the NAS knows
      When an echo request arrives on port 2
      Then the NAS <does>

      Examples:
        | protocol    | does            |
        | failover    | does not answer |
        | loadbalance | answers         |
        | roundrobin  | answers         |
        | broadcast   | answers         |
        | none        | does not answer |
